//! Units by exact algebra: a scale and a dimension. `mm·hm²` and `m³` have one dimension, and the factor between them is 10.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::OnceLock;

use num_traits::{One, Zero};
use serde::Deserialize;

use crate::document::number::Number;
use crate::finding::hint;
use crate::phrases::Phrase;
use crate::units::Exact;
use crate::value::Value;

/// Powers of base units, none of them 0.
pub type Dimension = BTreeMap<String, Exact>;

/// A unit: so much of a dimension.
#[derive(Debug, Clone, PartialEq)]
pub struct Unit {
    /// As it is written.
    pub text: String,
    /// Its size in base units.
    pub scale: Value,
    /// Its dimension.
    pub dimension: Dimension,
}

/// Largest power of a unit.
const POWER_MAX: i64 = 12;
/// Longest text of a unit.
const LONGEST: usize = 80;
/// Sizes that Chinese writes before a unit.
const PREFIXES: &[(&str, i64)] = &[
    ("万亿", 1_000_000_000_000),
    ("千万", 10_000_000),
    ("百万", 1_000_000),
    ("亿", 100_000_000),
    ("万", 10_000),
    ("千", 1_000),
];

/// The units that are known, and those that an account adds.
#[derive(Debug, Clone, Default)]
pub struct UnitTable {
    known: BTreeMap<String, (Value, Dimension)>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(default)]
    names: Vec<String>,
    is: Option<String>,
}

impl UnitTable {
    /// The units that are known anyway.
    pub fn common() -> &'static Self {
        static TABLE: OnceLock<UnitTable> = OnceLock::new();
        TABLE.get_or_init(|| {
            let entries: BTreeMap<String, Entry> = toml::from_str(include_str!("units.toml")).unwrap_or_default();
            let mut table = Self::default();
            // Units that are sizes of others come after the others; what does not parse is caught by the test below.
            for round in 0..3 {
                for (symbol, entry) in entries.iter().filter(|(_, entry)| round > 0 || entry.is.is_none()) {
                    let _ = table.declare(symbol, &entry.names, entry.is.as_deref());
                }
            }
            table
        })
    }

    /// Adds a unit: a size of others, or a dimension of its own.
    ///
    /// # Errors
    /// The name is taken, or the size is none.
    pub fn declare(&mut self, symbol: &str, names: &[String], is: Option<&str>) -> Result<(), Phrase> {
        let found = match is {
            Some(text) => {
                let unit = self.parse(text)?;
                (unit.scale, unit.dimension)
            }
            None => (Value::ONE, Dimension::from([(symbol.to_owned(), Exact::one())])),
        };
        for name in std::iter::once(symbol).chain(names.iter().map(String::as_str)) {
            if let Some(known) = self.known.get(name) {
                if *known == found {
                    continue;
                }
                return Err(Phrase::new("gep.unit_taken").with("unit", name));
            }
            self.known.insert(name.to_owned(), found.clone());
        }
        Ok(())
    }

    /// Reads a unit: `元/m3`, `t CO2/(hm2·a)`, `1e8 m3`, `万元`, `MJ.mm/(hm2.h.a)`, `m^2`, `m²`; nothing is the number one.
    ///
    /// # Errors
    /// `gep.unit_unknown` with the nearest, or `gep.unit_form`.
    pub fn parse(&self, text: &str) -> Result<Unit, Phrase> {
        let written = text.trim();
        if written.chars().count() > LONGEST {
            return Err(Phrase::new("gep.unit_form").with("unit", written.chars().take(LONGEST).collect::<String>()));
        }
        let mut parser = Parser { table: self, whole: written, rest: written, depth: 0 };
        let (scale, dimension) = if written.is_empty() { (Value::ONE, Dimension::new()) } else { parser.product()? };
        if !parser.rest.is_empty() {
            return Err(parser.refused());
        }
        Ok(Unit { text: written.to_owned(), scale, dimension })
    }
}

struct Parser<'a> {
    table: &'a UnitTable,
    whole: &'a str,
    rest: &'a str,
    depth: usize,
}

fn is_gap(c: char) -> bool {
    matches!(c, '·' | '.' | '*' | '×' | '⋅' | '•' | ' ')
}

impl Parser<'_> {
    fn refused(&self) -> Phrase {
        Phrase::new("gep.unit_form").with("unit", self.whole)
    }

    fn product(&mut self) -> Result<(Value, Dimension), Phrase> {
        self.depth += 1;
        if self.depth > 4 {
            return Err(self.refused());
        }
        let mut scale = Value::ONE;
        let mut dimension = Dimension::new();
        let mut below = false;
        loop {
            self.rest = self.rest.trim_start_matches(' ');
            let (size, found) = self.factor()?;
            scale = if below { scale.div(&size).map_err(|_| self.refused())? } else { scale.mul(&size) };
            combine(&mut dimension, &found, if below { -1 } else { 1 });
            let spaced = self.rest.starts_with(' ');
            self.rest = self.rest.trim_start_matches(' ');
            // After a slash a product without brackets goes on above the line only where a sign says so: t/hm2·a is t/(hm2·a) to no one.
            if let Some(rest) = self.rest.strip_prefix(['/', '／']) {
                self.rest = rest;
                below = true;
            } else if let Some(rest) = self.rest.strip_prefix(is_gap) {
                if below {
                    return Err(Phrase::new("gep.unit_brackets").with("unit", self.whole));
                }
                self.rest = rest;
            } else if !(spaced && self.rest.starts_with(|c: char| c != ')' && c != '\u{FF09}')) {
                break;
            }
        }
        self.depth -= 1;
        Ok((scale, dimension))
    }

    fn factor(&mut self) -> Result<(Value, Dimension), Phrase> {
        if let Some(rest) = self.rest.strip_prefix(['(', '\u{FF08}']) {
            self.rest = rest;
            let found = self.product()?;
            self.rest = self.rest.trim_start().strip_prefix([')', '\u{FF09}']).ok_or_else(|| self.refused())?;
            return self.powered(found);
        }
        if self.rest.starts_with(|c: char| c.is_ascii_digit()) {
            let end = self.number_end();
            let (digits, rest) = self.rest.split_at(end);
            let number = Number::parse(digits).map_err(|_| self.refused())?;
            if number.0.is_zero() {
                return Err(self.refused());
            }
            self.rest = rest;
            // 10 000 m3 is written without sign between number and unit.
            return self.powered((Value::of(number.0), Dimension::new()));
        }
        let end = self.name_end();
        let (name, rest) = self.rest.split_at(end);
        let found = self.named(name)?;
        self.rest = rest;
        self.powered(found)
    }

    /// `1e8`, `0.24`, `44/12` before a unit.
    fn number_end(&self) -> usize {
        let mut end = 0;
        let mut seen_e = false;
        for (at, c) in self.rest.char_indices() {
            let ok = match c {
                '0'..='9' | '.' => true,
                'e' | 'E' if !seen_e => {
                    seen_e = true;
                    self.rest
                        .get(at + 1..)
                        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '+'))
                }
                '-' | '+' => seen_e && self.rest.get(..at).is_some_and(|text| text.ends_with(['e', 'E'])),
                '/' => {
                    !self.rest.get(..at).unwrap_or_default().contains('/')
                        && self.rest.get(at + 1..).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
                }
                _ => false,
            };
            if !ok {
                break;
            }
            end = at + c.len_utf8();
        }
        let number = self.rest.get(..end).unwrap_or_default();
        number.trim_end_matches(['.']).len()
    }

    /// The longest beginning that names a unit (`m2` before `m`), else everything up to the next sign.
    fn name_end(&self) -> usize {
        let whole = self
            .rest
            .find(|c: char| {
                is_gap(c)
                    || matches!(c, '/' | '\u{FF0F}' | '(' | '\u{FF08}' | ')' | '\u{FF09}' | '^' | '²' | '³' | '⁻' | '¹')
            })
            .unwrap_or(self.rest.len());
        let mut ends: Vec<usize> = self.rest.char_indices().map(|(at, c)| at + c.len_utf8()).collect();
        ends.reverse();
        let is_known = |end: &usize| self.rest.get(..*end).is_some_and(|name| self.known(name).is_some());
        let fits = |end: &usize| {
            // A unit ends where another sign begins: `mm` is no `m` before an `m`.
            let rest = self.rest.get(*end..).unwrap_or_default();
            rest.is_empty() || rest.starts_with(|c: char| is_gap(c) || !c.is_alphabetic())
        };
        ends.into_iter().find(|end| is_known(end) && fits(end)).unwrap_or(whole.max(1).min(self.rest.len()))
    }

    fn known(&self, name: &str) -> Option<(Value, Dimension)> {
        if let Some(found) = self.table.known.get(name) {
            return Some(found.clone());
        }
        PREFIXES.iter().find_map(|(prefix, size)| {
            let (scale, dimension) = self.table.known.get(name.strip_prefix(prefix)?)?;
            Some((scale.mul(&Value::whole(*size)), dimension.clone()))
        })
    }

    fn named(&self, name: &str) -> Result<(Value, Dimension), Phrase> {
        if let Some(found) = self.known(name) {
            return Ok(found);
        }
        if let Some((_, size)) = PREFIXES.iter().find(|(prefix, _)| *prefix == name) {
            return Ok((Value::whole(*size), Dimension::new()));
        }
        if name.trim().is_empty() {
            return Err(self.refused());
        }
        let like = hint(name, self.table.known.keys().map(String::as_str)).text();
        Err(Phrase::new("gep.unit_unknown").with("unit", name).with("like", like))
    }

    fn powered(&mut self, (scale, dimension): (Value, Dimension)) -> Result<(Value, Dimension), Phrase> {
        let marked = self.rest.strip_prefix('^');
        let rest = marked.unwrap_or(self.rest);
        let is_power = |c: char| match marked {
            Some(_) => c.is_ascii_digit() || c == '-',
            None => c.is_ascii_digit() || matches!(c, '-' | '²' | '³' | '⁻' | '¹'),
        };
        let end = rest.find(|c: char| !is_power(c)).unwrap_or(rest.len());
        let (digits, after) = rest.split_at(end);
        if digits.is_empty() {
            return if marked.is_some() { Err(self.refused()) } else { Ok((scale, dimension)) };
        }
        let plain: String = digits
            .chars()
            .map(|c| match c {
                '²' => '2',
                '³' => '3',
                '¹' => '1',
                '⁻' => '-',
                c => c,
            })
            .collect();
        let power: i64 = plain.parse().map_err(|_| self.refused())?;
        if power == 0 || power.abs() > POWER_MAX {
            return Err(self.refused());
        }
        self.rest = after;
        let scale = scale.pow(&Value::whole(power)).map_err(|_| self.refused())?;
        let mut found = Dimension::new();
        combine(&mut found, &dimension, power);
        Ok((scale, found))
    }
}

/// Multiplies a dimension by a power of another.
pub fn combine(dimension: &mut Dimension, other: &Dimension, power: i64) {
    for (base, exponent) in other {
        let entry = dimension.entry(base.clone()).or_insert_with(Exact::zero);
        *entry += exponent * Exact::from_integer(power.into());
    }
    dimension.retain(|_, exponent| !exponent.is_zero());
}

/// The base unit of the accounting period.
const PERIOD: &str = "a";

/// Whether two dimensions are the same, or differ by the accounting period alone: of a yearly account `t` and `t/a` are one.
pub fn same_in_a_year(one: &Dimension, other: &Dimension) -> bool {
    let without = |dimension: &Dimension| -> Dimension {
        dimension
            .iter()
            .filter(|(base, _)| *base != PERIOD)
            .map(|(base, power)| (base.clone(), power.clone()))
            .collect()
    };
    let power = |dimension: &Dimension| dimension.get(PERIOD).cloned().unwrap_or_else(Exact::zero);
    let gap = power(one) - power(other);
    without(one) == without(other) && (gap.is_zero() || gap == Exact::one() || gap == -Exact::one())
}

/// A dimension in words: `m^3·元^-1`; a number is `1`.
pub fn shown(dimension: &Dimension) -> String {
    if dimension.is_empty() {
        return "1".to_owned();
    }
    let mut text = String::new();
    for (base, power) in dimension {
        let gap = if text.is_empty() { "" } else { "·" };
        let _ = if *power == Exact::one() { write!(text, "{gap}{base}") } else { write!(text, "{gap}{base}^{power}") };
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::ratio;

    fn unit(text: &str) -> Unit {
        UnitTable::common().parse(text).unwrap_or_else(|phrase| panic!("{text}: {phrase}"))
    }

    fn factor(one: &str, other: &str) -> Option<Exact> {
        let (one, other) = (unit(one), unit(other));
        (one.dimension == other.dimension).then(|| one.scale.exact() / other.scale.exact())
    }

    #[test]
    fn every_known_unit_reads() {
        let entries: BTreeMap<String, Entry> = toml::from_str(include_str!("units.toml")).unwrap();
        for (symbol, entry) in entries {
            for name in entry.names.into_iter().chain([symbol]) {
                unit(&name);
            }
        }
    }

    #[test]
    fn factors_follow_from_the_units() {
        assert_eq!(factor("mm·hm2", "m3"), Some(ratio(10, 1)));
        assert_eq!(factor("mm.m2", "m3"), Some(ratio(1, 1000)));
        assert_eq!(factor("1e8 m3", "万m3"), Some(ratio(10_000, 1)));
        assert_eq!(factor("亿元", "1e4 元"), Some(ratio(10_000, 1)));
        assert_eq!(factor("元/t", "元/kg"), Some(ratio(1, 1000)));
        assert_eq!(factor("t/(hm2·a)", "kg/m2/a"), Some(ratio(1, 10)));
        assert_eq!(factor("tCO2/tC", "t CO2/(t C)"), Some(ratio(1, 1)));
        assert_eq!(factor("km²", "亩"), Some(ratio(1500, 1)));
        assert_eq!(factor("km2·kJ/(m2·d)", "kWh/d").map(|f| f.round()), Some(ratio(278, 1)));
        assert_eq!(factor("元/月", "元/a"), Some(ratio(12, 1)));
        assert_eq!(factor("万元/公顷", "元/m2"), Some(ratio(1, 1)));
        assert_eq!(factor("1", "%"), Some(ratio(100, 1)));
        assert_eq!(factor("", "1"), Some(ratio(1, 1)));
    }

    #[test]
    fn substances_are_not_each_other() {
        assert_eq!(factor("t CO2", "t C"), None);
        assert_eq!(factor("t CO2", "t"), None);
        assert_eq!(factor("元/t CO2", "元/kg CO2"), Some(ratio(1, 1000)));
    }

    #[test]
    fn what_is_no_unit_is_refused() {
        let refused =
            |text: &str| UnitTable::common().parse(text).map_err(|phrase| phrase.code()).map(|unit| unit.text);
        assert_eq!(refused("元/哩"), Err("gep.unit_unknown"));
        assert_eq!(refused("t/hm2·a"), Err("gep.unit_brackets"));
        assert_eq!(refused("m^"), Err("gep.unit_form"));
        assert_eq!(refused("(m"), Err("gep.unit_form"));
        assert_eq!(refused("m/"), Err("gep.unit_form"));
        assert_eq!(refused("m^99"), Err("gep.unit_form"));
        assert_eq!(refused("0 m"), Err("gep.unit_form"));
        assert_eq!(refused("((((((m))))))"), Err("gep.unit_form"));
    }

    #[test]
    fn a_year_is_the_period() {
        assert!(same_in_a_year(&unit("t/a").dimension, &unit("t").dimension));
        assert!(!same_in_a_year(&unit("t/d").dimension, &unit("t").dimension));
    }
}
