//! Signs of a Chinese input method, and characters without width, where a document needs plain ones: `name ＝ “云岭”`.

use crate::finding::{Finding, Place};
use crate::phrases::{Phrase, is_invisible};

/// So many lines are named.
const LINES: usize = 8;

/// What a document is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Syntax {
    /// TOML.
    Toml,
    /// JSON.
    Json,
}

/// A sign that should be another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Mark {
    sign: char,
    line: u64,
    /// Character of the line, from 1.
    at: u64,
}

/// The first sign outside texts and comments that no document has there; asked only where the text cannot be read.
pub(super) fn misplaced(text: &str, file: &str, syntax: Syntax) -> Option<Finding> {
    let marks = Scan::of(text, syntax);
    let first = marks.first()?;
    let place = Place::file(file).row(first.line);
    let finding = match plain(first.sign) {
        Some(plain) => Finding::error("document.full_width_mark", place)
            .with("mark", first.sign.to_string())
            .with("plain", plain.to_string()),
        None => Finding::error("document.invisible_mark", place).with("mark", named(first.sign)),
    };
    let mut lines: Vec<String> = marks.iter().map(|mark| mark.line.to_string()).collect();
    lines.dedup();
    if lines.len() > LINES {
        lines.truncate(LINES);
        lines.push("…".to_owned());
    }
    let finding = finding.with("at", first.at.to_string());
    let count =
        Phrase::new("document.marks_count").with("count", marks.len().to_string()).with("lines", lines.join(", "));
    Some(if marks.len() > 1 { finding.with("count", count.text()) } else { finding.with("count", "") })
}

/// The half-width sign that a full-width one stands for.
fn plain(sign: char) -> Option<char> {
    Some(match sign {
        '“' | '”' | '„' | '＂' => '\u{22}',
        '‘' | '’' | '＇' => '\'',
        '【' | '〔' => '[',
        '】' | '〕' => ']',
        '、' | '；' => ',',
        '。' => '.',
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(sign) - 0xFEE0)?,
        _ => return None,
    })
}

/// A character that cannot be seen, by number and name.
fn named(sign: char) -> crate::phrases::Text {
    let number = format!("U+{:04X}", u32::from(sign));
    let code = match sign {
        '\u{3000}' => "document.mark_wide_space",
        '\u{A0}' => "document.mark_hard_space",
        '\u{FEFF}' => "document.mark_byte_order",
        _ => "document.mark_no_width",
    };
    Phrase::new(code).with("number", number).text()
}

fn is_misplaced(sign: char) -> bool {
    plain(sign).is_some() || is_invisible(sign) || matches!(sign, '\u{3000}' | '\u{A0}')
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Plain,
    Comment,
    /// Text in these quotes; the flag says whether it may have several lines.
    Quoted(char, bool),
    /// Text in full-width quotes, which end with this one.
    Wide(char),
}

struct Scan {
    syntax: Syntax,
    state: State,
    found: Vec<Mark>,
    /// The last full-width quote in the text that is open: where it is never closed, that one was meant to.
    in_text: Option<Mark>,
}

impl Scan {
    fn of(text: &str, syntax: Syntax) -> Vec<Mark> {
        let mut scan = Self { syntax, state: State::Plain, found: Vec::new(), in_text: None };
        for (line, content) in (1_u64..).zip(text.split('\n')) {
            scan.line(line, content);
        }
        scan.found
    }

    fn line(&mut self, line: u64, content: &str) {
        let mut skip = 0_usize;
        for ((at, sign), offset) in (1_u64..).zip(content.chars()).zip(content.char_indices().map(|(offset, _)| offset))
        {
            if skip > 0 {
                skip -= 1;
                continue;
            }
            let rest = content.get(offset..).unwrap_or_default();
            skip = self.take(Mark { sign, line, at }, rest);
        }
        match self.state {
            State::Quoted(_, false) => {
                self.found.extend(self.in_text.take());
                self.state = State::Plain;
            }
            State::Quoted(_, true) => {}
            _ => self.state = State::Plain,
        }
    }

    /// Takes one character; how many after it belong to it.
    fn take(&mut self, mark: Mark, rest: &str) -> usize {
        let triple =
            |quote: char| self.syntax == Syntax::Toml && rest.chars().take(3).filter(|c| *c == quote).count() == 3;
        match (self.state, mark.sign) {
            (State::Plain, '#') if self.syntax == Syntax::Toml => self.state = State::Comment,
            (State::Plain, quote @ ('\u{22}' | '\'')) if quote == '\u{22}' || self.syntax == Syntax::Toml => {
                let several = triple(quote);
                self.state = State::Quoted(quote, several);
                self.in_text = None;
                return if several { 2 } else { 0 };
            }
            (State::Plain, sign) if is_misplaced(sign) => {
                self.found.push(mark);
                match sign {
                    '“' | '„' => self.state = State::Wide('”'),
                    '＂' => self.state = State::Wide('＂'),
                    '‘' => self.state = State::Wide('’'),
                    _ => {}
                }
            }
            (State::Quoted('\u{22}', _), '\\') => return 1,
            (State::Quoted(quote, several), sign) if sign == quote => {
                if !several {
                    self.state = State::Plain;
                } else if triple(quote) {
                    self.state = State::Plain;
                    return 2;
                }
            }
            (State::Quoted(..), '“' | '”' | '＂' | '‘' | '’') => self.in_text = Some(mark),
            (State::Wide(end), sign) if sign == end || sign == '\u{22}' => {
                if sign == end {
                    self.found.push(mark);
                }
                self.state = State::Plain;
            }
            _ => {}
        }
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phrases::Lang;

    fn first(text: &str, syntax: Syntax) -> Option<(String, u64)> {
        let finding = misplaced(text, "a.toml", syntax)?;
        Some((finding.phrase.render(Lang::Zh), finding.place.row.unwrap_or(0)))
    }

    #[test]
    fn full_width_signs_outside_texts_are_found() {
        for (text, sign, line) in [
            ("a = 1\nb ＝ 2", "“＝”", 2),
            ("a = [1，2]", "“，”", 1),
            ("［model］", "“［”", 1),
            ("name = “云岭，县”", "““”", 1),
            ("name = \"云岭”\nb = 1", "“””", 1),
            ("a = 1 # 注：“说明”\nb：2", "“：”", 2),
            ("a = \"\"\"\n多行，“文字”\n\"\"\"\nb = ２", "“２”", 4),
            ("a = 'x\\'\nb = 1；", "“；”", 2),
        ] {
            let found = first(text, Syntax::Toml);
            assert!(found.as_ref().is_some_and(|(said, at)| said.contains(sign) && *at == line), "{text}: {found:?}");
        }
    }

    #[test]
    fn signs_within_texts_and_comments_stay() {
        for text in ["a = \"云岭，县：“甲”\"", "# 注：全角，没关系", "a = '＝' # “", "a = \"\\\"，\""]
        {
            assert_eq!(first(text, Syntax::Toml), None, "{text}");
        }
        assert_eq!(first("{\"a\": \"，\"}", Syntax::Json), None);
        assert!(first("{\"a\"：1}", Syntax::Json).is_some_and(|(said, _)| said.contains("“：”")));
    }

    #[test]
    fn characters_that_cannot_be_seen_are_named_and_counted() {
        let (said, line) = first("a = 1\nb\u{200b} = 2\nc\u{a0}= 3", Syntax::Toml).unwrap_or_default();
        assert!(said.contains("U+200B") && said.contains("第 2 个字符") && said.contains("2, 3"), "{said}");
        assert_eq!(line, 2);
        let (said, _) = first("a = 1\n\u{feff}b = 2", Syntax::Toml).unwrap_or_default();
        assert!(said.contains("U+FEFF"), "{said}");
    }
}
