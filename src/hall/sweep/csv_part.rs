//! A part as CSV: UTF-8, one line a draw, every line ended.

use crate::sweep::layout::{Block, Kind, Layout, Values};

/// The block as text. `None` where the writer refuses, which it does not for memory.
pub fn encode(layout: &Layout, block: &Block) -> Option<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(layout.columns.iter().map(|(name, _)| name.as_str())).ok()?;
    for row in 0..block.rows() {
        writer.write_record(block.columns.iter().map(|column| field(column, row))).ok()?;
    }
    writer.into_inner().ok()
}

fn field(column: &Values, row: usize) -> String {
    match column {
        Values::Whole(_) => column.whole(row).map_or_else(String::new, |value| value.to_string()),
        // The shortest text that reads back as the same number.
        Values::Number(_) => column.number(row).map_or_else(String::new, |value| value.to_string()),
        Values::Flag(_) => column.flag(row).map_or_else(String::new, |value| u8::from(value).to_string()),
        Values::Text(_) => column.text(row).to_owned(),
    }
}

/// The whole lines of a text; what follows the last line end, or the first line that cannot be read, is left out.
///
/// `None` where the header is another one.
pub fn decode(layout: &Layout, bytes: &[u8]) -> Option<Block> {
    let end = bytes.iter().rposition(|byte| *byte == b'\n')? + 1;
    let mut reader = csv::ReaderBuilder::new().from_reader(bytes.get(..end)?);
    let header = reader.headers().ok()?;
    if !header.iter().eq(layout.columns.iter().map(|(name, _)| name.as_str())) {
        return None;
    }
    let mut block = Block::new(layout);
    let mut record = csv::StringRecord::new();
    while let Ok(true) = reader.read_record(&mut record) {
        let fits = record.iter().zip(&layout.columns).all(|(text, (_, kind))| readable(text, *kind));
        if !fits || record.len() != layout.columns.len() {
            break;
        }
        for (column, text) in block.columns.iter_mut().zip(record.iter()) {
            match column {
                Values::Whole(values) => values.push(text.parse().ok()),
                Values::Number(values) => values.push(text.parse().ok()),
                Values::Flag(values) => values.push((!text.is_empty()).then_some(text == "1")),
                Values::Text(values) => values.push(text.to_owned()),
            }
        }
    }
    Some(block)
}

fn readable(text: &str, kind: Kind) -> bool {
    match kind {
        Kind::Text => true,
        _ if text.is_empty() => true,
        Kind::Whole => text.parse::<i64>().is_ok(),
        Kind::Number => text.parse::<f64>().is_ok(),
        Kind::Flag => text == "0" || text == "1",
    }
}
