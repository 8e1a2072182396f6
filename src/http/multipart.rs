//! `multipart/form-data` (RFC 7578) of a body that is already whole: the files of a dataset.

use std::collections::BTreeSet;

/// A part with a file name, or one with the name of a form field alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Name of the field.
    pub name: String,
    /// File name without folders; `None` for a plain field.
    pub file: Option<String>,
    /// Content.
    pub bytes: Vec<u8>,
}

/// Most parts of a body.
const PARTS_MAX: usize = 16;
/// Largest head of a part.
const HEAD_MAX: usize = 4096;

/// The boundary that a content type names.
pub fn boundary(content_type: &str) -> Option<String> {
    let mut parts = content_type.split(';');
    if !parts.next()?.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let named = parts.find_map(|part| {
        let (name, value) = part.trim().split_once('=')?;
        name.trim().eq_ignore_ascii_case("boundary").then(|| value.trim().trim_matches('"').to_owned())
    })?;
    (!named.is_empty() && named.len() <= 70).then_some(named)
}

/// A file that a body names twice, where it does.
pub fn twice(parts: &[Part]) -> Option<&str> {
    let mut known = BTreeSet::new();
    parts.iter().filter_map(|part| part.file.as_deref()).find(|file| !known.insert(*file))
}

/// The parts of a body; `None` where it is no such body, or has too many parts.
pub fn parts(body: &[u8], boundary: &str) -> Option<Vec<Part>> {
    let first = format!("--{boundary}").into_bytes();
    let mark = format!("\r\n--{boundary}").into_bytes();
    // What stands before the first boundary is not for anyone.
    let start = if body.starts_with(&first) { 0 } else { find(body, &mark)?.checked_add(2)? };
    let mut rest = body.get(start.checked_add(first.len())?..)?;
    let mut parts = Vec::new();
    loop {
        if rest.starts_with(b"--") {
            return Some(parts);
        }
        rest = rest.strip_prefix(b"\r\n")?;
        let end = find(rest, &mark)?;
        let part = part(rest.get(..end)?)?;
        if parts.len() == PARTS_MAX {
            return None;
        }
        parts.push(part);
        rest = rest.get(end.checked_add(mark.len())?..)?;
    }
}

fn part(bytes: &[u8]) -> Option<Part> {
    let end = find(bytes.get(..bytes.len().min(HEAD_MAX))?, b"\r\n\r\n")?;
    let head = std::str::from_utf8(bytes.get(..end)?).ok()?;
    let line = head.split("\r\n").find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-disposition").then(|| value.trim())
    })?;
    let parameters = line.strip_prefix("form-data")?;
    let name = parameter(parameters, "name")?;
    let file = parameter(parameters, "filename");
    let file = file.map(|file| file.rsplit(['/', '\\']).next().unwrap_or_default().to_owned());
    Some(Part { name, file, bytes: bytes.get(end.checked_add(4)?..)?.to_vec() })
}

/// A quoted parameter of a header, `\"` read as a quote.
fn parameter(text: &str, wanted: &str) -> Option<String> {
    let mut rest = text;
    while let Some((_, after)) = rest.split_once(';') {
        let (name, value) = after.trim_start().split_once('=')?;
        let quoted = value.strip_prefix('"')?;
        let (mut found, mut escaped, mut end) = (String::new(), false, None);
        for (at, c) in quoted.char_indices() {
            match c {
                '"' if !escaped => {
                    end = Some(at);
                    break;
                }
                '\\' if !escaped => escaped = true,
                c => {
                    escaped = false;
                    found.push(c);
                }
            }
        }
        if name.trim().eq_ignore_ascii_case(wanted) {
            return end.map(|_| found);
        }
        rest = quoted.get(end?.checked_add(1)?..)?;
    }
    None
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_read_as_browsers_and_curl_send_them() {
        let body = b"--xx\r\nContent-Disposition: form-data; name=\"files\"; filename=\"../a/areas.csv\"\r\nContent-Type: text/csv\r\n\r\ncode,name\r\n01,A\r\n\r\n--xx\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nhello; \"x\"\r\n--xx--\r\n";
        let found = parts(body, "xx").unwrap();
        assert_eq!(found[0].file.as_deref(), Some("areas.csv"));
        assert_eq!(found[0].bytes, b"code,name\r\n01,A\r\n");
        assert_eq!((found[1].name.as_str(), found[1].file.as_deref()), ("note", None));
        assert_eq!(boundary("multipart/form-data; boundary=\"xx\"").as_deref(), Some("xx"));
        assert_eq!(boundary("application/json; boundary=xx"), None);
    }

    #[test]
    fn what_is_cut_short_or_twice_is_refused() {
        let part = "--xx\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.csv\"\r\n\r\n1\r\n";
        assert!(twice(&parts(format!("{part}--xx--").as_bytes(), "xx").unwrap()).is_none());
        assert_eq!(twice(&parts(format!("{part}{part}--xx--").as_bytes(), "xx").unwrap()), Some("a.csv"));
        assert!(parts(part.as_bytes(), "xx").is_none());
        assert!(parts(b"", "xx").is_none());
        assert!(parts(b"--xx\r\nno head\r\n--xx--", "xx").is_none());
    }
}
