//! Selections of figures: `gep[ecosystem=forest|wetland,area=310151101,outcome>=80]`.

use crate::dataset::{AreaId, Dataset, indicator};
use crate::document::tree::{Node, Value};
use crate::finding::{Finding, Place, hint};
use crate::phrases::Phrase;
use crate::units::Decimal;

/// Figures of one indicator: of which ecosystems and areas, under which conditions.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FigureSelection {
    /// The indicator.
    pub figure: String,
    /// Ecosystem ids, or labels; empty for all.
    pub ecosystems: Vec<String>,
    /// Area codes or exact names; empty for all.
    pub areas: Vec<String>,
    /// Indicator with its least and largest value, both inclusive.
    pub conditions: Vec<(String, Option<Decimal>, Option<Decimal>)>,
}

/// Positions of the cells and areas whose figure is chosen.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Chosen {
    pub(super) cells: Vec<usize>,
    pub(super) areas: Vec<usize>,
}

impl FigureSelection {
    /// Parses the part of a path after `data.`.
    ///
    /// # Errors
    /// The part that is none.
    pub fn parse(text: &str) -> Result<Self, String> {
        let refuse = || text.to_owned();
        let (figure, filter) = match text.split_once('[') {
            Some((figure, rest)) => (figure, rest.strip_suffix(']').ok_or_else(refuse)?),
            None => (text, ""),
        };
        let figure = figure.trim();
        if figure.is_empty() || figure.contains(']') {
            return Err(refuse());
        }
        let mut selection = Self { figure: figure.to_owned(), ..Self::default() };
        for part in pieces(filter, ',').into_iter().filter(|part| !part.trim().is_empty()) {
            selection.add(part).ok_or_else(|| part.trim().to_owned())?;
        }
        Ok(selection)
    }

    /// Adds one part: `ecosystem=…`, `area=…`, or a condition.
    fn add(&mut self, part: &str) -> Option<()> {
        let at = part.find(['=', '<', '>'])?;
        let (key, rest) = (part.get(..at)?.trim(), part.get(at..)?);
        if key.is_empty() {
            return None;
        }
        let number = |text: &str| Decimal::parse(text).ok();
        if let Some(text) = rest.strip_prefix(">=") {
            self.conditions.push((key.to_owned(), Some(number(text)?), None));
        } else if let Some(text) = rest.strip_prefix("<=") {
            self.conditions.push((key.to_owned(), None, Some(number(text)?)));
        } else {
            let text = rest.strip_prefix('=')?;
            match key {
                "ecosystem" => self.ecosystems.extend(words(text)?),
                "area" => self.areas.extend(words(text)?),
                _ => {
                    let (least, most) = text.split_once("..").unwrap_or((text, text));
                    let (least, most) = (number(least)?, number(most)?);
                    if least > most {
                        return None;
                    }
                    self.conditions.push((key.to_owned(), Some(least), Some(most)));
                }
            }
        }
        Some(())
    }

    /// The selection as a path of the inline form: `data.gep[ecosystem=wetland]`.
    pub fn path(&self) -> String {
        let list = |words: &[String]| words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join("|");
        let mut parts = Vec::new();
        if !self.ecosystems.is_empty() {
            parts.push(format!("ecosystem={}", list(&self.ecosystems)));
        }
        if !self.areas.is_empty() {
            parts.push(format!("area={}", list(&self.areas)));
        }
        parts.extend(self.conditions.iter().map(|(name, least, most)| match (least, most) {
            (Some(least), Some(most)) => format!("{name}={least}..{most}"),
            (Some(least), None) => format!("{name}>={least}"),
            (None, Some(most)) => format!("{name}<={most}"),
            (None, None) => String::new(),
        }));
        parts.retain(|part| !part.is_empty());
        let filter = if parts.is_empty() { String::new() } else { format!("[{}]", parts.join(",")) };
        format!("data.{}{filter}", self.figure)
    }

    /// The cells and areas whose figure is meant.
    ///
    /// # Errors
    /// Unknown words with the nearest known one; nothing selected.
    pub(super) fn resolve(&self, dataset: &Dataset, place: &Place) -> Result<Chosen, Finding> {
        known(place, "policy.what_factor", &self.figure, dataset.quantities().keys().map(String::as_str))?;
        for (name, _, _) in &self.conditions {
            let names = dataset.quantities().keys().map(String::as_str).chain([indicator::COST]);
            known(place, "policy.what_factor", name, names)?;
        }
        let ecosystems =
            self.ecosystems.iter().map(|word| ecosystem(dataset, word, place)).collect::<Result<Vec<_>, _>>()?;
        let areas = self.areas.iter().map(|word| area(dataset, word, place)).collect::<Result<Vec<_>, _>>()?;
        let holds = |figure: &dyn Fn(&str) -> Option<Decimal>| {
            self.conditions.iter().all(|(name, least, most)| {
                figure(name).is_some_and(|found| {
                    least.is_none_or(|least| least <= found) && most.is_none_or(|most| found <= most)
                })
            })
        };
        let mut chosen = Chosen::default();
        for (at, cell) in dataset.cells().iter().enumerate() {
            let id = crate::dataset::CellId(at);
            let figure = |name: &str| dataset.cell_figure(id, name).or_else(|| dataset.area_figure(cell.area, name));
            let meant = (areas.is_empty() || areas.contains(&cell.area))
                && (ecosystems.is_empty() || ecosystems.contains(&cell.ecosystem.as_str()))
                && cell.figures.contains_key(&self.figure);
            if meant && holds(&figure) {
                chosen.cells.push(at);
            }
        }
        for (at, found) in dataset.areas().iter().enumerate() {
            let figure = |name: &str| dataset.area_figure(AreaId(at), name);
            let meant = self.ecosystems.is_empty()
                && (areas.is_empty() || areas.contains(&AreaId(at)))
                && found.figures.contains_key(&self.figure);
            if meant && holds(&figure) {
                chosen.areas.push(at);
            }
        }
        if chosen == Chosen::default() {
            return Err(Finding::error("scenario.empty_selection", place.clone()).with("path", self.path()));
        }
        Ok(chosen)
    }
}

/// The ecosystem of an id, or of a label that is no other's.
fn ecosystem<'d>(dataset: &'d Dataset, word: &str, place: &Place) -> Result<&'d str, Finding> {
    match dataset.ecosystems_called(word).as_slice() {
        [one] => Ok(one),
        [] => {
            let names = dataset.cells().iter().map(|cell| cell.ecosystem.as_str());
            let mut names: Vec<&str> = names.chain(dataset.ecosystem_labels()).collect();
            names.sort_unstable();
            names.dedup();
            Err(unknown(place, "policy.what_ecosystem", word, &names))
        }
        several => Err(shared(place, word, several)),
    }
}

/// A word that several things are called by.
pub(super) fn shared(place: &Place, word: &str, ids: &[&str]) -> Finding {
    Finding::error("scenario.shared_name", place.clone()).with("word", word).with("ids", ids.join(", "))
}

/// The area of a code or of an exact and unique name.
fn area(dataset: &Dataset, word: &str, place: &Place) -> Result<AreaId, Finding> {
    let named = || {
        let mut named = dataset.areas().iter().enumerate().filter(|(_, area)| area.name == word);
        let first = named.next();
        if named.next().is_some() { None } else { first.map(|(at, _)| AreaId(at)) }
    };
    if let Some(found) = dataset.area(word).or_else(named) {
        return Ok(found);
    }
    let codes: Vec<&str> =
        dataset.areas().iter().filter(|area| area.name == word).map(|area| area.code.as_str()).collect();
    if !codes.is_empty() {
        return Err(shared(place, word, &codes));
    }
    let words: Vec<&str> = dataset.areas().iter().flat_map(|area| [area.code.as_str(), area.name.as_str()]).collect();
    Err(unknown(place, "policy.what_area", word, &words))
}

fn known<'w>(
    place: &Place,
    what: &'static str,
    word: &str,
    words: impl Iterator<Item = &'w str>,
) -> Result<(), Finding> {
    let mut words: Vec<&str> = words.collect();
    words.sort_unstable();
    words.dedup();
    if words.contains(&word) { Ok(()) } else { Err(unknown(place, what, word, &words)) }
}

fn unknown(place: &Place, what: &'static str, word: &str, words: &[&str]) -> Finding {
    let like = hint(word, words.iter().copied()).text();
    Finding::error("policy.unknown_in_data", place.clone())
        .with("what", Phrase::new(what).text())
        .with("word", word)
        .with("like", like)
}

/// Splits at a mark outside quotes.
pub(super) fn pieces(text: &str, mark: char) -> Vec<&str> {
    let (mut quoted, mut depth, mut from) = (false, 0_i32, 0);
    let mut found = Vec::new();
    for (at, c) in text.char_indices() {
        match c {
            '\u{22}' => quoted = !quoted,
            '[' | '{' if !quoted => depth += 1,
            ']' | '}' if !quoted => depth -= 1,
            _ if c == mark && !quoted && depth == 0 => {
                found.push(text.get(from..at).unwrap_or_default());
                from = at + c.len_utf8();
            }
            _ => {}
        }
    }
    found.push(text.get(from..).unwrap_or_default());
    found
}

/// `forest|wetland`, or words in quotes; `None` where one is blank.
fn words(text: &str) -> Option<Vec<String>> {
    let word = |piece: &str| {
        let piece = piece.trim();
        if piece.starts_with('\u{22}') {
            match Node::parse_value(piece).value {
                Value::Text(word) => Some(word),
                _ => None,
            }
        } else {
            Some(piece.to_owned())
        }
    };
    let found: Option<Vec<String>> = pieces(text, '|').into_iter().map(word).collect();
    found.filter(|found| found.iter().all(|word| !word.is_empty()))
}

/// A word as it stands in a path; in quotes where it has marks of the form in it.
fn quoted(word: &str) -> String {
    let plain = !word.is_empty()
        && word == word.trim()
        && !word.contains([',', '|', '[', ']', '{', '}', '\u{22}', '=', '<', '>', ';', '\\', '\n', '\r', '\t']);
    if plain { word.to_owned() } else { format!("\"{}\"", word.replace('\\', "\\\\").replace('\u{22}', "\\u0022")) }
}
