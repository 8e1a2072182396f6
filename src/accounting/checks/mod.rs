//! What an account is checked by: what was printed against what follows, and slips that are known. Nothing is altered.

mod cause;

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;

use crate::book::Book;
use crate::finding::{Finding, Findings, Place};
use crate::ledger::{Bound, Cell, Chosen, Ledger, Taken};
use crate::manifest::Rule;
use crate::norm::{Branch, Include};
use crate::phrases::{Lang, Phrase, Text};
use crate::printed::{Printed, What};

use crate::select::selected;
use crate::statement::Summed;
use crate::value::Value;

/// Whether a printed figure follows from the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "GepFollows")]
pub enum Follows {
    /// To half its last digit.
    Exactly,
    /// Where every input may move by half its last digit.
    WithinRounding,
    /// Not so.
    No,
    /// The account has no such figure.
    Unknown,
}

/// A printed figure beside what follows.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "GepPrintedRow")]
pub struct PrintedRow {
    /// Code.
    pub code: String,
    /// Name.
    pub label: Text,
    /// Area; empty for all.
    pub area: String,
    /// Ecosystem; empty for all.
    pub ecosystem: String,
    /// Which figure.
    pub what: What,
    /// As printed.
    pub printed: String,
    /// Its unit.
    pub unit: String,
    /// What follows, in the same unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recomputed: Option<String>,
    /// Whether it follows.
    pub follows: Follows,
    /// What may be the cause, where it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Text>,
    /// Where it stands.
    pub place: String,
}

/// Something to look at.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "GepRemark")]
pub struct Remark {
    /// Code of the sentence.
    pub code: String,
    /// Where.
    pub place: String,
    /// What.
    pub text: Text,
}

/// An account checked.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "GepChecked")]
pub struct Checked {
    /// Id of the account.
    pub id: String,
    /// Its name.
    pub name: Text,
    /// Year.
    pub year: i32,
    /// What was printed, beside what follows.
    pub printed: Vec<PrintedRow>,
    /// Printed figures that follow exactly, within rounding, not, and that the account does not have.
    pub counts: [usize; 4],
    /// Slips, and what to know.
    pub remarks: Vec<Remark>,
    /// Hash of the account.
    pub hash: String,
}

/// Checks an account.
///
/// # Errors
/// What stands in the way of the account itself.
pub fn check(book: &Book, chosen: &Chosen) -> Result<Checked, Findings> {
    let ledger = Ledger::of(chosen.sources(book))?;
    let work = Work { ledger: &ledger, book, chosen };
    let mut printed: Vec<PrintedRow> =
        book.printed.iter().filter(|row| row.year == chosen.year).map(|row| work.row(row)).collect();
    printed.sort_by_key(|row| (book.tree.find(&row.code), row.what, row.area.clone(), row.ecosystem.clone()));
    let count = |follows: Follows| printed.iter().filter(|row| row.follows == follows).count();
    let counts = [count(Follows::Exactly), count(Follows::WithinRounding), count(Follows::No), count(Follows::Unknown)];
    let mut findings = work.rules();
    findings.extend(crate::ledger::old_prices(&ledger));
    findings.extend(work.sums_of_printed());
    findings.extend(work.slips());
    findings.extend(Summed::of(&ledger, &|_, _| true)?.gaps());
    let remark = |finding: &Finding| Remark {
        code: finding.code().to_owned(),
        place: finding.place.to_string(),
        text: Text { zh: finding.render(Lang::Zh), en: finding.render(Lang::En) },
    };
    Ok(Checked {
        id: book.manifest.id.clone(),
        name: book.manifest.name.clone(),
        year: chosen.year,
        printed,
        counts,
        remarks: findings.iter().map(remark).collect(),
        hash: book.hashes().account,
    })
}

struct Work<'w, 'a> {
    ledger: &'w Ledger<'a>,
    book: &'w Book,
    chosen: &'w Chosen,
}

/// Half of the last digit that was written; of a binary number, of the last that it has.
fn half_digit(value: &Value, last_digit: Option<i32>) -> Value {
    // Nothing is nothing, however it is written.
    if value.is_zero() {
        return Value::ZERO;
    }
    match (last_digit, Value::of(value.exact())) {
        (Some(power), _) | (None, Value::Decimal(_, power)) => Value::Decimal(5, power - 1),
        (None, Value::Ratio(_)) => Value::ZERO,
    }
}

fn size(value: &Value) -> Value {
    if value.is_negative() { value.negated() } else { value.clone() }
}

/// A quantity with how far it may be off because its inputs are rounded.
#[derive(Clone)]
struct Spread(Value, Value);

impl<'a> Work<'_, 'a> {
    fn cells(&self, row: &Printed) -> Vec<&Cell> {
        let mask = selected(self.ledger, (!row.area.is_empty()).then_some(row.area.as_str())).mask;
        let quantities = &self.book.quantities;
        let Some(at) = self.book.tree.find(&row.code) else { return Vec::new() };
        let fits = |(position, cell): &(usize, &Cell)| {
            let line = self.ledger.lines.get(cell.line);
            let own = line.is_some_and(|line| {
                self.book.tree.is_within(line.indicator, at) && (line.include == Include::In || line.indicator == at)
            });
            let ecosystem = quantities.ecosystems.get(cell.ecosystem as usize).map_or("", String::as_str);
            own && mask.get(*position).copied().unwrap_or(false)
                && (row.ecosystem.is_empty() || row.ecosystem == ecosystem)
        };
        self.ledger.cells.iter().enumerate().filter(fits).map(|(_, cell)| cell).collect()
    }

    /// The value or quantity of cells, with how far it may be off.
    fn sum(&self, cells: &[&Cell], of_value: bool) -> Option<Spread> {
        let mut found: Option<Spread> = None;
        for cell in cells {
            let own =
                if of_value { cell.fen.map(|fen| Value::Decimal(i128::from(fen), -2)) } else { cell.physical.clone() };
            let Some(own) = own else { continue };
            let off = self.off(cell, of_value);
            found = Some(match found {
                None => Spread(own, off),
                Some(Spread(sum, spread)) => Spread(sum.add(&own), spread.add(&off)),
            });
        }
        found
    }

    /// How far a cell may be off where each input moves by half its last digit.
    fn off(&self, cell: &Cell, of_value: bool) -> Value {
        let Some(line) = self.ledger.lines.get(cell.line) else { return Value::ZERO };
        let at = (cell.area, cell.ecosystem);
        let mut physical_off = Value::ZERO;
        if let Some(bound) = &line.quantity {
            physical_off = self.bound_off(bound, cell, None);
        } else if let (Some(own), Some(value)) = (line.own, &cell.physical) {
            let figures = self.book.quantities.of(own);
            if let Some(figure) = crate::ledger::figure_at(figures, at, self.chosen.year, 0) {
                physical_off = self.figure_half(figure, value);
            }
        }
        match (&line.value, of_value) {
            (Some(bound), true) => self.bound_off(bound, cell, Some(&physical_off)),
            _ => physical_off,
        }
    }

    fn figure_half(&self, figure: &crate::quantity::Figure, value: &Value) -> Value {
        let unit = self.book.quantities.units.get(figure.unit as usize);
        let own = unit.and_then(|unit| value.div(&unit.scale).ok());
        own.zip(unit).map_or(Value::ZERO, |(own, unit)| half_digit(&own, figure.last_digit).mul(&unit.scale))
    }

    fn bound_off(&self, bound: &Bound<'a>, cell: &Cell, physical: Option<&Value>) -> Value {
        let Some(line) = self.ledger.lines.get(cell.line) else { return Value::ZERO };
        let at = (cell.area, cell.ecosystem);
        let items = self.ledger.items(bound, at);
        let own = physical.and(cell.physical.as_ref());
        let gathered: Option<Vec<_>> = (0..bound.slots.len())
            .map(|slot| self.ledger.argument(bound, line, (slot, at), (&items, own)).ok()?.ok())
            .collect();
        let Some(gathered) = gathered else { return Value::ZERO };
        let arguments: Vec<crate::expression::Argument<'_>> = gathered.iter().map(|one| one.argument.clone()).collect();
        let Ok(base) = self.ledger.valued(bound, line, at, &arguments) else { return Value::ZERO };
        let mut sum = Value::ZERO;
        for (slot, one) in gathered.iter().enumerate() {
            let half = match one.taken.first().map(|(_, taken)| taken) {
                Some(Taken::Figure(figure)) => self.figure_half(figure, &figure.value),
                Some(Taken::Held(held)) => {
                    half_digit(&held.entry.value, held.entry.last_digit).mul(&held.entry.unit.scale)
                }
                None => physical.cloned().unwrap_or(Value::ZERO),
            };
            let mut moved = arguments.clone();
            match moved.get_mut(slot) {
                Some(crate::expression::Argument::One(value)) => *value = value.add(&half),
                Some(crate::expression::Argument::Each(values)) => {
                    values.iter_mut().for_each(|value| *value = value.add(&half))
                }
                _ => continue,
            }
            if let Ok(value) = self.ledger.valued(bound, line, at, &moved) {
                sum = sum.add(&size(&value.sub(&base)));
            }
        }
        sum
    }

    fn recomputed(&self, row: &Printed) -> Option<Spread> {
        let cells = self.cells(row);
        let year = self.chosen.year;
        let facts = || {
            let code = if row.area.is_empty() {
                cells.first().and_then(|cell| self.book.quantities.areas.get(cell.area as usize)).cloned()
            } else {
                Some(row.area.clone())
            };
            self.book.areas.facts(&code.unwrap_or_default(), year)
        };
        let over = |below: Option<Value>| {
            let Spread(sum, off) = self.sum(&cells, true)?;
            let below = below?;
            Some(Spread(sum.div(&below).ok()?, off.div(&below).ok()?))
        };
        match row.what {
            What::Value => self.sum(&cells, true),
            What::Quantity => {
                let at = self.book.tree.find(&row.code);
                let own: Vec<&Cell> = cells
                    .into_iter()
                    .filter(|cell| self.ledger.lines.get(cell.line).map(|line| line.indicator) == at)
                    .collect();
                self.sum(&own, false)
            }
            What::PerArea => over(facts().land),
            What::PerHead => over(facts().people),
            What::Share => {
                let total = Printed { code: self.top(), ..row.clone() };
                let Spread(whole, off) = self.sum(&self.cells(&total), true)?;
                let Spread(part, own) = self.sum(&cells, true)?;
                // The part may be off, and the whole, which moves the share by as much of itself.
                let share = part.div(&whole).ok()?;
                let spread = own.add(&off.mul(&size(&share))).div(&whole).ok()?;
                Some(Spread(share, size(&spread)))
            }
        }
    }

    fn top(&self) -> String {
        self.book.tree.entries.first().map(|entry| entry.code.clone()).unwrap_or_default()
    }

    fn row(&self, row: &Printed) -> PrintedRow {
        let label = self
            .book
            .tree
            .find(&row.code)
            .and_then(|at| self.book.tree.entries.get(at))
            .map_or_else(|| Text::same(&row.code), |entry| entry.label.clone());
        let found = self.recomputed(row).and_then(|Spread(value, off)| {
            Some(Spread(value.div(&row.unit.scale).ok()?, off.div(&row.unit.scale).ok()?))
        });
        let half = Value::Decimal(5, -1 - i32::try_from(row.places).unwrap_or(0));
        let follows = match &found {
            None => Follows::Unknown,
            Some(Spread(value, off)) => {
                let gap = size(&value.sub(&row.value));
                if gap <= half {
                    Follows::Exactly
                } else if gap <= half.add(off) {
                    Follows::WithinRounding
                } else {
                    Follows::No
                }
            }
        };
        let cause = match (&found, follows) {
            (Some(Spread(value, _)), Follows::No) => self.cause(row, value),
            _ => None,
        };
        PrintedRow {
            code: row.code.clone(),
            label,
            area: row.area.clone(),
            ecosystem: row.ecosystem.clone(),
            what: row.what,
            printed: row.text.clone(),
            unit: row.unit.text.clone(),
            recomputed: found.map(|Spread(value, _)| value.shown(8)),
            follows,
            cause: cause.map(|phrase| phrase.text()),
            place: row.place.to_string(),
        }
    }

    /// Printed sums against the printed rows below them.
    fn sums_of_printed(&self) -> Vec<Finding> {
        let tree = &self.book.tree;
        let rows: Vec<&Printed> =
            self.book.printed.iter().filter(|row| row.what == What::Value && row.year == self.chosen.year).collect();
        let mut findings = Vec::new();
        for sum in &rows {
            let Some(at) = tree.find(&sum.code) else { continue };
            let same = |row: &&&Printed| {
                row.area == sum.area && row.ecosystem == sum.ecosystem && row.unit.dimension == sum.unit.dimension
            };
            let children: Vec<usize> = (0..tree.entries.len())
                .filter(|child| tree.entries.get(*child).and_then(|entry| entry.parent) == Some(at))
                .collect();
            let with_value: BTreeSet<usize> = children
                .iter()
                .copied()
                .filter(|child| {
                    self.ledger.cells.iter().any(|cell| {
                        cell.fen.is_some()
                            && self.ledger.lines.get(cell.line).is_some_and(|line| {
                                line.include == Include::In && tree.is_within(line.indicator, *child)
                            })
                    })
                })
                .collect();
            let parts: Vec<&&Printed> = rows
                .iter()
                .filter(same)
                .filter(|row| tree.find(&row.code).is_some_and(|at| with_value.contains(&at)))
                .collect();
            if parts.is_empty() || parts.len() < with_value.len() {
                continue;
            }
            let half =
                |row: &Printed| Value::Decimal(5, -1 - i32::try_from(row.places).unwrap_or(0)).mul(&row.unit.scale);
            let based = |row: &Printed| row.value.mul(&row.unit.scale);
            let total = parts.iter().fold(Value::ZERO, |sum, row| sum.add(&based(row)));
            let may = parts.iter().fold(half(sum), |may, row| may.add(&half(row)));
            let gap = based(sum).sub(&total);
            if size(&gap) <= may {
                continue;
            }
            let own = |value: &Value| value.div(&sum.unit.scale).map_or_else(|_| String::new(), |value| value.shown(8));
            let dropped = parts.iter().find(|row| size(&gap.add(&based(row))) <= may.clone());
            let finding = Finding::warning("gep.sum_of_rows", sum.place.clone())
                .with("code", &sum.code)
                .with("printed", &sum.text)
                .with("sum", own(&total))
                .with("gap", own(&gap));
            let cause = dropped
                .map_or_else(|| Text::same(""), |row| Phrase::new("gep.cause_dropped").with("code", &row.code).text());
            findings.push(finding.with("cause", cause));
        }
        findings
    }

    /// The account's own rules, and branches.
    fn rules(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        let tree = &self.book.tree;
        let own = |code: &str| {
            let at = tree.find(code)?;
            let cells: Vec<&Cell> = self
                .ledger
                .cells
                .iter()
                .filter(|cell| self.ledger.lines.get(cell.line).is_some_and(|line| line.indicator == at))
                .collect();
            self.sum(&cells, false).map(|Spread(value, _)| value)
        };
        let counted = |code: &str| {
            tree.find(code).is_some_and(|at| {
                self.ledger.cells.iter().any(|cell| {
                    cell.fen.is_some()
                        && self
                            .ledger
                            .lines
                            .get(cell.line)
                            .is_some_and(|line| line.include == Include::In && tree.is_within(line.indicator, at))
                })
            })
        };
        for check in &self.book.manifest.checks {
            match &check.rule {
                Rule::Ratio { of, to, is, within } => {
                    let (Some(above), Some(below)) = (own(of), own(to)) else { continue };
                    let Ok(ratio) = above.div(&below) else { continue };
                    if size(&ratio.sub(is)) > size(&is.mul(within)) {
                        let finding =
                            Finding::warning("gep.ratio_off", check.place.clone()).with("of", of).with("to", to);
                        findings.push(
                            finding
                                .with("found", ratio.shown(4))
                                .with("wanted", is.shown(4))
                                .with("source", &check.source),
                        );
                    }
                }
                Rule::Overlap(codes) => {
                    let both: Vec<&str> = codes.iter().map(String::as_str).filter(|code| counted(code)).collect();
                    if both.len() > 1 {
                        let finding =
                            Finding::warning("gep.overlap", check.place.clone()).with("codes", both.join(", "));
                        findings.push(finding.with("source", &check.source));
                    }
                }
            }
        }
        for line in self.ledger.lines.iter().filter(|line| line.include == Include::In && line.value.is_some()) {
            let Some(method) = line.method else { continue };
            let code = tree.entries.get(line.indicator).map_or("", |entry| entry.code.as_str());
            match method.branch {
                Branch::Emission => {
                    findings.push(Finding::warning("gep.emission", method.place.clone()).with("code", code))
                }
                Branch::Stock => findings.push(Finding::warning("gep.stock", method.place.clone()).with("code", code)),
                Branch::Service => {}
            }
        }
        findings
    }

    /// Prices off their ladder, and shares written as per cent.
    fn slips(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        let entries = || self.book.prices.iter().chain(self.book.parameters.iter());
        for entry in entries() {
            if entry.ladder.is_empty() {
                continue;
            }
            let place = Place { column: None, ..entry.place.clone() };
            match self.book.ladders.get(&entry.ladder) {
                Some(ladder) if ladder.steps.iter().any(|(_, value)| *value == entry.based()) => {}
                Some(ladder) => {
                    let steps: Vec<String> = ladder
                        .steps
                        .iter()
                        .filter_map(|(_, value)| value.div(&ladder.unit.scale).ok())
                        .map(|value| value.written())
                        .collect();
                    let finding = Finding::warning("gep.off_ladder", place)
                        .with("name", &entry.name)
                        .with("value", entry.value.written());
                    findings.push(finding.with("unit", &entry.unit.text).with("steps", steps.join(", ")));
                }
                None => findings.push(
                    Finding::warning("gep.off_ladder", place)
                        .with("name", &entry.name)
                        .with("value", entry.value.written())
                        .with("unit", &entry.unit.text)
                        .with("steps", "—"),
                ),
            }
        }
        let names: BTreeSet<&str> =
            entries().filter(|entry| !entry.item.is_empty()).map(|entry| entry.name.as_str()).collect();
        for name in names {
            let of_name: Vec<_> = entries().filter(|entry| entry.name == name && !entry.item.is_empty()).collect();
            let sum = of_name.iter().fold(Value::ZERO, |sum, entry| sum.add(&entry.value)).to_f64();
            let unit = |text: &str| of_name.iter().all(|entry| entry.unit.text == text);
            if let Some(first) = of_name.iter().min_by_key(|entry| entry.place.row)
                && ((unit("%") && (sum - 1.0).abs() < 0.02) || (unit("1") && (sum - 100.0).abs() < 2.0))
            {
                findings.push(
                    Finding::warning("gep.percent_or_share", first.place.clone())
                        .with("name", name)
                        .with("sum", format!("{sum}"))
                        .with("unit", &first.unit.text),
                );
            }
        }
        findings
    }
}
