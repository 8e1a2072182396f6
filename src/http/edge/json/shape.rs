//! A JSON text as a value, and where it does not fit.

use serde::de::DeserializeOwned;
use serde_path_to_error::Segment;

use crate::finding::hint;
use crate::http::edge::json::{push_token, scan};
use crate::http::edge::problem::{self, Problem};
use crate::phrases::{Phrase, Text};

/// Most characters of serde's words that an error repeats.
const SHOWN: usize = 300;

/// Reads a value.
///
/// # Errors
/// 400 where the text is no JSON, 422 with a pointer where it does not fit.
pub(super) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| misfit(&error))?;
    reader.end().map_err(|error| scan::syntax(&error))?;
    Ok(value)
}

fn misfit(error: &serde_path_to_error::Error<serde_json::Error>) -> Problem {
    let inner = error.inner();
    if !inner.is_data() {
        return scan::syntax(inner);
    }
    let text = inner.to_string();
    let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(before, _)| before);
    let mut pointer = String::new();
    for segment in error.path() {
        match segment {
            Segment::Seq { index } => push_token(&mut pointer, &index.to_string()),
            Segment::Map { key } => push_token(&mut pointer, key),
            // The variant of a tagged enum stands in no path of the text, and what is unknown is left out.
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    let (phrase, member) = explain(text);
    if let Some(member) = member {
        let mut with_member = pointer.rsplit_once('/').map_or(String::new(), |(parent, _)| parent.to_owned());
        push_token(&mut with_member, &member);
        // serde_path_to_error may or may not have come as far as the member itself.
        if with_member != pointer {
            push_token(&mut pointer, &member);
        }
    }
    Problem::new(problem::WRONG_SHAPE).detail(phrase).pointer(pointer)
}

/// serde's sentence as ours, and the member that the pointer should name.
fn explain(text: &str) -> (Phrase, Option<String>) {
    let ticked = || text.split('`').skip(1).step_by(2);
    let name = ticked().next().unwrap_or_default().to_owned();
    if text.starts_with("unknown field `") {
        let phrase = Phrase::new("http.unknown_member").with("name", &name);
        return (phrase.with_phrase("hint", &hint(&name, ticked().skip(1))), Some(name));
    }
    if text.starts_with("unknown variant `") {
        let phrase = Phrase::new("http.unknown_word").with("name", &name);
        return (phrase.with_phrase("hint", &hint(&name, ticked().skip(1))), None);
    }
    if text.starts_with("missing field `") {
        return (Phrase::new("http.missing_member").with("name", &name), Some(name));
    }
    if text.starts_with("duplicate field `") {
        return (Phrase::new("http.twice").with("name", &name), Some(name));
    }
    let shown: String = text.chars().take(SHOWN).collect();
    match shown.split_once(", expected ") {
        Some((found, expected)) if found.starts_with("invalid ") => {
            let found = found.split_once(": ").map_or(found, |(_, found)| found);
            let phrase = Phrase::new("http.wrong_type").with("found", kind(found)).with("expected", kind(expected));
            (phrase, None)
        }
        _ => (Phrase::new("http.misfit").with("why", shown), None),
    }
}

/// serde's name of a kind of value in both languages, with the value where it is shown; other words stay as they are.
fn kind(words: &str) -> Text {
    let of = |code: &'static str, rest: &str| {
        let name = Phrase::new(code).text();
        Text { zh: format!("{}{}{rest}", name.zh, if rest.is_empty() { "" } else { " " }), en: words.to_owned() }
    };
    for (start, code) in [
        ("string", "http.kind_string"),
        ("a string", "http.kind_string"),
        ("a borrowed string", "http.kind_string"),
        ("integer", "http.kind_integer"),
        ("floating point", "http.kind_number"),
        ("boolean", "http.kind_boolean"),
        ("a boolean", "http.kind_boolean"),
        ("sequence", "http.kind_array"),
        ("a sequence", "http.kind_array"),
        ("map", "http.kind_object"),
        ("a map", "http.kind_object"),
        ("struct ", "http.kind_object"),
        ("null", "http.kind_null"),
        ("unit value", "http.kind_null"),
    ] {
        if let Some(rest) = words.strip_prefix(start) {
            let rest = if start == "struct " { "" } else { rest.trim() };
            return of(code, rest);
        }
    }
    match words {
        "u8" | "u16" | "u32" | "u64" | "usize" => of("http.kind_natural", ""),
        "i8" | "i16" | "i32" | "i64" | "isize" => of("http.kind_integer", ""),
        "f32" | "f64" => of("http.kind_number", ""),
        _ => Text::same(words),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phrases::Lang;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Outer {
        name: String,
        #[serde(default)]
        rows: Vec<Inner>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Inner {
        share: f64,
        kind: Option<Kind>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Kind {
        Floor,
        Cap,
    }

    fn wrong(text: &str) -> (u16, Option<String>, String) {
        let document = read::<Outer>(text.as_bytes()).unwrap_err().document(Lang::En, None);
        (document.status, document.pointer, document.detail)
    }

    #[test]
    fn pointers_name_the_member() {
        let at = |text| {
            let (status, pointer, _) = wrong(text);
            assert_eq!(status, 422);
            pointer.unwrap()
        };
        assert_eq!(at(r#"{"name":3}"#), "/name");
        assert_eq!(at(r#"{"rows":[]}"#), "/name");
        assert_eq!(at(r#"{"name":"a","row":[]}"#), "/row");
        assert_eq!(at(r#"{"name":"a","rows":[{"share":1},{"share":"x"}]}"#), "/rows/1/share");
        assert_eq!(at(r#"{"name":"a","rows":[{"share":1,"caps":2}]}"#), "/rows/0/caps");
        assert_eq!(at(r#"{"name":"a","rows":[{"kind":"cap"}]}"#), "/rows/0/share");
        assert_eq!(at(r#"{"name":"a","rows":[{"share":1,"kind":"flor"}]}"#), "/rows/0/kind");
        assert_eq!(at(r#"[]"#), "");
        assert_eq!(at(r#""text""#), "");
    }

    #[test]
    fn the_nearest_word_is_offered() {
        let document = read::<Outer>(br#"{"name":"a","row":[]}"#).unwrap_err().document(Lang::En, None);
        assert!(document.remedy.unwrap().contains("rows"));
        let document = read::<Outer>(br#"{"name":3}"#).unwrap_err().document(Lang::Zh, None);
        assert!(document.detail.contains("整数") && document.detail.contains("文本"), "{}", document.detail);
    }
}
