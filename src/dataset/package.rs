//! The package of a workbook, before any parser sees it: true sizes, and numbers that a parser would allocate on.
//!
//! A crafted file of a kilobyte can inflate to gigabytes, claim four billion shared strings, or call a formula the four
//! billionth; each is refused here.

use std::io::{Cursor, Read, Write};

use crate::dataset::table::too_large;
use crate::finding::{Finding, Place};

/// Largest workbook file, in bytes.
pub const FILE_MAX: usize = 32 << 20;
/// Largest inflated size of all parts together, in bytes.
const INFLATED_MAX: u64 = 256 << 20;
/// Most parts of the package.
const PARTS_MAX: usize = 2_000;
/// Attributes whose number becomes the length of a list: strings of the package, formulas of a sheet.
const COUNTS: [&[u8]; 2] = [b"uniqueCount", b"si"];

pub(super) fn damaged(place: &Place, error: &dyn std::fmt::Display) -> Finding {
    Finding::error("dataset.damaged_workbook", place.clone()).with("why", error.to_string())
}

/// Inflates every part once, keeping nothing.
///
/// # Errors
/// A damaged package, one beyond the limits, or a part that claims more entries than it has bytes.
pub(super) fn check(place: &Place, bytes: &[u8]) -> Result<(), Finding> {
    if bytes.len() > FILE_MAX {
        return Err(too_large(place.clone(), "MiB", FILE_MAX >> 20));
    }
    let mut package = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|error| damaged(place, &error))?;
    if package.len() > PARTS_MAX {
        return Err(too_large(place.clone(), "parts", PARTS_MAX));
    }
    let mut inflated = 0_u64;
    for index in 0..package.len() {
        let part = package.by_index(index).map_err(|error| damaged(place, &error))?;
        let name = part.name().map(|name| name.into_owned()).unwrap_or_default();
        let mut claims = Claims::default();
        let size = std::io::copy(&mut part.take(INFLATED_MAX + 1 - inflated), &mut claims)
            .map_err(|error| damaged(place, &error))?;
        inflated += size;
        if inflated > INFLATED_MAX {
            return Err(too_large(place.clone(), "MiB inflated", usize::try_from(INFLATED_MAX >> 20).unwrap_or(0)));
        }
        if claims.largest > size {
            let why = format!("{name}: {} entries claimed in {size} bytes", claims.largest);
            return Err(damaged(place, &why));
        }
    }
    Ok(())
}

/// Finds the largest number given to one of [`COUNTS`] in a stream.
#[derive(Default)]
struct Claims {
    largest: u64,
    /// The word being read, cut off beyond the longest name.
    word: Vec<u8>,
    /// Where in `name = "number` the stream stands.
    state: State,
}

#[derive(Default, Clone, Copy, PartialEq)]
enum State {
    /// Within or between words.
    #[default]
    Text,
    /// After a name of the list: blanks, `=`, blanks, a quote.
    Named,
    /// Within the number.
    Number(u64),
}

impl Claims {
    fn take(&mut self, byte: u8) {
        match (self.state, byte) {
            (State::Text, b'=') if self.is_count() => self.state = State::Named,
            // A blank between name and `=` keeps the word.
            (State::Text, b' ' | b'\t' | b'\r' | b'\n') if self.is_count() => {}
            (State::Text, byte) if byte.is_ascii_alphanumeric() => {
                if self.word.len() <= 16 {
                    self.word.push(byte);
                }
            }
            (State::Text, _) => self.word.clear(),
            (State::Named, b' ' | b'\t' | b'\r' | b'\n' | b'"' | b'\'' | b'=' | b'+') => {}
            (State::Named, byte) if byte.is_ascii_digit() => self.state = State::Number(u64::from(byte - b'0')),
            (State::Number(number), byte) if byte.is_ascii_digit() => {
                self.state = State::Number(number.saturating_mul(10).saturating_add(u64::from(byte - b'0')));
            }
            (State::Number(number), _) => {
                self.largest = self.largest.max(number);
                self.word.clear();
                self.state = State::Text;
            }
            (State::Named, _) => {
                self.word.clear();
                self.state = State::Text;
            }
        }
    }

    fn is_count(&self) -> bool {
        COUNTS.contains(&self.word.as_slice())
    }
}

impl Write for Claims {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn largest(text: &str) -> u64 {
        let mut claims = Claims::default();
        // In small pieces: the stream may be cut anywhere.
        for piece in text.as_bytes().chunks(3) {
            claims.write_all(piece).unwrap();
        }
        claims.largest
    }

    #[test]
    fn counts_are_found_wherever_they_stand() {
        assert_eq!(largest("<sst count=\"9\" uniqueCount=\"4294967295\">"), 4_294_967_295);
        assert_eq!(largest("<sst uniqueCount = '77' >"), 77);
        assert_eq!(largest("<f t=\"shared\" ref=\"A1\" si=\"12345\">"), 12_345);
        assert_eq!(largest("<f si=\"99999999999999999999999999\">"), u64::MAX);
        assert_eq!(largest("<c r=\"A1\" s=\"3\"><v>17</v></c> basis=\"5\" <si> 4 </si>"), 0);
    }
}
