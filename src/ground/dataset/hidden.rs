//! Rows and columns of a workbook that are not shown, which no reader of cells tells.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read as _};

/// What is hidden on a sheet: rows and columns from 0.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hidden {
    /// Rows.
    pub rows: BTreeSet<u32>,
    /// First and last of columns beside each other.
    pub columns: Vec<(usize, usize)>,
}

impl Hidden {
    /// Whether a column is hidden.
    pub fn column(&self, column: usize) -> bool {
        self.columns.iter().any(|(first, last)| (*first..=*last).contains(&column))
    }
}

/// What is hidden on each sheet; nothing is said of sheets whose parts are not found. The package has been checked.
pub(super) fn hidden(bytes: &[u8]) -> BTreeMap<String, Hidden> {
    let Ok(mut package) = zip::ZipArchive::new(Cursor::new(bytes)) else { return BTreeMap::new() };
    let mut part = |name: &str| -> Option<String> {
        let mut text = String::new();
        package.by_name(name).ok()?.read_to_string(&mut text).ok()?;
        Some(text)
    };
    let (Some(book), Some(links)) = (part("xl/workbook.xml"), part("xl/_rels/workbook.xml.rels")) else {
        return BTreeMap::new();
    };
    let targets: BTreeMap<&str, &str> = tags(&links, "Relationship")
        .filter_map(|tag| Some((attribute(tag, "Id")?, attribute(tag, "Target")?)))
        .collect();
    let mut found = BTreeMap::new();
    for tag in tags(&book, "sheet") {
        let target = attribute(tag, "r:id").and_then(|id| targets.get(id));
        let (Some(name), Some(target)) = (attribute(tag, "name"), target) else { continue };
        let path = target.strip_prefix('/').map_or_else(|| format!("xl/{target}"), str::to_owned);
        if let Some(text) = part(&path) {
            found.insert(plain(name), of_sheet(&text));
        }
    }
    found
}

fn of_sheet(text: &str) -> Hidden {
    let is_hidden = |tag: &&str| matches!(attribute(tag, "hidden"), Some("1" | "true"));
    let number = |tag: &str, name: &str| attribute(tag, name)?.parse::<u32>().ok()?.checked_sub(1);
    let rows = tags(text, "row").filter(is_hidden).filter_map(|tag| number(tag, "r")).collect();
    let column = |tag: &str| {
        let place = |name: &str| number(tag, name).and_then(|column| usize::try_from(column).ok());
        Some((place("min")?, place("max")?))
    };
    Hidden { rows, columns: tags(text, "col").filter(is_hidden).filter_map(column).collect() }
}

/// The insides of the tags of a name.
fn tags<'a>(text: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
    text.split('<').skip(1).filter_map(move |rest| {
        let inside = rest.split('>').next()?.strip_prefix(name)?;
        inside.starts_with(char::is_whitespace).then_some(inside)
    })
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = tag;
    loop {
        let at = rest.find(name)?;
        let is_whole = rest.get(..at)?.ends_with(char::is_whitespace);
        rest = rest.get(at + name.len()..)?;
        if let Some(value) = rest.strip_prefix("=\u{22}").filter(|_| is_whole) {
            return value.split('\u{22}').next();
        }
    }
}

/// A name without the escapes of XML.
fn plain(name: &str) -> String {
    name.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\u{22}")
        .replace("&apos;", "'")
        .replace("&amp;", "&")
}
