//! What a file is by its first bytes, whatever its name says: offices get web pages, texts and old workbooks under new endings.

use crate::finding::{Finding, Place};
use crate::phrases::Phrase;

/// How the older compound files begin: .xls, and workbooks under a password.
const COMPOUND: &[u8] = &[0xD0, 0xCF, 0x11, 0xE0];
/// How a package begins: .xlsx and every other zip.
const PACKAGE: &[u8] = b"PK\x03\x04";
/// Name of the entry that holds an encrypted workbook, in UTF-16.
const ENCRYPTED: &[u8] = b"E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0";
/// How web pages and what is written like them begin, in small letters.
const PAGES: &[&str] = &["<!doctype", "<html", "<?xml", "<head", "<meta", "<table", "<body", "<style", "<script"];

/// Why these bytes are no workbook, where their beginning tells; `None` where they may be one.
pub(super) fn no_workbook(place: &Place, bytes: &[u8]) -> Option<Finding> {
    let code = match bytes {
        _ if bytes.trim_ascii().is_empty() => "dataset.no_bytes",
        _ if bytes.starts_with(COMPOUND) => {
            let is_encrypted = bytes.windows(ENCRYPTED.len()).any(|window| window == ENCRYPTED);
            if is_encrypted { "dataset.encrypted" } else { "dataset.old_workbook" }
        }
        _ if bytes.starts_with(PACKAGE) => return None,
        _ if is_page(bytes) => return Some(page(place, ".xlsx")),
        _ if is_text(bytes) => "dataset.text_as_workbook",
        _ => return None,
    };
    Some(Finding::from_phrase(Phrase::new(code), place.clone()))
}

/// Why these bytes are no text of a table; `None` where they may be one.
pub(super) fn no_table(place: &Place, bytes: &[u8]) -> Option<Finding> {
    match bytes {
        _ if is_binary(bytes) => Some(Finding::error("dataset.workbook_as_text", place.clone())),
        _ if is_page(bytes) => Some(page(place, ".csv")),
        _ => None,
    }
}

/// Why these bytes are no document in TOML or JSON; `None` where they may be one.
pub fn no_document(place: &Place, bytes: &[u8]) -> Option<Finding> {
    match bytes {
        _ if is_binary(bytes) => Some(Finding::error("document.is_workbook", place.clone())),
        _ if is_page(bytes) => Some(Finding::error("document.is_page", place.clone())),
        _ => None,
    }
}

fn is_binary(bytes: &[u8]) -> bool {
    bytes.starts_with(COMPOUND) || bytes.starts_with(PACKAGE)
}

fn page(place: &Place, wanted: &'static str) -> Finding {
    Finding::error("dataset.web_page", place.clone()).with("wanted", wanted)
}

/// The first bytes as text in small letters, without byte order mark and blanks.
fn begin(bytes: &[u8]) -> String {
    let start = bytes.get(..bytes.len().min(256)).unwrap_or_default();
    let text = match encoding_rs::Encoding::for_bom(start) {
        Some((encoding, length)) => encoding.decode_without_bom_handling(start.get(length..).unwrap_or_default()).0,
        None => String::from_utf8_lossy(start),
    };
    text.trim_start().to_ascii_lowercase()
}

fn is_page(bytes: &[u8]) -> bool {
    let begin = begin(bytes);
    PAGES.iter().any(|page| begin.starts_with(page))
}

/// Whether it is text: no zero bytes, or UTF-16 with its mark.
fn is_text(bytes: &[u8]) -> bool {
    let start = bytes.get(..bytes.len().min(4_096)).unwrap_or_default();
    encoding_rs::Encoding::for_bom(start).is_some()
        || start.iter().all(|byte| *byte >= 0x20 || b"\t\r\n".contains(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_what_their_first_bytes_say() {
        let code = |found: Option<Finding>| found.map(|finding| finding.code());
        let book = |bytes: &[u8]| code(no_workbook(&Place::file("a.xlsx"), bytes));
        let text = |bytes: &[u8]| code(no_table(&Place::file("a.csv"), bytes));
        assert_eq!(book(b""), Some("dataset.no_bytes"));
        assert_eq!(book(b" \r\n"), Some("dataset.no_bytes"));
        assert_eq!(book("\u{feff}\n <HTML><table>".as_bytes()), Some("dataset.web_page"));
        assert_eq!(book(b"<?xml version=\"1.0\"?><Workbook>"), Some("dataset.web_page"));
        assert_eq!(book("区域,面积\n甲,1\n".as_bytes()), Some("dataset.text_as_workbook"));
        assert_eq!(book(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"), Some("dataset.old_workbook"));
        assert_eq!(book(b"PK\x03\x04\x14\0"), None);
        assert_eq!(book(b"\x00\x01\x02"), None);
        assert_eq!(text(b"PK\x03\x04\x14\0"), Some("dataset.workbook_as_text"));
        assert_eq!(text(b"<html><body>404"), Some("dataset.web_page"));
        let document = |bytes: &[u8]| code(no_document(&Place::file("model.toml"), bytes));
        assert_eq!(document(b"PK\x03\x04\x14\0"), Some("document.is_workbook"));
        assert_eq!(document(b"<!DOCTYPE html>"), Some("document.is_page"));
        assert_eq!(document(b"[model]\n"), None);
        assert_eq!(text("区域,面积\n<5,1\n".as_bytes()), None);
    }
}
