//! The `[[paid]]` section: batches of the year, written in the model or read from a table.

use crate::document::sections::{Reader, Section, unknown_word};
use crate::document::tree::{CHANGED, Node, Value};
use crate::finding::{Finding, Place};
use crate::policy::paid::{Batch, Book, Kind};
use crate::policy::selection::selection;
use crate::rules::{Frame, Selection};
use crate::units::Money;

/// The key of a batch that came from a table: the name of the file. No model file has such a key without quotes.
pub const FROM: &str = "(table)";

/// Reads the batches.
pub(super) fn read(reader: &Reader, node: Option<&Node>, frame: &Frame) -> Option<Book> {
    let node = node?;
    let mut book = Book { recall: true, batches: Vec::new() };
    let mut redistribute = false;
    let (items, path) = match &node.value {
        Value::Table(_) => {
            let section = reader.section(node, "paid")?;
            let _ = (section.text("file"), section.text("sheet"));
            book.recall = section.flag("recall").unwrap_or(true);
            redistribute = section.flag("redistribute").unwrap_or(false);
            let items = section.get("batch").map(|node| reader.list(node, "paid.batch")).unwrap_or_default();
            section.finish();
            (items, "paid.batch")
        }
        _ => (reader.list(node, "paid"), "paid"),
    };
    for (index, item) in items.iter().enumerate() {
        let Some(section) = reader.section(item, format!("{path}[{}]", index + 1)) else { continue };
        let batch = batch(reader, &section, frame, redistribute);
        section.finish();
        book.batches.extend(batch);
    }
    withdrawn_too_much(reader, frame, &book, node.line);
    (!book.batches.is_empty()).then_some(book)
}

/// The file of a batch that came from a table; only there is its key a known one.
fn from_table<'a>(section: &Section<'a>) -> Option<&'a Node> {
    section.entries().iter().any(|(key, _)| key == FROM).then(|| section.get(FROM)).flatten()
}

/// Where a key of a batch stands: in the model, or in the table that it came from.
fn place(reader: &Reader, section: &Section<'_>, key: &'static str) -> Place {
    match from_table(section).map(|node| &node.value) {
        Some(Value::Text(file)) if section.line != CHANGED => Place::file(file.clone()).row(section.line).column(key),
        _ => reader.place(section.get(key).map_or(section.line, |node| node.line), &section.at(key)),
    }
}

fn batch(reader: &Reader, section: &Section<'_>, frame: &Frame, redistribute: bool) -> Option<Batch> {
    let of = whose(reader, section, frame);
    let amount = section.need("amount").and_then(|node| reader.money(node, &section.at("amount")));
    if let Some(amount) = amount.filter(|amount| *amount <= Money::ZERO) {
        let finding = Finding::error("policy.paid_positive", place(reader, section, "amount"));
        reader.report(finding.with("value", amount));
    }
    let amount = amount.filter(|amount| *amount > Money::ZERO);
    let kind = section.choice("kind", Kind::WORDS).unwrap_or(Kind::Release);
    let own = section.flag("redistribute");
    if own.is_some() && kind != Kind::Withdrawal {
        reader.report(Finding::error("policy.paid_redistribute", place(reader, section, "redistribute")));
    }
    let text = |key: &'static str| section.text(key).unwrap_or_default();
    let (batch, date, document, note) = (text("batch"), text("date"), text("document"), text("note"));
    let (of, area, ecosystem) = of?;
    let fund = fund(reader, section, frame, &of)?;
    Some(Batch {
        area,
        ecosystem,
        fund,
        of,
        kind,
        amount: amount?,
        redistribute: kind == Kind::Withdrawal && own.unwrap_or(redistribute),
        batch,
        date,
        document,
        note,
    })
}

type Whose = (Selection, crate::dataset::AreaId, Option<String>);

fn whose(reader: &Reader, section: &Section<'_>, frame: &Frame) -> Option<Whose> {
    let node = section.need("area")?;
    let word = reader.text(node, &section.at("area"))?;
    let mut entries = vec![("area".to_owned(), node.clone())];
    if let Some(node) = section.get("ecosystem") {
        reader.text(node, &section.at("ecosystem"))?;
        entries.push(("ecosystem".to_owned(), node.clone()));
    }
    // A table has its own places: what is not known there is said there.
    if from_table(section).is_some() {
        if frame.area_of(&word).is_none() {
            let codes = frame.codes_named(&word);
            if !codes.is_empty() {
                let finding = Finding::error("policy.name_shared", place(reader, section, "area"));
                reader.report(finding.with("word", &word).with("codes", codes.join(", ")));
                return None;
            }
            let names = frame.dataset.areas().iter().flat_map(|area| [area.code.as_str(), area.name.as_str()]);
            reader.report(unknown_word(place(reader, section, "area"), &word, names));
            return None;
        }
        if let Some(Value::Text(word)) = section.get("ecosystem").map(|node| &node.value)
            && frame.ecosystem_of(word).is_none()
        {
            let labels = frame.ecosystems.iter().flat_map(|(id, label)| [id.as_str(), label.zh.as_str()]);
            reader.report(unknown_word(place(reader, section, "ecosystem"), word, labels));
            return None;
        }
    }
    let wrapped = Node { line: section.line, value: Value::Table(entries) };
    let of = selection(reader, &wrapped, &section.path, frame)?;
    let area = frame.area_of(&word)?;
    let ecosystem = match section.get("ecosystem").map(|node| &node.value) {
        Some(Value::Text(word)) => Some(frame.ecosystem_of(word)?.to_owned()),
        _ => None,
    };
    Some((of, area, ecosystem))
}

/// The fund of a batch: the one it names, or the only one that may pay there.
fn fund(reader: &Reader, section: &Section<'_>, frame: &Frame, of: &Selection) -> Option<usize> {
    let mut able: Vec<usize> =
        of.amounts(frame).iter().filter_map(|id| frame.amounts.get(id.0)).map(|amount| amount.fund).collect();
    able.sort_unstable();
    able.dedup();
    let ids = |funds: &[usize]| -> Vec<String> {
        funds.iter().filter_map(|fund| frame.funds.get(*fund)).map(|fund| fund.id.clone()).collect()
    };
    if let Some(node) = section.get("fund") {
        let word = reader.text(node, &section.at("fund"))?;
        let is_it = |fund: &crate::rules::Fund| fund.id == word || fund.label.zh == word || fund.label.en == word;
        let found = frame.funds.iter().position(is_it);
        if let Some(found) = found.filter(|found| able.contains(found)) {
            return Some(found);
        }
        let able = ids(&able);
        reader.report(unknown_word(place(reader, section, "fund"), &word, able.iter().map(String::as_str)));
        return None;
    }
    if let [only] = able.as_slice() {
        return Some(*only);
    }
    let finding = Finding::error("policy.paid_fund", place(reader, section, "fund"));
    reader.report(finding.with("funds", ids(&able).join(", ")));
    None
}

/// Nobody can give back more than was released.
fn withdrawn_too_much(reader: &Reader, frame: &Frame, book: &Book, line: u64) {
    for ((area, fund), sums) in book.by_area() {
        if sums.paid() < 0 {
            let name = frame.dataset.areas().get(area.0).map_or("?", |area| area.name.as_str());
            let label = frame.funds.get(fund).map_or_else(|| "?".into(), |fund| fund.label.clone());
            reader.report(
                Finding::error("policy.paid_below_zero", reader.place(line, "paid"))
                    .with("area", name)
                    .with("fund", label)
                    .with("released", Money::from_fen(sums.released))
                    .with("taken", Money::from_fen(sums.released.saturating_sub(sums.paid()))),
            );
        }
    }
}
