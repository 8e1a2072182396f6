//! A model as a list of its values: what each is called, what it may be, and the path by which a change sets it.

use schemars::JsonSchema;
use serde::Serialize;

use crate::document::tree::{Node, Value};
use crate::finding::Findings;
use crate::phrases::{Phrase, Text};
use crate::policy::{self, Head, kind_label};
use crate::rules::naming::figure_name;
use crate::scenario::{self, Change, parameters};
use crate::units::{Decimal, Money, split_unit};

/// The values of a model that changes may set.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ParameterList {
    /// Printed name of the model.
    pub name: Text,
    /// Budget year.
    pub year: Option<i64>,
    /// Legal basis of the model; empty where none is given.
    pub basis: String,
    /// Name of its dataset, as the model refers to it.
    pub dataset: String,
    /// What the values belong to: funds, rules, objectives …, in the order of the file.
    pub owners: Vec<Owner>,
    /// The values, in the order of the file.
    pub parameters: Vec<ParameterPart>,
}

/// A fund, a rule, an objective, or another part of a model.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Owner {
    /// Path of the whole: `fund.district`, `rule.corridor`, `entitlement`.
    pub path: String,
    /// `model`, `ecosystems`, `fund`, `entitlement`, `rule`, `objective` or `uncertainty`.
    pub section: String,
    /// Kind of a rule or an objective.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Printed name.
    pub label: Text,
    /// Legal basis; empty where none is given.
    pub basis: String,
    /// Whether a rule must hold; absent elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hard: Option<bool>,
    /// `false` for a rule that is left out; absent elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// First line in the model file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
}

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// Money with its unit.
    Money,
    /// Money per extent or head: `90 元/亩`.
    Standard,
    /// A share or another number of which 1 is the whole; it may be written in per cent.
    Share,
    /// A plain number.
    Number,
    /// True or false.
    Flag,
    /// One of a few words.
    Choice,
    /// Text.
    Text,
    /// A list of words.
    Words,
    /// Rows of numbers: a curve or a matrix.
    Rows,
    /// Numbers in a row.
    Numbers,
    /// Something else, which is edited in the file.
    Other,
}

/// One value.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ParameterPart {
    /// Path as a change writes it.
    pub path: String,
    /// Path of what it belongs to.
    pub owner: String,
    /// Printed name.
    pub label: Text,
    /// What it is.
    pub sort: Sort,
    /// As a change writes it behind the equals sign.
    pub text: String,
    /// The number in it, as a decimal, in `unit`; absent where it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Unit as written: `亿元`, `元/亩`, `%`; empty for plain numbers and text.
    pub unit: String,
    /// Cells of rows and lists, as written; absent elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<Vec<Vec<String>>>,
    /// Words that a choice may be; absent elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub options: Option<Vec<String>>,
    /// Least number that makes sense, in plain numbers (0.3 for 30 %); absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub least: Option<String>,
    /// Greatest number that makes sense; absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub most: Option<String>,
    /// Whether a change of the question put it there.
    pub changed: bool,
    /// Line in the model file; absent where a change put it there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
}

impl ParameterList {
    /// The values of a model under changes; changes of data are left aside.
    ///
    /// # Errors
    /// No TOML, a wrong head, every change that does not fit.
    pub fn of(text: &str, file: &str, changes: &[Change]) -> Result<Self, Findings> {
        let mut tree = Node::parse(text, file)?;
        scenario::apply_to_model(changes, &mut tree)?;
        let head = policy::head(&tree, file)?;
        let (mut owners, mut list): (Vec<Owner>, Vec<ParameterPart>) = (Vec::new(), Vec::new());
        for found in parameters(&tree) {
            let section = tree.get(&found.section);
            let item = match (found.item, section.map(|node| &node.value)) {
                (Some(index), Some(Value::List(items))) => items.get(index),
                _ => section,
            };
            let Some(item) = item else { continue };
            let steps = if found.item.is_some() { 2 } else { 1 };
            let path: Vec<&str> = found.path.splitn(steps + 1, '.').take(steps).collect();
            let path = path.join(".");
            if owners.last().is_none_or(|last| last.path != path) {
                owners.push(owner(&path, &found.section, item));
            }
            list.push(part(&found, (path, item), &head));
        }
        Ok(Self {
            name: head.name,
            year: head.year,
            basis: head.basis,
            dataset: head.dataset,
            owners,
            parameters: list,
        })
    }
}

fn word(node: &Node, key: &str) -> Option<String> {
    match &node.get(key)?.value {
        Value::Text(text) => Some(text.clone()),
        _ => None,
    }
}

/// A label as a model gives it: text, or one for each language.
fn label(node: &Node) -> Option<Text> {
    let node = node.get("label")?;
    match &node.value {
        Value::Text(text) => Some(Text::same(text)),
        _ => Some(Text { zh: word(node, "zh")?, en: word(node, "en")? }),
    }
}

fn owner(path: &str, section: &str, item: &Node) -> Owner {
    let is_rule = section == "rule";
    let kind = word(item, "kind").filter(|_| matches!(section, "rule" | "objective"));
    let own = label(item).or_else(|| word(item, "id").filter(|_| !is_rule).map(Text::same));
    let named = || match (section, kind.as_deref()) {
        ("rule", Some(kind)) => kind_label(kind),
        ("objective", Some(kind)) => objective(kind),
        _ => key_label(section).unwrap_or_else(|| Text::same(section)),
    };
    let flag = |key: &str| match item.get(key).map(|node| &node.value) {
        Some(Value::Flag(flag)) => Some(*flag),
        _ => None,
    };
    Owner {
        path: path.to_owned(),
        section: section.to_owned(),
        label: own.unwrap_or_else(named),
        kind,
        basis: word(item, "basis").unwrap_or_default(),
        hard: is_rule.then(|| item.get("soft").is_none()),
        enabled: is_rule.then(|| flag("enabled").unwrap_or(true)),
        line: Some(item.line).filter(|line| *line > 0 && *line != crate::document::tree::CHANGED),
    }
}

fn objective(kind: &str) -> Text {
    let code = match kind {
        "max_min_coverage" => "report.stage_max_min_coverage",
        "min_deviation" => "report.stage_min_deviation",
        "max_outcome_benefit" => "report.stage_max_outcome_benefit",
        "min_missed" => "report.stage_min_missed",
        _ => return Text::same(kind),
    };
    Phrase::new(code).text()
}

fn part(found: &scenario::Parameter<'_>, (owner, item): (String, &Node), head: &Head) -> ParameterPart {
    let kind = word(item, "kind").unwrap_or_default();
    let key = found.keys.last().map_or("", String::as_str);
    let options = options(&found.section, key, &found.node.value);
    let share = is_share(&found.section, &kind, &found.keys);
    let (sort, number, unit) = sort(found.node, options.is_some(), share);
    let (least, most) = bounds(&found.section, &kind, &found.keys, (sort, share));
    ParameterPart {
        path: found.path.clone(),
        owner,
        label: label_of(found, item, head),
        sort,
        text: match &found.node.value {
            Value::Text(text) if Node::parse_value(text).value == found.node.value => text.clone(),
            _ => found.node.canonical(),
        },
        number,
        unit,
        rows: rows(&found.node.value),
        options: options.map(|words| words.iter().map(|word| (*word).to_owned()).collect()),
        least: least.map(str::to_owned),
        most: most.map(str::to_owned),
        changed: found.changed,
        line: found.line,
    }
}

/// What a value is, the number in it, and its unit.
fn sort(node: &Node, is_choice: bool, is_share: bool) -> (Sort, Option<String>, String) {
    match &node.value {
        Value::Flag(_) => (Sort::Flag, None, String::new()),
        Value::Number(text) => {
            let number = Decimal::parse(text).ok().map(|number| number.to_string());
            (if is_share { Sort::Share } else { Sort::Number }, number, String::new())
        }
        Value::Text(_) if is_choice => (Sort::Choice, None, String::new()),
        Value::Text(text) => {
            let (number, unit) = split_unit(text);
            let Ok(decimal) = Decimal::parse(number) else { return (Sort::Text, None, String::new()) };
            let sort = match unit {
                _ if Money::parse(text).is_ok() => Sort::Money,
                "%" | "\u{FF05}" => Sort::Share,
                "" => Sort::Number,
                unit if unit
                    .split_once('/')
                    .is_some_and(|(money, _)| Money::of(Decimal::ONE, money.trim()).is_ok()) =>
                {
                    Sort::Standard
                }
                _ => return (Sort::Text, None, String::new()),
            };
            (sort, Some(decimal.to_string()), unit.to_owned())
        }
        Value::List(items) => {
            let all = |is: fn(&Value) -> bool| items.iter().all(|item| is(&item.value));
            let sort = if all(|value| matches!(value, Value::Text(_))) {
                Sort::Words
            } else if all(|value| matches!(value, Value::Number(_))) {
                Sort::Numbers
            } else if all(|value| matches!(value, Value::List(_))) {
                Sort::Rows
            } else {
                Sort::Other
            };
            (sort, None, String::new())
        }
        Value::Table(_) => (Sort::Other, None, String::new()),
    }
}

/// The cells of a list, as written.
fn rows(value: &Value) -> Option<Vec<Vec<String>>> {
    let cell = |node: &Node| match &node.value {
        Value::Text(text) | Value::Number(text) => Some(text.clone()),
        _ => None,
    };
    let Value::List(items) = value else { return None };
    let row = |node: &Node| match &node.value {
        Value::List(cells) => cells.iter().map(cell).collect::<Option<Vec<String>>>(),
        _ => cell(node).map(|text| vec![text]),
    };
    items.iter().map(row).collect()
}

/// The words of a key that takes one of a few.
fn options(section: &str, key: &str, value: &Value) -> Option<&'static [&'static str]> {
    if !matches!(value, Value::Text(_)) {
        return None;
    }
    let words: &'static [&'static str] = match (section, key) {
        ("fund", "spend") => &["all", "up_to"],
        ("rule", "per") => &["cell", "area", "ecosystem", "total"],
        ("objective", "levels") => &["all", "worst"],
        ("objective", "norm") => &["l1", "linf"],
        ("objective", "value") => &["gep_times_outcome", "gep"],
        _ => return None,
    };
    Some(words)
}

/// Whether 1 is the whole of a number.
fn is_share(section: &str, kind: &str, keys: &[String]) -> bool {
    let first = keys.first().map_or("", String::as_str);
    let last = keys.last().map_or("", String::as_str);
    match section {
        "entitlement" => matches!(first, "pool" | "factors"),
        "objective" => last == "slack",
        "rule" => last == "share" || (matches!(kind, "share" | "corridor") && is_bound(first)),
        _ => false,
    }
}

fn is_bound(key: &str) -> bool {
    matches!(key, "between" | "at_least" | "at_most")
}

/// Between which numbers a value makes sense; what a policy says of it stands in the model alone.
fn bounds(
    section: &str,
    kind: &str,
    keys: &[String],
    (sort, share): (Sort, bool),
) -> (Option<&'static str>, Option<&'static str>) {
    let last = keys.last().map_or("", String::as_str);
    let counts = matches!(sort, Sort::Money | Sort::Standard | Sort::Share | Sort::Number);
    match section {
        _ if !counts => (None, None),
        "uncertainty" | "model" | "ecosystems" => (None, None),
        // A weight of a linear rule may be anything.
        "rule" if kind == "linear" => (None, None),
        // Amounts may grow against last year.
        "rule" if kind == "corridor" => (Some("0"), None),
        _ if share && last != "slack" => (Some("0"), Some("1")),
        _ => (Some("0"), None),
    }
}

/// What a value is called: the name of its key, and of the indicator, ecosystem or part below it.
fn label_of(found: &scenario::Parameter<'_>, item: &Node, head: &Head) -> Text {
    let mut parts: Vec<Text> = Vec::new();
    let mut node = Some(item);
    for (at, key) in found.keys.iter().enumerate() {
        let above = at.checked_sub(1).and_then(|at| found.keys.get(at)).map_or("", String::as_str);
        let inner = node.and_then(|node| match &node.value {
            Value::Table(_) => node.get(key),
            Value::List(items) => items.iter().find(|item| word(item, "id").as_deref() == Some(key)),
            _ => None,
        });
        let ecosystem = || head.ecosystems.iter().find(|(spec, _)| spec.id == *key).map(|(spec, _)| spec.label.clone());
        let name = match (above, key.as_str()) {
            ("between", "[0]") => Phrase::new("parameter.at_least").text(),
            ("between", "[1]") => Phrase::new("parameter.at_most").text(),
            ("pool", _) => ecosystem().unwrap_or_else(|| Text::same(key)),
            ("factors" | "at_least" | "at_most" | "where", _) => figure_name(key),
            ("shares" | "input", _) => inner.and_then(label).unwrap_or_else(|| Text::same(key)),
            _ => key_label(key).or_else(ecosystem).unwrap_or_else(|| Text::same(key)),
        };
        // `between` says nothing beside lower and upper bound, `shares` nothing beside the part.
        let is_filler = at + 1 < found.keys.len() && matches!(key.as_str(), "between" | "shares" | "input" | "soft");
        if !is_filler {
            parts.push(name);
        }
        node = inner;
    }
    let joined = |lang: fn(&Text) -> &String, sign: &str| {
        parts.iter().map(|part| lang(part).as_str()).collect::<Vec<_>>().join(sign)
    };
    Text { zh: joined(|text| &text.zh, "·"), en: joined(|text| &text.en, ": ") }
}

/// What a key is called.
fn key_label(key: &str) -> Option<Text> {
    let code = match key {
        "model" => "parameter.model",
        "ecosystems" => "parameter.ecosystems",
        "entitlement" => "parameter.entitlement",
        "uncertainty" => "parameter.uncertainty",
        "fund" => "parameter.fund",
        "rule" => "parameter.rule",
        "objective" => "parameter.objective",
        "name" => "parameter.name",
        "area_label" => "parameter.area_label",
        "year" => "parameter.year",
        "dataset" => "parameter.dataset",
        "rounding" => "parameter.rounding",
        "basis" => "parameter.basis",
        "note" => "parameter.note",
        "label" => "parameter.label",
        "zh" => "parameter.zh",
        "en" => "parameter.en",
        "aliases" => "parameter.aliases",
        "extent_unit" => "parameter.extent_unit",
        "amount" => "parameter.amount",
        "spend" => "parameter.spend",
        "only" => "parameter.only",
        "ecosystem" => "parameter.ecosystem",
        "area" => "parameter.area",
        "pool" => "parameter.pool",
        "factors" => "parameter.factors",
        "ahp" => "parameter.ahp",
        "matrix" => "parameter.matrix",
        "entropy" => "parameter.entropy",
        "outcome" => "parameter.outcome",
        "points" => "parameter.points",
        "indicator" => "parameter.indicator",
        "of" => "parameter.of",
        "in" => "parameter.in_selection",
        "per" => "parameter.per",
        "at_least" => "parameter.at_least",
        "at_most" => "parameter.at_most",
        "between" => "parameter.between",
        "below" => "parameter.below",
        "ratio_at_most" => "parameter.ratio_at_most",
        "penalty" => "parameter.penalty",
        "soft" => "parameter.soft",
        "enabled" => "parameter.enabled",
        "shares" => "parameter.shares",
        "share" => "parameter.share",
        "levels" => "parameter.levels",
        "slack" => "parameter.slack",
        "returns" => "parameter.returns",
        "norm" => "parameter.norm",
        "value" => "parameter.value",
        _ => return None,
    };
    Some(Phrase::new(code).text())
}
