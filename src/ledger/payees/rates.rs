//! Rates as data: what is paid for what, from when until when, from which fund, and how it is split.

use ecocomp_ground::document::typed::{self, Document, refuse};
use ecocomp_ground::finding::{Finding, Findings};
use ecocomp_ground::phrases::Text;
use ecocomp_ground::units::{Exact, Money};
use serde::{Deserialize, Deserializer};

use crate::date::Date;
use crate::rules::Percent;

/// Rates: `rates.toml` beside the register.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rates {
    /// Rates.
    pub rate: Vec<Rate>,
    /// Kinds of payees that have no budget of their own: they need a budget holder that carries the money.
    pub routed: Vec<String>,
}

impl Document for Rates {
    const PAGE: &'static str = "docs/payees.md";
}

/// What a rate is for one of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Per {
    /// A 亩 of a parcel.
    #[serde(rename = "亩")]
    Mu,
    /// A person in the register, parcels or none.
    #[serde(rename = "人")]
    Person,
}

/// A rate.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// Short name.
    pub id: String,
    /// Printed name.
    pub name: Text,
    /// Money for one, with its unit: `"16 元"`.
    #[serde(deserialize_with = "money")]
    pub amount: Money,
    /// One of what.
    pub per: Per,
    /// Class of parcels that it is for; default any.
    #[serde(default)]
    pub class: Option<String>,
    /// Ownership of parcels that it is for; default any.
    #[serde(default)]
    pub ownership: Option<String>,
    /// Kind of payees that it is for; default any.
    #[serde(default)]
    pub kind: Option<String>,
    /// First day on which it holds.
    pub from: Date,
    /// Last day on which it holds; default without end.
    #[serde(default)]
    pub until: Option<Date>,
    /// Rates of one group do not add up: the highest is paid.
    #[serde(default)]
    pub group: Option<String>,
    /// Fund, by its code.
    pub fund: String,
    /// Ecosystem, by its code.
    #[serde(default)]
    pub ecosystem: String,
    /// Channel, by its code.
    #[serde(default)]
    pub channel: String,
    /// How it is split between those who hold the right, in per cent that come to 100; default all to the payee.
    #[serde(default)]
    pub split: Vec<Share>,
    /// Basis.
    pub basis: Text,
}

/// A part of what a rate comes to.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Share {
    /// Whom it is for: printed.
    pub to: Text,
    /// Per cent.
    pub percent: Percent,
}

fn money<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Money, D::Error> {
    let text = String::deserialize(deserializer)?;
    Money::parse(&text).map_err(|phrase| refuse(&phrase))
}

impl Rates {
    /// Reads rates.
    ///
    /// # Errors
    /// Everything that is wrong with them, with lines.
    pub fn read(text: &str, file: &str) -> Result<Self, Findings> {
        let opened = typed::open::<Self>(text, file)?;
        let places = opened.places();
        let mut found = Vec::new();
        for (rate, index) in opened.value.rate.iter().zip(1..) {
            let sum = rate.split.iter().map(|share| share.percent.0.exact()).sum::<Exact>();
            if !rate.split.is_empty() && sum != Exact::from_integer(100.into()) {
                let finding = Finding::error("payee.split", places.of(&format!("rate[{index}].split")));
                found.push(finding.with("id", &rate.id));
            }
            if rate.until.is_some_and(|until| until < rate.from) {
                found.push(
                    Finding::error("payee.backwards", places.of(&format!("rate[{index}].until"))).with("id", &rate.id),
                );
            }
            if opened.value.rate.iter().take(index - 1).any(|other| other.id == rate.id) {
                found.push(
                    Finding::error("fund.twice", places.of(&format!("rate[{index}].id"))).with("value", &rate.id),
                );
            }
        }
        if found.is_empty() { Ok(opened.value) } else { Err(Findings(found)) }
    }
}

impl Rate {
    /// Whether it holds on a day.
    pub fn holds(&self, day: Date) -> bool {
        self.from <= day && self.until.is_none_or(|until| day <= until)
    }
}
