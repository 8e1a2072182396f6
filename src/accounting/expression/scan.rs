//! Text of a formula as words and signs.

use crate::phrases::Phrase;
use crate::value::Value;

/// A word or sign, and where it begins (in characters, from 1).
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub at: usize,
    pub kind: Kind,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    Number(Value),
    Name(String),
    Sign(&'static str),
    /// The text between brackets.
    Bracket(String),
}

/// Longest formula, in characters.
const LONGEST: usize = 4_000;

/// Signs by how they are written, longer ones first.
const SIGNS: &[(&str, &str)] = &[
    ("**", "^"),
    ("<=", "<="),
    (">=", ">="),
    ("≤", "<="),
    ("≥", ">="),
    ("<", "<"),
    (">", ">"),
    ("=", "="),
    ("+", "+"),
    ("-", "-"),
    ("−", "-"),
    ("–", "-"),
    ("*", "*"),
    ("×", "*"),
    ("·", "*"),
    ("/", "/"),
    ("÷", "/"),
    ("^", "^"),
    ("(", "("),
    ("\u{FF08}", "("),
    (")", ")"),
    ("\u{FF09}", ")"),
    (",", ","),
    ("\u{FF0C}", ","),
    (":", ":"),
    ("\u{FF1A}", ":"),
    (";", ";"),
    ("\u{FF1B}", ";"),
];

pub(super) fn unexpected(at: usize, found: &str) -> Phrase {
    Phrase::new("gep.formula_form").with("at", at.to_string()).with("found", found)
}

pub(super) fn tokens(text: &str) -> Result<Vec<Token>, Phrase> {
    if text.chars().count() > LONGEST {
        return Err(Phrase::new("gep.formula_long").with("limit", LONGEST.to_string()));
    }
    let mut tokens = Vec::new();
    let mut rest = text;
    let at = |rest: &str| text.chars().count() - rest.chars().count() + 1;
    while let Some(first) = rest.chars().next() {
        if first.is_whitespace() {
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
            continue;
        }
        let (kind, end) = if first.is_ascii_digit() || first == '.' {
            number(rest).ok_or_else(|| unexpected(at(rest), &first.to_string()))?
        } else if first.is_alphabetic() || first == '_' {
            let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '′')).unwrap_or(rest.len());
            (Kind::Name(rest.get(..end).unwrap_or_default().to_owned()), end)
        } else if first == '[' {
            let end = rest.find(']').ok_or_else(|| unexpected(at(rest), "["))?;
            (Kind::Bracket(rest.get(1..end).unwrap_or_default().trim().to_owned()), end + 1)
        } else {
            let (written, sign) = SIGNS
                .iter()
                .find(|(written, _)| rest.starts_with(written))
                .ok_or_else(|| unexpected(at(rest), &first.to_string()))?;
            (Kind::Sign(sign), written.len())
        };
        tokens.push(Token { at: at(rest), kind });
        rest = rest.get(end..).unwrap_or_default();
    }
    Ok(tokens)
}

/// A number at the beginning: `12`, `0.5`, `.5`, `1e-3`.
fn number(text: &str) -> Option<(Kind, usize)> {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let mut end = 0;
    while digit(end) {
        end += 1;
    }
    if bytes.get(end) == Some(&b'.') {
        end += 1;
        while digit(end) {
            end += 1;
        }
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        if digit(end + 1 + sign) {
            end += 1 + sign;
            while digit(end) {
                end += 1;
            }
        }
    }
    Value::parse(text.get(..end)?).ok().map(|value| (Kind::Number(value), end))
}
