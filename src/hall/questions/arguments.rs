//! Values of arguments: numbers within their range, or a refusal in both languages.

use std::fmt;
use std::num::NonZeroUsize;

use crate::phrases::{Lang, Phrase, Text};

/// Why a value is refused; clap carries it to whoever tells of it.
#[derive(Debug)]
pub struct Refused(pub Text);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.get(Lang::En))
    }
}

impl std::error::Error for Refused {}

fn refused(code: &'static str) -> Refused {
    Refused(Phrase::new(code).text())
}

/// A number ≥ 0, neither NaN nor infinite: seconds, per cent.
///
/// # Errors
/// It is no such number.
pub fn not_negative(text: &str) -> Result<f64, Refused> {
    let number: f64 = text.trim().parse().map_err(|_| refused("cli.not_a_number"))?;
    if number.is_finite() && number >= 0.0 { Ok(number) } else { Err(refused("cli.below_zero")) }
}

/// A whole number ≥ 1: threads.
///
/// # Errors
/// It is no such number.
pub fn at_least_one(text: &str) -> Result<usize, Refused> {
    let number: NonZeroUsize = text.trim().parse().map_err(|_| refused("cli.below_one"))?;
    Ok(number.get())
}
