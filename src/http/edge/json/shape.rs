//! A JSON text as a value, and where it does not fit.

use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::Segment;

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

/// Writes whole numbers such as `5.0` as integers; whether there were any.
pub(super) fn whole(value: &mut Value) -> bool {
    match value {
        Value::Array(items) => items.iter_mut().fold(false, |any, item| whole(item) | any),
        Value::Object(members) => members.values_mut().fold(false, |any, member| whole(member) | any),
        Value::Number(number) => match number.as_f64().filter(|_| number.is_f64()) {
            Some(float) if float.fract() == 0.0 && float.abs() < 9e15 => {
                *value = Value::from(float as i64);
                true
            }
            _ => false,
        },
        Value::Null | Value::Bool(_) | Value::String(_) => false,
    }
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
    Problem::new(problem::WRONG_SHAPE).detail(explain(text)).pointer(pointer)
}

/// serde's sentence as ours: what a schema does not say, as the size of a machine's integers.
fn explain(text: &str) -> Phrase {
    let shown: String = text.chars().take(SHOWN).collect();
    match shown.split_once(", expected ") {
        Some((found, expected)) if found.starts_with("invalid ") => {
            let found = found.split_once(": ").map_or(found, |(_, found)| found);
            Phrase::new("http.wrong_type").with("found", kind(found)).with("expected", kind(expected))
        }
        _ => Phrase::new("http.misfit").with("why", shown),
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
    #[allow(dead_code)]
    struct Outer {
        name: String,
        #[serde(default)]
        rows: Vec<Inner>,
    }

    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    struct Inner {
        count: u32,
    }

    fn wrong(text: &str, lang: Lang) -> (String, String) {
        let document = read::<Outer>(text.as_bytes()).unwrap_err().document(lang, None);
        assert_eq!(document.status, 422);
        (document.pointer.unwrap(), document.detail)
    }

    #[test]
    fn what_a_schema_does_not_say_is_told_with_its_place() {
        let (pointer, detail) = wrong(r#"{"name":"a","rows":[{"count":1},{"count":4294967296}]}"#, Lang::Zh);
        assert_eq!(pointer, "/rows/1/count");
        assert!(detail.contains("4294967296") && detail.contains("整数"), "{detail}");
        let (pointer, detail) = wrong(r#"{"name":3}"#, Lang::Zh);
        assert_eq!(pointer, "/name");
        assert!(detail.contains("整数") && detail.contains("文本"), "{detail}");
        assert_eq!(wrong(r#""text""#, Lang::En).0, "");
    }
}
