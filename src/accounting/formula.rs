//! Formulas: an expression, its unit, and what each of its names stands for; their dimensions agree or they are refused.

use std::collections::BTreeMap;

use crate::dataset::table::Table;
use crate::expression::{Argument, Expression, Node, Operator, checked, evaluate, parse};
use crate::finding::{Finding, FindingLog, Place, hint};
use crate::phrases::Phrase;
use crate::sheet::{Column, Sheet, needed, optional};
use crate::unit::{Dimension, Unit, UnitTable, same_in_a_year, shown};
use crate::value::Value;

/// What a name of a formula stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// A figure of the account.
    Quantity,
    /// The physical quantity of the same indicator.
    Physical,
    /// A parameter.
    Parameter,
    /// A price.
    Price,
    /// A ladder of steps.
    Ladder,
}

pub(crate) const ROLES: &[(&[&str], Role)] = &[
    (&["quantity", "数量", "数据"], Role::Quantity),
    (&["physical", "功能量"], Role::Physical),
    (&["parameter", "factor", "参数", "系数"], Role::Parameter),
    (&["price", "价格", "单价"], Role::Price),
    (&["ladder", "阶梯", "分级"], Role::Ladder),
];

/// A name of a formula.
#[derive(Debug, Clone)]
pub struct Variable {
    /// As the expression has it.
    pub symbol: String,
    /// What it stands for.
    pub role: Role,
    /// Its unit.
    pub unit: Unit,
    /// Of a ladder: the unit of what climbs it.
    pub climbed: Option<Unit>,
    /// The figure, parameter or price that is meant where an indicator says no other.
    pub name: String,
    /// Least and greatest value, in its unit.
    pub range: (Option<Value>, Option<Value>),
    /// Whether it has an item for the sum around it.
    pub each: bool,
}

/// A formula.
#[derive(Debug, Clone)]
pub struct Formula {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// As it is written.
    pub text: String,
    /// As it is computed.
    pub expression: Expression,
    /// What its names stand for, in the order of the expression.
    pub variables: Vec<Variable>,
    /// Unit of the result.
    pub unit: Unit,
    /// Whether numbers are taken in the stated units, as an empirical formula means them.
    pub plain: bool,
    /// Clause of a norm.
    pub clause: String,
    /// Where it comes from.
    pub source: String,
    /// How far that can be trusted.
    pub trust: String,
    /// Where it stands.
    pub place: Place,
}

pub(crate) const COLUMNS: &[Column] = &[
    needed("id", &["公式编号", "编号", "公式", "id", "formula", "formula_id"]),
    optional("name", &["名称", "公式名称", "name"]),
    needed("expression", &["表达式", "算式", "expression"]),
    needed("unit", &["结果单位", "单位", "unit"]),
    optional("mode", &["量纲", "方式", "mode"]),
    optional("clause", &["条款", "clause"]),
    optional("source", &["来源", "依据", "source"]),
    optional("trust", &["可信度", "性质", "trust"]),
];
pub(crate) const VARIABLES: &[Column] = &[
    needed("formula", &["公式编号", "公式", "formula", "formula_id"]),
    needed("symbol", &["符号", "变量", "symbol"]),
    needed("role", &["角色", "含义", "role"]),
    optional("unit", &["单位", "unit"]),
    optional("climbed", &["自变量单位", "climbed"]),
    optional("name", &["名称", "取自", "name"]),
    optional("min", &["最小值", "下限", "min"]),
    optional("max", &["最大值", "上限", "max"]),
    optional("note", &["备注", "说明", "note"]),
];

/// Reads formulas and what their names stand for.
pub fn read(
    formulas: &[Table],
    variables: &[Table],
    units: &UnitTable,
    log: &mut FindingLog,
) -> BTreeMap<String, Formula> {
    let mut known: BTreeMap<String, Vec<(Variable, Place)>> = BTreeMap::new();
    for table in variables {
        let Some(sheet) = Sheet::of(table, VARIABLES, log) else { continue };
        for row in sheet.rows() {
            let (formula, symbol) = (row.need("formula", log), row.need("symbol", log));
            let role = row.word("role", ROLES, log);
            let unit_of = |key: &str, log: &mut FindingLog| {
                let text = row.text(key, log).unwrap_or_default();
                units.parse(&text).map_err(|phrase| log.push(Finding::from_phrase(phrase, row.at(key)))).ok()
            };
            let unit = unit_of("unit", log);
            let climbed = if role == Some(Role::Ladder) { unit_of("climbed", log) } else { None };
            let (Some(formula), Some(symbol), Some(role), Some(unit)) = (formula, symbol, role, unit) else { continue };
            let name = row.text("name", log).unwrap_or_else(|| symbol.clone());
            let range = (row.value("min", log), row.value("max", log));
            let list = known.entry(formula).or_default();
            if list.iter().any(|(other, _)| other.symbol == symbol) {
                log.push(Finding::error("gep.symbol_twice", row.at("symbol")).with("symbol", &symbol));
                continue;
            }
            list.push((Variable { symbol, role, unit, climbed, name, range, each: false }, row.place()));
        }
    }
    let mut found = BTreeMap::new();
    for table in formulas {
        let Some(sheet) = Sheet::of(table, COLUMNS, log) else { continue };
        for row in sheet.rows() {
            let (id, text) = (row.need("id", log), row.need("expression", log));
            let modes: &[(&[&str], bool)] =
                &[(&["algebra", "量纲运算"], false), (&["plain", "numeric", "经验公式", "数值"], true)];
            let plain = row.word("mode", modes, log).unwrap_or(false);
            let unit_text = row.text("unit", log).unwrap_or_default();
            let (Some(id), Some(text)) = (id, text) else { continue };
            let list = known.remove(&id).unwrap_or_default();
            if found.contains_key(&id) {
                log.push(Finding::error("gep.code_twice", row.at("id")).with("code", &id));
                continue;
            }
            let unit = match units.parse(&unit_text) {
                Ok(unit) => unit,
                Err(phrase) => {
                    log.push(Finding::from_phrase(phrase, row.at("unit")));
                    continue;
                }
            };
            let draft = Draft { id, text, unit, plain, list, units };
            let entry = |key: &str, log: &mut FindingLog| row.text(key, log).unwrap_or_default();
            let (name, clause, source, trust) =
                (entry("name", log), entry("clause", log), entry("source", log), entry("trust", log));
            if let Some(formula) = draft.finished(row.at("expression"), log) {
                found.insert(formula.id.clone(), Formula { name, clause, source, trust, ..formula });
            }
        }
    }
    for (formula, list) in known {
        for (_, place) in list.into_iter().take(1) {
            let like = hint(&formula, found.keys().map(String::as_str)).text();
            log.push(Finding::error("gep.formula_unknown", place).with("formula", &formula).with("like", like));
        }
    }
    found
}

/// A formula on its way.
struct Draft<'a> {
    id: String,
    text: String,
    unit: Unit,
    plain: bool,
    list: Vec<(Variable, Place)>,
    units: &'a UnitTable,
}

impl Draft<'_> {
    fn finished(self, place: Place, log: &mut FindingLog) -> Option<Formula> {
        let expression = match parse(&self.text, self.units) {
            Ok(expression) => expression,
            Err(phrase) => {
                log.push(Finding::from_phrase(phrase, place));
                return None;
            }
        };
        let mut variables = Vec::new();
        for symbol in &expression.names {
            match self.list.iter().find(|(known, _)| known.symbol == *symbol) {
                Some((known, _)) => {
                    let each = expression
                        .names
                        .iter()
                        .position(|name| name == symbol)
                        .is_some_and(|at| expression.root.is_each(at));
                    variables.push(Variable { each, ..known.clone() });
                }
                None => {
                    let like = hint(symbol, self.list.iter().map(|(known, _)| known.symbol.as_str())).text();
                    let finding = Finding::error("gep.symbol_unknown", place.clone()).with("symbol", symbol);
                    log.push(finding.with("formula", &self.id).with("like", like));
                }
            }
        }
        for (idle, place) in self.list.iter().filter(|(known, _)| !expression.names.contains(&known.symbol)) {
            let finding = Finding::warning("gep.symbol_idle", place.clone()).with("symbol", &idle.symbol);
            log.push(finding.with("formula", &self.id));
        }
        if variables.len() < expression.names.len() {
            return None;
        }
        let dimensions: Vec<Dimension> = variables.iter().map(|variable| variable.unit.dimension.clone()).collect();
        let climbed: Vec<Option<Dimension>> =
            variables.iter().map(|variable| variable.climbed.as_ref().map(|unit| unit.dimension.clone())).collect();
        let expression = match (checked(&expression, &dimensions, &climbed), self.plain) {
            (Ok((found, checked)), false) if same_in_a_year(&found, &self.unit.dimension) => checked,
            (Ok((found, _)), false) => {
                let finding = Finding::error("gep.dimension_sides", place).with("formula", &self.id);
                log.push(
                    finding
                        .with("found", shown(&found))
                        .with("unit", &self.unit.text)
                        .with("wanted", shown(&self.unit.dimension)),
                );
                return None;
            }
            (Err(mismatch), false) => {
                let finding = Finding::error("gep.dimension", place).with("formula", &self.id);
                log.push(finding.with("why", mismatch.phrase().text()));
                return None;
            }
            // Numbers in stated units: where the dimensions agree nevertheless, the factor between them must be written out.
            (Ok((found, checked)), true) if same_in_a_year(&found, &self.unit.dimension) => {
                if let Some(finding) = self.factor(&checked, &variables, &place) {
                    log.push(finding);
                }
                checked
            }
            (_, true) => expression,
        };
        Some(Formula {
            id: self.id,
            name: String::new(),
            text: self.text,
            expression,
            variables,
            unit: self.unit,
            plain: self.plain,
            clause: String::new(),
            source: String::new(),
            trust: String::new(),
            place,
        })
    }

    /// A warning where a formula in stated units gives another number than unit algebra: the factor 10 of mm on hm².
    fn factor(&self, expression: &Expression, variables: &[Variable], place: &Place) -> Option<Finding> {
        let sample = |at: usize| Value::whole([7, 3, 11, 13, 5, 17, 19][at % 7]);
        let numbers = variables.iter().enumerate().map(|(at, variable)| (sample(at), variable));
        if variables.iter().any(|variable| variable.role == Role::Ladder) || expression.root.size() > 200 {
            return None;
        }
        let stated: Vec<Argument<'_>> = numbers.clone().map(|(number, _)| Argument::One(number)).collect();
        let based: Vec<Argument<'_>> =
            numbers.map(|(number, variable)| Argument::One(number.mul(&variable.unit.scale))).collect();
        // A power of ten that is written out stands in both; it is there for the units.
        let found = evaluate(expression, &stated, true).ok()?.mul(&tens(&expression.root));
        let wanted = evaluate(expression, &based, true).ok()?.div(&self.unit.scale).ok()?;
        if found == wanted || wanted.is_zero() {
            return None;
        }
        let ratio = found.div(&wanted).ok()?;
        // A constant of its own makes any number of it; only whole powers of ten are slips of units.
        let size = ratio.to_f64().abs().log10();
        ((size - size.round()).abs() < 1e-9).then(|| {
            Finding::warning("gep.factor_ten", place.clone()).with("formula", &self.id).with("factor", ratio.written())
        })
    }
}

/// The powers of ten among the factors of a product.
fn tens(node: &Node) -> Value {
    match node {
        Node::Number(value, None) if is_ten(value) => value.clone(),
        Node::Two(Operator::Multiply, one, other) => tens(one).mul(&tens(other)),
        Node::Two(Operator::Divide, one, other) => tens(one).div(&tens(other)).unwrap_or(Value::ONE),
        _ => Value::ONE,
    }
}

fn is_ten(value: &Value) -> bool {
    matches!(Value::of(value.exact()), Value::Decimal(mantissa, power) if mantissa.unsigned_abs().to_string().trim_end_matches('0') == "1" && (mantissa != 1 || power != 0))
}

impl Formula {
    /// The value for arguments in base units, in base units.
    ///
    /// # Errors
    /// Why it has none.
    pub fn value(&self, arguments: &[Argument<'_>]) -> Result<Value, crate::expression::Trouble> {
        if !self.plain {
            return evaluate(&self.expression, arguments, false);
        }
        let stated = |(argument, variable): (&Argument<'_>, &Variable)| -> Result<_, crate::value::Fault> {
            Ok(match argument {
                Argument::One(value) => Argument::One(value.div(&variable.unit.scale)?),
                Argument::Each(values) => {
                    let each: Result<Vec<Value>, _> =
                        values.iter().map(|value| value.div(&variable.unit.scale)).collect();
                    Argument::Each(each?)
                }
                Argument::Steps(_) => return Err(crate::value::Fault::Domain),
            })
        };
        if arguments.iter().any(|argument| matches!(argument, Argument::Steps(_))) {
            // Steps are kept in base units; a formula with a ladder is one of algebra.
            return evaluate(&self.expression, arguments, false);
        }
        let stated: Result<Vec<Argument<'_>>, _> = arguments.iter().zip(&self.variables).map(stated).collect();
        let found = evaluate(&self.expression, &stated?, true)?;
        Ok(found.mul(&self.unit.scale))
    }

    /// Canonical text for its hash.
    pub fn canonical(&self) -> String {
        let variable = |variable: &Variable| {
            let bound = |value: &Option<Value>| value.as_ref().map(Value::written);
            format!(
                "{:?}",
                (
                    &variable.symbol,
                    variable.role as u8,
                    &variable.unit.text,
                    &variable.name,
                    bound(&variable.range.0),
                    bound(&variable.range.1)
                )
            )
        };
        let variables: Vec<String> = self.variables.iter().map(variable).collect();
        format!("{:?}", (&self.id, &self.text, &self.unit.text, self.plain, variables))
    }

    /// The sentence of a value that a name may not have.
    pub fn out_of_range(&self, variable: &Variable, value: &Value) -> Option<Phrase> {
        let own = value.div(&variable.unit.scale).ok()?;
        let (low, high) = &variable.range;
        let outside = low.as_ref().is_some_and(|low| own < *low) || high.as_ref().is_some_and(|high| own > *high);
        let bound = |value: &Option<Value>, none: &str| value.as_ref().map_or_else(|| none.to_owned(), Value::written);
        outside.then(|| {
            Phrase::new("gep.out_of_range")
                .with("value", format!("{} {}", own.shown(8), variable.unit.text))
                .with("symbol", &variable.symbol)
                .with("formula", &self.id)
                .with("low", bound(low, "−∞"))
                .with("high", bound(high, "∞"))
        })
    }
}
