//! Why a text is no TOML or JSON, in both languages: the words of the libraries by what they mean.

use crate::phrases::{Phrase, Text};

/// What a library says, and the sentence that means it; the first whose beginning fits counts.
type Known = &'static [(&'static str, &'static str)];

const TOML: Known = &[
    ("`_` may only go between digits", "document.toml_number"),
    ("carriage return", "document.toml_line_end"),
    ("cannot extend value", "document.toml_extended"),
    ("cannot recurse", "document.too_deep"),
    ("recursion limit", "document.too_deep"),
    ("duplicate key", "document.toml_twice"),
    ("extra `=`", "document.toml_extra_sign"),
    ("unexpected `=`", "document.toml_extra_sign"),
    ("extra assignment", "document.toml_extra_sign"),
    ("extra comma", "document.toml_extra_comma"),
    ("integers with a radix", "document.toml_number"),
    ("radix must", "document.toml_number"),
    ("redundant", "document.toml_number"),
    ("unexpected leading zero", "document.toml_number"),
    ("unexpected sign", "document.toml_number"),
    ("invalid exponent", "document.toml_number"),
    ("invalid mantissa", "document.toml_number"),
    ("floating-point number", "document.number_range"),
    ("integer number", "document.number_range"),
    ("invalid comment character", "document.control_character"),
    ("invalid basic string", "document.toml_text"),
    ("invalid multi-line basic string", "document.toml_text"),
    ("invalid literal string", "document.toml_quote"),
    ("invalid multi-line literal string", "document.toml_quote"),
    ("missing opening quote", "document.toml_quote"),
    ("missing escaped value", "document.wrong_escape"),
    ("too few unicode", "document.wrong_escape"),
    ("string values must be quoted", "document.toml_unquoted"),
    ("keys cannot be multi-line", "document.toml_key"),
    ("unquoted keys cannot be empty", "document.toml_key_missing"),
    ("invalid unquoted key", "document.toml_key"),
    ("missing key", "document.toml_key_missing"),
    ("key with no value", "document.toml_no_value"),
    ("missing value", "document.toml_no_value"),
    ("missing assignment", "document.toml_assignment"),
    ("missing comma", "document.toml_comma"),
    ("missing array opening", "document.toml_bracket"),
    ("missing inline table opening", "document.toml_bracket"),
    ("missing table open", "document.toml_bracket"),
    ("unclosed", "document.toml_bracket"),
    ("invalid value", "document.toml_value"),
    ("invalid key-value pair", "document.toml_pair"),
    ("invalid inline table element", "document.toml_pair"),
    ("unexpected", "document.toml_more"),
];

const JSON: Known = &[
    ("number out of range", "document.number_range"),
    ("invalid number", "document.json_number"),
    ("trailing comma", "document.json_comma"),
    ("trailing characters", "document.json_more"),
    ("key must be a string", "document.json_key"),
    ("expected value", "document.json_value"),
    ("expected ident", "document.json_value"),
    ("EOF while parsing", "document.json_end"),
    ("control character", "document.control_character"),
    ("recursion limit", "document.too_deep"),
    ("invalid escape", "document.wrong_escape"),
    ("invalid unicode", "document.wrong_escape"),
    ("lone leading surrogate", "document.wrong_escape"),
    ("unexpected end of hex escape", "document.wrong_escape"),
];

const FORM: Known = &[
    ("missing field `", "document.form_missing"),
    ("unknown field `", "document.form_unknown"),
    ("duplicate field `", "document.form_twice"),
    ("unknown variant `", "document.form_word"),
    ("invalid type", "document.form_type"),
    ("invalid value", "document.form_type"),
    ("invalid length", "document.form_length"),
    ("data did not match", "document.form_type"),
];

/// Why a text is no TOML.
pub fn toml(words: &str) -> Text {
    known(TOML, words).unwrap_or_else(|| other(words))
}

/// Why a text is no JSON; the place that the words end with is said elsewhere.
pub fn json(words: &str) -> Text {
    let words = words.rsplit_once(" at line ").map_or(words, |(before, _)| before);
    if let Some(signs) = words.strip_prefix("expected ").filter(|signs| signs.starts_with('`')) {
        return Phrase::new("document.json_sign").with("sign", signs.replace('`', "").replace(" or ", " / ")).text();
    }
    known(JSON, words).unwrap_or_else(|| other(words))
}

/// Why a document is not of its form, or no document at all.
pub fn form(words: &str) -> Text {
    let words = words.rsplit_once(" at line ").map_or(words, |(before, _)| before);
    known(FORM, words).or_else(|| known(TOML, words)).unwrap_or_else(|| json(words))
}

fn known(known: Known, words: &str) -> Option<Text> {
    let (_, code) = known.iter().find(|(begin, _)| words.starts_with(begin))?;
    let name = words.split('`').nth(1).unwrap_or_default();
    Some(Phrase::new(code).with("name", name).text())
}

/// What nobody foresaw, in the words of the library where they can be read.
fn other(words: &str) -> Text {
    Text { zh: Phrase::new("document.other_reason").text().zh, en: words.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_are_none_get_chinese_reasons() {
        for text in [
            "a = \n",
            "a b = 1",
            "a = [1, 2",
            "a = [1 2]",
            "a = 'x",
            "a = \"x",
            "= 1",
            "a = 1 2",
            "[a",
            "a = {b = 1",
            "a = 01",
            "a = 1__0",
            "a = x",
            "a = \"\\q\"",
            "a = 1 b = 2",
            "a == 1",
            "a = [,]",
            "[[a]",
            "a.b = 1\na = 2\na.b = 3",
            "a = 1e",
            "a = +-1",
            "a = {,}",
            "\"\"\"a\"\"\" = 1",
            "a",
            "[]",
            "a = ]",
        ] {
            let Err(error) = ::toml::de::DeTable::parse(text) else { continue };
            let said = toml(error.message());
            assert!(!said.zh.contains(|c: char| c.is_ascii_alphabetic()), "{text}: {} -> {}", error.message(), said.zh);
            assert!(said.zh != other("").zh, "{text}: {}", error.message());
        }
        for text in [
            "{",
            "[1,",
            "[1,]",
            "{\"a\" 1}",
            "{a: 1}",
            "[1 2]",
            "1 2",
            "nul",
            "\"\\q\"",
            "\"\u{1}\"",
            "-",
            "1e999",
            "{\"a\":}",
            "",
        ] {
            let Err(error) = serde_json::from_str::<serde_json::Value>(text) else { continue };
            let said = json(&error.to_string());
            assert!(said.zh != other("").zh, "{text}: {error}");
            assert!(!said.zh.contains("expected"), "{text}: {}", said.zh);
        }
        assert!(form("unknown field `yaer`, expected one of `year`").zh.contains("yaer"));
    }
}
