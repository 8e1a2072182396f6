//! Where a figure of an account comes from: quantity, formula, parameter, price, each with its row and source.

use schemars::JsonSchema;
use serde::Serialize;

use crate::book::Book;
use crate::finding::{Finding, Findings, Place, hint};
use crate::formula::Role;
use crate::ledger::{Bound, Cell, Chosen, Ledger, Line, Taken};
use crate::norm::Include;
use crate::phrases::Text;
use crate::quantity::{Origin, State};
use crate::select::selected;
use crate::statement::{AreaName, EcosystemName, NormPart, PricesPart, area_name, ecosystem_name, prices_part};
use crate::value::Value;

/// A number of a formula, and where it stands.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "GepInput")]
pub struct Input {
    /// As the formula has it.
    pub symbol: String,
    /// What it stands for.
    pub role: Role,
    /// Figure, parameter or price that is meant.
    pub name: String,
    /// Item of a sum.
    pub item: String,
    /// The number, exactly, in the unit of its row.
    pub value: String,
    /// The unit.
    pub unit: String,
    /// File, row and column.
    pub place: String,
    /// Source.
    pub source: String,
    /// How far the source can be trusted.
    pub trust: String,
    /// How a figure came about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// Department of a figure.
    pub department: String,
    /// By which index a price was carried, from and to which year, and the factor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub carried: Option<Carried>,
}

/// A price carried to another year.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "GepCarried")]
pub struct Carried {
    /// The index series.
    pub index: String,
    /// Year of the row.
    pub from: i32,
    /// Year of the account's prices.
    pub to: i32,
    /// What it was multiplied by.
    pub factor: String,
}

/// A formula with its numbers.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "GepStep")]
pub struct Step {
    /// Id of the formula.
    pub formula: String,
    /// Its name.
    pub name: String,
    /// As it is written.
    pub expression: String,
    /// Clause.
    pub clause: String,
    /// Source.
    pub source: String,
    /// Its numbers.
    pub inputs: Vec<Input>,
    /// The result, exactly where it has an end.
    pub result: String,
    /// Its unit.
    pub unit: String,
}

/// A cell explained.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "GepTracedCell")]
pub struct TracedCell {
    /// The area.
    pub area: AreaName,
    /// The ecosystem.
    pub ecosystem: EcosystemName,
    /// Whether there is a quantity.
    pub state: State,
    /// The figure, where the quantity is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub figure: Option<Input>,
    /// Formulas of quantity and value.
    pub steps: Vec<Step>,
    /// The value in 分, with its sign.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value_fen: Option<i64>,
}

/// An indicator explained.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "GepExplanation")]
pub struct Explanation {
    /// Id of the account.
    pub id: String,
    /// Its name.
    pub name: Text,
    /// Code of the indicator.
    pub code: String,
    /// Its name.
    pub label: Text,
    /// Year.
    pub year: i32,
    /// Norm.
    pub norm: NormPart,
    /// Prices.
    pub prices: PricesPart,
    /// Whether the norm counts it.
    pub counted: bool,
    /// Its cells.
    pub cells: Vec<TracedCell>,
    /// Sum of the cells in 分.
    pub value_fen: i64,
    /// Whether any of it is made up.
    pub illustrative: bool,
}

/// Which cells are explained.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// Code of the indicator.
    pub indicator: String,
    /// Area; none for all.
    pub area: Option<String>,
    /// Ecosystem; none for all.
    pub ecosystem: Option<String>,
}

/// Explains an indicator of an account.
///
/// # Errors
/// What stands in the way of the account; an indicator without cells.
pub fn explain(book: &Book, chosen: &Chosen, asked: &Asked) -> Result<Explanation, Findings> {
    let ledger = Ledger::of(chosen.sources(book))?;
    let tree = &book.tree;
    let by_name = |word: &str| tree.entries.iter().position(|entry| entry.label.zh == word || entry.label.en == word);
    let Some(at) = tree.find(&asked.indicator).or_else(|| by_name(&asked.indicator)) else {
        let all = tree.entries.iter().flat_map(|entry| [entry.code.as_str(), entry.label.zh.as_str()]);
        let like = hint(&asked.indicator, all).text();
        return Err(Finding::error("gep.code_unknown", Place::file("--indicator"))
            .with("code", &asked.indicator)
            .with("like", like)
            .into());
    };
    let chosen_areas = selected(&ledger, asked.area.as_deref());
    let quantities = &book.quantities;
    // Tables and whoever asks name an ecosystem by its id or by a label.
    let spec = |word: &str| book.manifest.ecosystems.iter().position(|spec| spec.answers_to(word));
    if let Some(word) = asked.ecosystem.as_deref()
        && spec(word).is_none()
        && !quantities.ecosystems.iter().any(|known| known == word)
    {
        let known = book.manifest.ecosystems.iter().map(|spec| spec.id.as_str());
        let like = hint(word, known.chain(quantities.ecosystems.iter().map(String::as_str))).text();
        let finding = Finding::error("gep.ecosystem_asked", Place::file("--ecosystem"));
        return Err(finding.with("ecosystem", word).with("like", like).into());
    }
    let is_it = |word: &str, named: &str| word == named || spec(word).is_some_and(|at| spec(named) == Some(at));
    let is_asked = |(position, cell): &(usize, &Cell)| {
        let named = quantities.ecosystems.get(cell.ecosystem as usize).map_or("", String::as_str);
        let own = ledger.lines.get(cell.line).is_some_and(|line| tree.is_within(line.indicator, at));
        own && chosen_areas.mask.get(*position).copied().unwrap_or(false)
            && asked.ecosystem.as_deref().is_none_or(|word| is_it(word, named))
    };
    let (mut cells, mut value_fen, mut counted) = (Vec::new(), 0_i64, false);
    for (_, cell) in ledger.cells.iter().enumerate().filter(is_asked) {
        if let Some(line) = ledger.lines.get(cell.line) {
            counted |= line.include == Include::In;
            value_fen = value_fen.saturating_add(cell.fen.unwrap_or(0));
            cells.push(ledger.traced(line, cell));
        }
    }
    if cells.is_empty() {
        let finding = Finding::error("gep.nothing", Place::file(&book.manifest.file))
            .with("area", asked.area.as_deref().unwrap_or(&asked.indicator));
        return Err(finding.with("year", chosen.year.to_string()).into());
    }
    let norm = book.norms.get(&chosen.norm);
    Ok(Explanation {
        id: book.manifest.id.clone(),
        name: book.manifest.name.clone(),
        code: tree.entries.get(at).map(|entry| entry.code.clone()).unwrap_or_default(),
        label: tree.entries.get(at).map_or_else(|| Text::same(""), |entry| entry.label.clone()),
        year: chosen.year,
        norm: NormPart {
            id: chosen.norm.clone(),
            label: norm.map_or_else(|| Text::same(&chosen.norm), |norm| norm.label.clone()),
            in_force: norm.map(|norm| norm.in_force.clone()).unwrap_or_default(),
            levels: norm.map(|norm| norm.levels.clone()).unwrap_or_default(),
            source: norm.map(|norm| norm.source.clone()).unwrap_or_default(),
        },
        prices: prices_part(&ledger),
        counted,
        cells,
        value_fen,
        illustrative: book.manifest.illustrative,
    })
}

impl<'a> Ledger<'a> {
    fn traced(&self, line: &Line<'a>, cell: &Cell) -> TracedCell {
        let (book, year) = self.sources.figures;
        let quantities = &book.quantities;
        let code = quantities.areas.get(cell.area as usize).cloned().unwrap_or_default();
        let ecosystem = quantities.ecosystems.get(cell.ecosystem as usize).map_or("", String::as_str);
        let own = line.own.and_then(|name| {
            let figures = quantities.of(name);
            figures
                .iter()
                .find(|figure| (figure.area, figure.ecosystem, figure.year) == (cell.area, cell.ecosystem, year))
        });
        let figure = own.map(|figure| self.figure_input("", Role::Quantity, "", &Taken::Figure(figure)));
        let mut steps = Vec::new();
        for (bound, physical) in [(&line.quantity, None), (&line.value, cell.physical.as_ref())] {
            if let Some(bound) = bound {
                steps.extend(self.step(bound, line, cell, physical));
            }
        }
        TracedCell {
            area: AreaName { name: area_name(book, &code), code },
            ecosystem: ecosystem_name(book, ecosystem),
            state: cell.state,
            figure,
            steps,
            value_fen: cell.fen,
        }
    }

    fn step(&self, bound: &Bound<'a>, line: &Line<'a>, cell: &Cell, physical: Option<&Value>) -> Option<Step> {
        let at = (cell.area, cell.ecosystem);
        let items = self.items(bound, at);
        let (mut arguments, mut inputs) = (Vec::new(), Vec::new());
        for (position, variable) in bound.formula.variables.iter().enumerate() {
            let gathered = self.argument(bound, line, (position, at), (&items, physical)).ok()?.ok()?;
            let name = bound.names.get(position).copied().unwrap_or_default();
            if let (Role::Physical, Some(value)) = (variable.role, physical) {
                let own = value.div(&variable.unit.scale).unwrap_or(Value::ZERO);
                inputs.push(plain(&variable.symbol, variable.role, own.written(), variable.unit.text.clone()));
            }
            if variable.role == Role::Ladder {
                inputs.push(Input {
                    name: name.to_owned(),
                    ..plain(&variable.symbol, variable.role, String::new(), variable.unit.text.clone())
                });
            }
            for (item, taken) in &gathered.taken {
                inputs.push(Input {
                    item: item.clone(),
                    name: name.to_owned(),
                    ..self.figure_input(&variable.symbol, variable.role, name, taken)
                });
            }
            arguments.push(gathered.argument);
        }
        let result = self.valued(bound, line, at, &arguments).ok()?.div(&bound.formula.unit.scale).ok()?;
        let formula = bound.formula;
        Some(Step {
            formula: formula.id.clone(),
            name: formula.name.clone(),
            expression: formula.text.clone(),
            clause: formula.clause.clone(),
            source: formula.source.clone(),
            inputs,
            result: result.written(),
            unit: formula.unit.text.clone(),
        })
    }

    fn figure_input(&self, symbol: &str, role: Role, name: &str, taken: &Taken<'_>) -> Input {
        let quantities = &self.sources.figures.0.quantities;
        match taken {
            Taken::Figure(figure) => {
                let unit = quantities.units.get(figure.unit as usize);
                let own = unit.and_then(|unit| figure.value.div(&unit.scale).ok()).unwrap_or(Value::ZERO);
                let note = |at: u32| quantities.notes.get(at as usize).cloned().unwrap_or_default();
                let known = quantities.names.get(figure.name as usize).cloned().unwrap_or_default();
                Input {
                    name: if name.is_empty() { known } else { name.to_owned() },
                    place: quantities.place(figure).to_string(),
                    source: note(figure.source),
                    origin: Some(figure.origin),
                    department: note(figure.department),
                    ..plain(symbol, role, own.written(), unit.map(|unit| unit.text.clone()).unwrap_or_default())
                }
            }
            Taken::Held(held) => {
                let entry = held.entry;
                let carried = held.carried.as_ref().map(|(from, to, factor)| Carried {
                    index: entry.index.clone(),
                    from: *from,
                    to: *to,
                    factor: factor.written(),
                });
                Input {
                    name: name.to_owned(),
                    place: entry.place.to_string(),
                    source: entry.source.clone(),
                    trust: entry.trust.clone(),
                    carried,
                    ..plain(
                        symbol,
                        role,
                        held.value.div(&entry.unit.scale).unwrap_or(Value::ZERO).written(),
                        entry.unit.text.clone(),
                    )
                }
            }
        }
    }
}

fn plain(symbol: &str, role: Role, value: String, unit: String) -> Input {
    Input {
        symbol: symbol.to_owned(),
        role,
        name: String::new(),
        item: String::new(),
        value,
        unit,
        place: String::new(),
        source: String::new(),
        trust: String::new(),
        origin: None,
        department: String::new(),
        carried: None,
    }
}
