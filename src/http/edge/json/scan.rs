//! The text of a JSON body: syntax, depth, and members that stand twice.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::document::reasons;
use crate::http::edge::json::push_token;
use crate::http::edge::problem::{self, Problem, sentence};
use crate::phrases::Phrase;

/// Most characters of a member's name that an error repeats.
const SHOWN: usize = 80;

/// Checks a text from first to last byte.
///
/// # Errors
/// 400 where it is no JSON or too deep, 422 where an object names a member twice.
pub(super) fn scan(bytes: &[u8], depth: usize) -> Result<(), Problem> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        Problem::new(problem::NOT_JSON).detail(sentence("http.not_utf8", "at", (error.valid_up_to() + 1).to_string()))
    })?;
    if text.trim_matches([' ', '\t', '\r', '\n']).is_empty() {
        return Err(Problem::new(problem::NOT_JSON).detail(Phrase::new("http.empty_body")));
    }
    let state = RefCell::new(State { path: Vec::new(), wrong: None });
    let mut reader = serde_json::Deserializer::from_str(text);
    // The depth is ours to watch: serde_json's own limit would name no place.
    let result = Value { state: &state, left: depth, depth }.deserialize(&mut reader).and_then(|()| reader.end());
    match (state.into_inner().wrong, result) {
        (Some(problem), _) => Err(*problem),
        (None, Err(error)) => Err(syntax(&error)),
        (None, Ok(())) => Ok(()),
    }
}

/// What serde_json says of a text that is no JSON.
pub(super) fn syntax(error: &serde_json::Error) -> Problem {
    let phrase = Phrase::new("http.json_syntax")
        .with("line", error.line().to_string())
        .with("column", error.column().to_string())
        .with("why", reasons::json(&error.to_string()));
    Problem::new(problem::NOT_JSON).detail(phrase)
}

struct State {
    path: Vec<String>,
    wrong: Option<Box<Problem>>,
}

impl State {
    fn pointer(&self) -> String {
        let mut pointer = String::new();
        self.path.iter().for_each(|token| push_token(&mut pointer, token));
        pointer
    }
}

/// One JSON value that is looked at and forgotten.
#[derive(Clone, Copy)]
struct Value<'a> {
    state: &'a RefCell<State>,
    left: usize,
    depth: usize,
}

impl Value<'_> {
    /// One level further down.
    fn below<E: serde::de::Error>(self) -> Result<Self, E> {
        match self.left.checked_sub(1) {
            Some(left) => Ok(Self { left, ..self }),
            None => {
                let phrase = sentence("http.json_too_deep", "most", self.depth.to_string());
                let pointer = self.state.borrow().pointer();
                Err(self.stop(Problem::new(problem::NOT_JSON).detail(phrase).pointer(pointer)))
            }
        }
    }

    fn stop<E: serde::de::Error>(self, problem: Problem) -> E {
        self.state.borrow_mut().wrong = Some(Box::new(problem));
        E::custom("stopped")
    }
}

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let below = self.below()?;
        let mut index = 0_usize;
        self.state.borrow_mut().path.push(index.to_string());
        while items.next_element_seed(below)?.is_some() {
            index += 1;
            if let Some(last) = self.state.borrow_mut().path.last_mut() {
                *last = index.to_string();
            }
        }
        self.state.borrow_mut().path.pop();
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let below = self.below()?;
        let mut names: BTreeSet<String> = BTreeSet::new();
        while let Some(name) = members.next_key::<String>()? {
            self.state.borrow_mut().path.push(name.chars().take(SHOWN).collect());
            if !names.insert(name) {
                let name = self.state.borrow().path.last().cloned().unwrap_or_default();
                let pointer = self.state.borrow().pointer();
                let problem = Problem::new(problem::WRONG_SHAPE);
                return Err(self.stop(problem.detail(sentence("http.twice", "name", name)).pointer(pointer)));
            }
            members.next_value_seed(below)?;
            self.state.borrow_mut().path.pop();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(text: &[u8]) -> (u16, Option<String>) {
        let document = scan(text, 8).unwrap_err().document(crate::phrases::Lang::En, None);
        (document.status, document.pointer)
    }

    #[test]
    fn what_is_no_json_is_said_in_both_languages() {
        for (text, zh, en) in [
            ("[1e999]", "第 1 行第 6 列不是 JSON:数值超出可表示的范围", "the number is beyond what can be represented"),
            ("[1,]", "最后一项之后多了逗号", "a comma stands after the last item"),
            ("{} {}", "正文结束之后还有内容", "something follows after the end"),
            ("{a:1}", "成员名称必须是带引号的文字", "the name of a member must be a text in quotes"),
            ("{\"a\" 1}", "这里应为 :", ": is expected here"),
            ("[1 2]", "这里应为 , / ]", ", / ] is expected here"),
            ("[NaN]", "这里应有一个值", "a value is expected here"),
            ("[01]", "不是合法的数字", "this is no number"),
            (
                "[\"\\x\"]",
                "转义序列不合法(文字中的反斜杠须写两个)",
                "an escape sequence is wrong (a backslash within a text is written twice)",
            ),
            ("[\"\u{1}\"]", "文字中含有未转义的控制字符", "a text holds a control character that is not escaped"),
            ("[1", "正文没有写完", "the text ends too early"),
        ] {
            let said = |lang| scan(text.as_bytes(), 8).unwrap_err().document(lang, None).detail;
            let (chinese, english) = (said(crate::phrases::Lang::Zh), said(crate::phrases::Lang::En));
            assert!(chinese.ends_with(zh) && english.ends_with(en), "{text}: {chinese} {english}");
        }
    }

    #[test]
    fn what_is_no_json_is_refused() {
        for text in [
            &b""[..],
            b" \n",
            b"{",
            b"[1,]",
            b"{\"a\":NaN}",
            b"[Infinity]",
            b"{} {}",
            b"[1e999]",
            b"'a'",
            b"{a:1}",
            b"\xef\xbb\xbf{}",
            b"\"\xff\"",
            b"// c\n{}",
            b"[01]",
            b"nul",
            b"\"\\ud800\"",
            b"\"a\nb\"",
        ] {
            assert_eq!(wrong(text).0, 400, "{}", String::from_utf8_lossy(text));
        }
    }

    #[test]
    fn names_that_stand_twice_are_found_at_any_depth() {
        assert_eq!(wrong(br#"{"a":1,"a":1}"#), (422, Some("/a".into())));
        assert_eq!(wrong(br#"{"x":[0,{"a/b":1,"c":{},"a/b":2}]}"#), (422, Some("/x/1/a~1b".into())));
        assert_eq!(wrong(br#"{"a":1,"\u0061":1}"#), (422, Some("/a".into())));
        assert!(scan(br#"[{"a":1},{"a":1}]"#, 8).is_ok());
    }

    #[test]
    fn depth_is_counted() {
        assert!(scan(b"[[[[[[[[1]]]]]]]]", 8).is_ok());
        assert_eq!(wrong(b"[[[[[[[[[1]]]]]]]]]"), (400, Some("/0/0/0/0/0/0/0/0".into())));
        assert_eq!(wrong("[".repeat(100_000).as_bytes()).0, 400);
    }
}
