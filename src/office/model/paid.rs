//! What was paid during the year as the rows of its sheet: batches, and the settings of all of them.

use crate::cells::{Cell, Entries, Line, cell_of};
use crate::dataset::grid::Grid;
use crate::document::tree::{Node, Value};
use crate::finding::{Finding, Place};
use crate::forms::{FLAGS, PAID_ROWS, Part, Sheet, said, shown, word_of};
use crate::model::write::{Row, remark, tabled};
use crate::model::{Reading, shown_text, value};
use crate::phrases::Lang;
use crate::toml::Comments;

/// The word of a row that is a batch beside settings; without settings nothing stands there.
const BATCH: &str = "batch";

/// The rows of the sheet; `None` where they would not be read as the same model.
pub(super) fn rows(node: &Value, sheet: &Sheet, comments: &Comments, lang: Lang) -> Option<Vec<Row>> {
    let is_table = |node: &Node| matches!(node.value, Value::Table(_));
    let batches = |items: &[Node], path: &str| -> Option<Vec<Row>> {
        let row = |(index, item): (usize, &Node)| {
            tabled(item, (sheet.part, &format!("{path}[{}]", index + 1)), comments, lang)
        };
        (!items.is_empty() && items.iter().all(is_table)).then(|| items.iter().enumerate().map(row).collect())
    };
    let entries = match node {
        Value::List(items) => return batches(items, "paid"),
        Value::Table(entries) if !entries.is_empty() => entries,
        _ => return None,
    };
    let word = |key: &str| Some(("row", Cell::Text(shown(PAID_ROWS, key, lang)?)));
    let mut comment = comments.get("paid");
    let mut rows = Vec::new();
    for (key, node) in entries.iter().filter(|(key, _)| key != BATCH) {
        let cell = match (key.as_str(), &node.value) {
            ("file" | "sheet", Value::Text(text)) if text.trim() == text && !text.is_empty() => cell_of(&node.value)?,
            ("recall" | "redistribute", Value::Flag(flag)) => {
                Cell::Text(shown(FLAGS, if *flag { "true" } else { "false" }, lang)?)
            }
            _ => return None,
        };
        let mut row = vec![word(key)?, ("value", cell)];
        row.extend(remark(comment.take(), ("paid", key), comments));
        rows.push(row);
    }
    if let Some((_, node)) = entries.iter().find(|(key, _)| key == BATCH) {
        let Value::List(items) = &node.value else { return None };
        for mut row in batches(items, "paid.batch")? {
            row.insert(0, word(BATCH)?);
            rows.push(row);
        }
    }
    Some(rows)
}

/// The rows that were read.
#[derive(Debug, Default)]
pub(super) struct Batches {
    settings: Entries,
    rows: Vec<Node>,
    remarks: Vec<(usize, String)>,
    /// Whether a row says that it is a batch, as the sheet of a section with nothing else does.
    is_section: bool,
}

impl Reading {
    /// A row of the sheet.
    pub(super) fn paid_row(
        &mut self,
        (grid, row): (&Grid, u32),
        (mut line, own): (Line, u64),
        remark: Option<String>,
        batches: &mut Batches,
    ) {
        let place = || -> Place { grid.place.clone().row(u64::from(row) + 1) };
        let word = match line.contains_key("row") {
            true => {
                let Some(word) = self.row_word(grid, row, &line, PAID_ROWS) else { return };
                batches.is_section = true;
                line.remove("row");
                word
            }
            false => BATCH,
        };
        if word == BATCH {
            if let Some((_, spot)) = line.remove("value") {
                let place = place().column(self.column(spot));
                self.log.push(Finding::error("office.paid_value", place));
            }
            let table = self.table(grid, row, Part::Paid, &line);
            batches.rows.push(Node { line: own, value: Value::Table(table) });
            batches.remarks.extend(remark.map(|remark| (batches.rows.len(), remark)));
            return;
        }
        self.remark("paid", remark);
        let Some((found, spot)) = value(&line, "value") else {
            return self.log.push(Finding::error("office.row_without", place()).with("column", said("office.value")));
        };
        if batches.settings.iter().any(|(known, _)| known == word) {
            let key = said(PAID_ROWS.iter().find(|(id, _)| *id == word).map_or("office.item", |(_, code)| code));
            return self.log.push(Finding::error("document.key_twice", place()).with("key", key));
        }
        let text = shown_text(&found);
        let is_flag = matches!(word, "recall" | "redistribute");
        let found = match word_of(FLAGS, &text).filter(|_| is_flag) {
            Some(flag) => Value::Flag(flag == "true"),
            None => Value::Text(text),
        };
        batches.settings.push((word.to_owned(), Node { line: spot, value: found }));
    }

    /// What the sheet says, as the model has it.
    pub(super) fn paid(&mut self, batches: Batches) -> Option<Node> {
        let Batches { mut settings, rows, remarks, is_section } = batches;
        if rows.is_empty() && settings.is_empty() {
            return None;
        }
        let path = if is_section { "paid.batch" } else { "paid" };
        for (at, remark) in remarks {
            self.remark(&format!("{path}[{at}]"), Some(remark));
        }
        if !is_section {
            return Some(Node { line: 0, value: Value::List(rows) });
        }
        if !rows.is_empty() {
            settings.push((BATCH.to_owned(), Node { line: 0, value: Value::List(rows) }));
        }
        Some(Node { line: 0, value: Value::Table(settings) })
    }
}
