//! Formulas and the table of what enters the fund.

use std::collections::BTreeMap;

use ecocomp_ground::document::typed::{self, Document, refuse};
use ecocomp_ground::finding::{Findings, hint};
use ecocomp_ground::phrases::{Phrase, Text};
use ecocomp_ground::units::{Decimal, Exact, nearest_fen};
use serde::{Deserialize, Deserializer};

/// A number as text, exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Number(pub Decimal);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Decimal::parse(text.trim()).map(Self).map_err(|phrase| refuse(&phrase))
    }
}

/// Rules of damage compensation.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DamageRules {
    /// Formulas of heads of claim.
    pub formula: Vec<Formula>,
    /// What enters the fund.
    pub entry: Vec<Entry>,
    /// Money that lies in the fund for more days is idle.
    pub idle_days: Option<i32>,
}

impl Document for DamageRules {
    const PAGE: &'static str = "docs/damage.md";
}

/// A product of named values, in 元.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Formula {
    /// Short name.
    pub id: String,
    /// Printed name.
    pub name: Text,
    /// Values that are multiplied.
    pub factors: Vec<String>,
    /// Bounds of a value by class.
    #[serde(default)]
    pub multiple: Vec<Multiple>,
    /// Basis.
    pub basis: Text,
}

/// Bounds of a value for a class, such as a class of water.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Multiple {
    /// The value.
    pub value: String,
    /// Class; empty for all.
    #[serde(default)]
    pub class: String,
    /// Least.
    #[serde(default)]
    pub least: Option<Number>,
    /// Most.
    #[serde(default)]
    pub most: Option<Number>,
}

/// Whether money enters the fund.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Enters {
    /// It does.
    Yes,
    /// It never does.
    No,
    /// It may, where the case says so.
    May,
    /// Not yet.
    Later,
}

/// A way of performing and what follows from it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Short name.
    pub id: String,
    /// Printed name.
    pub name: Text,
    /// Whether it enters the fund.
    pub enters: Enters,
    /// Whether it takes the claim away, once it is accepted; a fine does not.
    pub counts: bool,
    /// Whether it is money: then it counts on its day, else on that of acceptance or cancellation.
    pub money: bool,
    /// Account that it goes to.
    pub account: Text,
    /// Basis.
    pub basis: Text,
}

impl DamageRules {
    /// Reads rules.
    ///
    /// # Errors
    /// Everything that is wrong with them, with lines.
    pub fn read(text: &str, file: &str) -> Result<Self, Findings> {
        typed::read(text, file)
    }

    /// An entry by its id.
    ///
    /// # Errors
    /// There is none, with the nearest.
    pub fn entry(&self, id: &str) -> Result<&Entry, Phrase> {
        let known = || self.entry.iter().map(|entry| entry.id.as_str());
        self.entry.iter().find(|entry| entry.id == id).ok_or_else(|| unknown(id, known()))
    }

    /// What a formula comes to with these values, in 分, to the nearest.
    ///
    /// # Errors
    /// No such formula, a value that is missing or outside the bounds of its class.
    pub fn formula(&self, id: &str, values: &BTreeMap<String, Number>, class: &str) -> Result<i64, Phrase> {
        let known = || self.formula.iter().map(|formula| formula.id.as_str());
        let formula = self.formula.iter().find(|formula| formula.id == id).ok_or_else(|| unknown(id, known()))?;
        let mut product = Exact::from_integer(100.into());
        for factor in &formula.factors {
            let Some(Number(value)) = values.get(factor) else {
                return Err(Phrase::new("damage.lacks_value")
                    .with("formula", formula.name.clone())
                    .with("value", factor));
            };
            if *value < Decimal::ZERO {
                return Err(Phrase::new("damage.negative").with("value", factor).with("is", value.to_string()));
            }
            let mut classes = formula.multiple.iter().filter(|bounds| bounds.value == *factor).peekable();
            if classes.peek().is_some() && !classes.any(|bounds| bounds.class == class) {
                let known = formula.multiple.iter().filter(|bounds| bounds.value == *factor);
                let hint = hint(class, known.map(|bounds| bounds.class.as_str()));
                return Err(Phrase::new("damage.no_class").with("class", class).with_phrase("hint", &hint));
            }
            for bounds in formula.multiple.iter().filter(|bounds| bounds.value == *factor && bounds.class == class) {
                let low = bounds.least.is_some_and(|least| *value < least.0);
                let high = bounds.most.is_some_and(|most| *value > most.0);
                if low || high {
                    let text =
                        |bound: Option<Number>| bound.map_or_else(|| "—".to_owned(), |bound| bound.0.to_string());
                    return Err(Phrase::new("damage.outside")
                        .with("value", factor)
                        .with("is", value.to_string())
                        .with("least", text(bounds.least))
                        .with("most", text(bounds.most))
                        .with("class", class));
                }
            }
            product *= value.exact();
        }
        nearest_fen(&product).ok_or_else(|| Phrase::new("fund.too_large"))
    }
}

fn unknown<'a>(id: &str, known: impl Iterator<Item = &'a str>) -> Phrase {
    Phrase::new("damage.unknown").with("value", id).with_phrase("hint", &hint(id, known))
}
