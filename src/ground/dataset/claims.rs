//! What the parts of a workbook claim, read from their bytes as they stream by: references, counts, numbers of elements.
//!
//! The parser behind computes with references before it looks at them, and keeps every string, format and merged range of
//! a file. A crafted file of a kilobyte names the cell `D99999999999`; one of a megabyte has ten million formats.

/// Elements of which the parser keeps a list, and how many a package may have.
const ELEMENTS_MAX: &[(&[u8], u64)] = &[
    (b"si", 4_000_000),
    (b"xf", 70_000),
    (b"font", 70_000),
    (b"fill", 70_000),
    (b"border", 70_000),
    (b"numFmt", 70_000),
    (b"mergeCell", 100_000),
    (b"sheet", 2_000),
    (b"definedName", 100_000),
    (b"Relationship", 100_000),
];
/// Formats times the longest name of a font or code of a number format, in bytes: the parser copies both into every format.
const FORMATS_MAX: u64 = 64 << 20;
/// The longest element, attribute or value that matters here; longer ones are cut off.
const WORD_MAX: usize = 40;

/// What is wrong with a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Excess {
    /// A reference that no sheet can have, as written.
    Reference(String),
    /// More of an element than a workbook may have: which, and how many it may have.
    Elements(String, u64),
    /// A number of entries that becomes the length of a list.
    Entries(u64),
}

/// The claims of one package; its parts are fed one after the other.
#[derive(Debug, Default)]
pub(super) struct Claims {
    counts: Vec<u64>,
    longest: u64,
    /// The first thing wrong.
    pub excess: Option<Excess>,
}

/// A part streaming by: a tokenizer of tags and attributes, nothing else.
#[derive(Debug)]
pub(super) struct Part<'a> {
    claims: &'a mut Claims,
    state: State,
    element: Vec<u8>,
    attribute: Vec<u8>,
    value: Vec<u8>,
    /// Length of the value, including what is cut off.
    length: u64,
    /// Largest number of entries claimed.
    entries: u64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum State {
    /// Outside tags.
    Text,
    /// After `<`.
    Open,
    /// After `<!`: a comment, a CDATA section or a declaration, by what follows.
    Bang,
    /// Within something that ends with these bytes.
    Until(&'static [u8]),
    /// In the name of an element.
    Element,
    /// In a tag, between attributes or in the name of one.
    Tag,
    /// After the `=` of an attribute.
    Equals,
    /// In a value, until this quote.
    Value(u8),
}

impl Claims {
    /// Begins a part.
    pub fn part(&mut self) -> Part<'_> {
        self.counts.resize(ELEMENTS_MAX.len(), 0);
        Part {
            claims: self,
            state: State::Text,
            element: Vec::new(),
            attribute: Vec::new(),
            value: Vec::new(),
            length: 0,
            entries: 0,
        }
    }

    fn object(&mut self, excess: Excess) {
        self.excess.get_or_insert(excess);
    }

    fn count(&mut self, element: &[u8]) {
        for ((name, most), count) in ELEMENTS_MAX.iter().zip(&mut self.counts) {
            if *name == element {
                *count += 1;
                if *count > *most {
                    self.excess.get_or_insert_with(|| Excess::Elements(text(name), *most));
                }
            }
        }
        if element == b"xf" && self.counts.get(1).is_some_and(|formats| formats * self.longest > FORMATS_MAX) {
            self.object(Excess::Elements("xf".to_owned(), FORMATS_MAX / self.longest.max(1)));
        }
    }
}

impl Part<'_> {
    /// Ends the part, which had so many bytes.
    pub fn end(self, size: u64) {
        if self.entries > size {
            self.claims.object(Excess::Entries(self.entries));
        }
    }

    fn take(&mut self, byte: u8) {
        match self.state {
            State::Text if byte == b'<' => self.state = State::Open,
            State::Text => {}
            State::Open => {
                self.element.clear();
                self.state = match byte {
                    b'!' => State::Bang,
                    b'?' => State::Until(b"?>"),
                    _ => State::Element,
                };
                self.value.clear();
                if self.state == State::Element {
                    self.take(byte);
                }
            }
            State::Bang => self.bang(byte),
            State::Until(end) => {
                self.value.push(byte);
                if self.value.ends_with(end) {
                    self.state = State::Text;
                } else if self.value.len() > WORD_MAX {
                    self.value.drain(..WORD_MAX - 3);
                }
            }
            State::Element => match byte {
                b'>' | b'/' | b' ' | b'\t' | b'\r' | b'\n' => {
                    self.claims.count(&self.element);
                    self.attribute.clear();
                    self.state = if byte == b'>' { State::Text } else { State::Tag };
                }
                // The name without its prefix.
                b':' => self.element.clear(),
                _ => push(&mut self.element, byte),
            },
            State::Tag => match byte {
                b'>' => self.state = State::Text,
                b'=' => self.state = State::Equals,
                b'/' | b' ' | b'\t' | b'\r' | b'\n' => {}
                _ => push(&mut self.attribute, byte),
            },
            State::Equals => match byte {
                b'\x22' | b'\'' => {
                    self.value.clear();
                    self.length = 0;
                    self.state = State::Value(byte);
                }
                b'>' => self.state = State::Text,
                _ => {}
            },
            State::Value(quote) if byte == quote => {
                self.judge();
                self.attribute.clear();
                self.state = State::Tag;
            }
            State::Value(_) => {
                self.length += 1;
                push(&mut self.value, byte);
            }
        }
    }

    fn bang(&mut self, byte: u8) {
        self.value.push(byte);
        self.state = match self.value.as_slice() {
            b"--" => State::Until(b"-->"),
            b"[CDATA[" => State::Until(b"]]>"),
            _ if byte == b'>' => State::Text,
            begun if b"--".starts_with(begun) || b"[CDATA[".starts_with(begun) => State::Bang,
            _ => State::Until(b">"),
        };
        if self.state != State::Bang {
            self.value.clear();
        }
    }

    /// Looks at one attribute.
    fn judge(&mut self) {
        let value = self.value.as_slice();
        let sound = match (self.element.as_slice(), self.attribute.as_slice()) {
            (b"row", b"r") => row(value).is_some(),
            (b"c", b"r") => cell(value).is_some(),
            (b"dimension" | b"mergeCell" | b"f", b"ref") => range(value),
            (b"sst", b"uniqueCount") | (b"f", b"si") => {
                self.entries = self.entries.max(number(value).unwrap_or(u64::MAX));
                true
            }
            (b"name" | b"rFont", b"val") | (b"numFmt", b"formatCode") => {
                self.claims.longest = self.claims.longest.max(self.length);
                true
            }
            _ => true,
        };
        if !sound {
            self.claims.object(Excess::Reference(text(value)));
        }
    }
}

impl std::io::Write for Part<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        for byte in bytes {
            self.take(*byte);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn push(word: &mut Vec<u8>, byte: u8) {
    if word.len() < WORD_MAX {
        word.push(byte);
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A whole number; `None` beyond 64 bits or where there are other characters.
fn number(digits: &[u8]) -> Option<u64> {
    let digits = std::str::from_utf8(digits).ok()?.trim();
    digits.strip_prefix('+').unwrap_or(digits).parse().ok()
}

/// A row of at most seven digits, from 1.
fn row(digits: &[u8]) -> Option<u64> {
    let sound = digits.len() <= 7 && digits.iter().all(u8::is_ascii_digit);
    number(digits).filter(|row| sound && *row > 0)
}

/// `XFD1048576`: at most three letters, then a row. The column counts from 1.
fn cell(reference: &[u8]) -> Option<(u64, u64)> {
    let letters = reference.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let (letters, digits) = reference.split_at_checked(letters)?;
    let value = |byte: &u8| u64::from(byte.to_ascii_uppercase() - b'A' + 1);
    let column = letters.iter().fold(0, |column, byte| column * 26 + value(byte));
    ((1..=3).contains(&letters.len())).then_some((row(digits)?, column))
}

/// One cell, or two of which the second lies below and to the right.
fn range(reference: &[u8]) -> bool {
    let mut ends = reference.split(|byte| *byte == b':').map(cell);
    match (ends.next().flatten(), ends.next(), ends.next()) {
        (Some(_), None, _) => true,
        (Some(first), Some(Some(last)), None) => first.0 <= last.0 && first.1 <= last.1,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn excess(text: &str) -> Option<Excess> {
        let mut claims = Claims::default();
        let mut part = claims.part();
        // In small pieces: the stream may be cut anywhere.
        for piece in text.as_bytes().chunks(3) {
            part.write_all(piece).unwrap();
        }
        part.end(u64::try_from(text.len()).unwrap());
        claims.excess
    }

    #[test]
    fn entries_are_counted_wherever_they_are_claimed() {
        assert_eq!(excess("<sst count=\"9\" uniqueCount=\"4294967295\">"), Some(Excess::Entries(4_294_967_295)));
        assert_eq!(excess("<x:sst uniqueCount = '7777' >"), Some(Excess::Entries(7777)));
        assert_eq!(excess("<f t=\"shared\" ref=\"A1\" si=\"12345\">"), Some(Excess::Entries(12_345)));
        assert_eq!(excess("<f si=\"99999999999999999999999999\">"), Some(Excess::Entries(u64::MAX)));
        assert_eq!(excess("<c r=\"A1\" s=\"3\"><v>17</v></c> basis=\"5\" <si> 4 </si>"), None);
    }

    #[test]
    fn references_that_no_sheet_has_are_found() {
        for sound in [
            "<c r=\"A1\"/>",
            "<row r=\"1048576\">",
            "<c t='s' r='XFD1048576'>",
            "<dimension ref=\"A1:XFD9\"/>",
            "<mergeCell ref=\"b2\"/>",
            "<!-- <c r=\"D99999999999\"> --><a/>",
            "<![CDATA[<c r=\"D99999999999\">]]>",
            "<?x <c r=\"D99999999999\" ?>",
            "<t>r=\"D99999999999\"</t>",
            "<worksheet xmlns:r=\"http://a\"><legacyDrawing r:id=\"rId12\"/></worksheet>",
            "<!DOCTYPE x><c r=\"A1\">",
        ] {
            assert_eq!(excess(sound), None, "{sound}");
        }
        for wrong in [
            "<c r=\"D99999999999\">",
            "<c r=\"ZZZZZZZZ2\"/>",
            "<c r=\"A0\">",
            "<c r=\"1\">",
            "<row r=\"99999999\">",
            "<row r=\"0\">",
            "<x:c s=\"1\"  r = 'D99999999999'>",
            "<dimension ref=\"D5:A1\"/>",
            "<dimension ref=\"A1:B2:C3\"/>",
            "<dimension ref=\"garbage\"/>",
            "<mergeCell ref=\"A99999999999\"/>",
            "<!-- --><c a='\"' r=\"A99999999\">",
            "<!----><c r=\"A99999999\">",
            "<c a='>' r=\"A99999999\">",
        ] {
            assert!(matches!(excess(wrong), Some(Excess::Reference(_))), "{wrong}");
        }
    }

    #[test]
    fn lists_that_the_parser_would_keep_are_limited() {
        assert_eq!(excess(&"<xf/>".repeat(70_001)), Some(Excess::Elements("xf".to_owned(), 70_000)));
        assert_eq!(excess(&"<x:mergeCell ref=\"A1\"/>".repeat(100_000)), None);
        let long = format!("<font><name val=\"{}\"/></font>{}", "x".repeat(1 << 20), "<xf fontId=\"0\"/>".repeat(65));
        assert!(matches!(excess(&long), Some(Excess::Elements(_, 64))));
    }
}
