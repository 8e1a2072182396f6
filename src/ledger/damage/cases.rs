//! The register of cases.

use std::collections::BTreeMap;

use ecocomp_ground::document::typed::{self, Document, refuse};
use ecocomp_ground::finding::{Finding, Findings};
use ecocomp_ground::phrases::Text;
use ecocomp_ground::units::Money;
use serde::{Deserialize, Deserializer};

use crate::damage::rules::{DamageRules, Number};
use crate::date::Date;

/// Cases: `cases.toml`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cases {
    /// Printed name of the register.
    pub name: Text,
    /// Whether the cases are made up to show the method.
    #[serde(default)]
    pub illustrative: bool,
    /// Code of the fund in the ledger.
    #[serde(default)]
    pub fund: String,
    /// Cases.
    #[serde(rename = "case", default)]
    pub cases: Vec<Case>,
}

impl Document for Cases {
    const PAGE: &'static str = "docs/damage.md";
}

/// A case.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Number.
    pub id: String,
    /// What happened.
    pub name: Text,
    /// Who is liable.
    pub liable: String,
    /// Where.
    #[serde(default)]
    pub area: String,
    /// Stage: 线索, 评估, 磋商, 诉讼, 履行, 结案.
    pub stage: String,
    /// Day of the clue.
    #[serde(default)]
    pub found: Option<Date>,
    /// Whether what may enter the fund does (public-interest suits).
    #[serde(default)]
    pub by_reference: bool,
    /// Heads of claim.
    #[serde(default)]
    pub head: Vec<Head>,
    /// What was done or paid.
    #[serde(default)]
    pub performance: Vec<Performance>,
    /// What the money was used for.
    #[serde(default, rename = "use")]
    pub uses: Vec<Use>,
}

/// A head of claim.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// 期间损失 interim, 永久损失 permanent, assessment, restoration, prevention, punitive.
    pub head: HeadKind,
    /// Amount with its unit.
    #[serde(default, deserialize_with = "maybe_money")]
    pub amount: Option<Money>,
    /// Formula instead.
    #[serde(default)]
    pub formula: Option<String>,
    /// Its values.
    #[serde(default)]
    pub values: BTreeMap<String, Number>,
    /// Class that bounds them.
    #[serde(default)]
    pub class: String,
}

/// Heads of claim (民法典 1235, 1232).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HeadKind {
    /// Loss of service until it is restored.
    Interim,
    /// Permanent loss.
    Permanent,
    /// Survey and assessment.
    Assessment,
    /// Clean-up and restoration.
    Restoration,
    /// Cost to stop the damage.
    Prevention,
    /// Punitive.
    Punitive,
}

/// What was done or paid.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Performance {
    /// How: an entry of the rules.
    pub entry: String,
    /// Value with its unit.
    #[serde(deserialize_with = "money")]
    pub amount: Money,
    /// Day.
    pub on: Date,
    /// Day of acceptance, of what is done in kind.
    #[serde(default)]
    pub accepted: Option<Date>,
    /// A substitute: what was bought and cancelled.
    #[serde(default)]
    pub substitute: Option<Substitute>,
}

/// Carbon sinks or other rights in place of money.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Substitute {
    /// Quantity, such as tonnes.
    pub quantity: Number,
    /// Its unit.
    pub unit: String,
    /// Number of the certificate.
    #[serde(default)]
    pub certificate: String,
    /// Day of cancellation: before it could be sold again.
    #[serde(default)]
    pub cancelled: Option<Date>,
}

/// A use of the fund.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Use {
    /// Day.
    pub on: Date,
    /// Amount with its unit.
    #[serde(deserialize_with = "money")]
    pub amount: Money,
    /// Project.
    pub project: String,
    /// Day of acceptance.
    #[serde(default)]
    pub accepted: Option<Date>,
}

fn money<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Money, D::Error> {
    let text = String::deserialize(deserializer)?;
    let money = Money::parse(&text).map_err(|phrase| refuse(&phrase))?;
    if money.fen() < 0 {
        let phrase = ecocomp_ground::phrases::Phrase::new("fund.below_zero").with("value", &text);
        return Err(refuse(&phrase));
    }
    Ok(money)
}

fn maybe_money<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Money>, D::Error> {
    money(deserializer).map(Some)
}

impl Performance {
    /// The day from which it takes the claim away: its own of money, else that of acceptance or cancellation with a certificate.
    pub fn counts_from(&self, is_money: bool) -> Option<Date> {
        match &self.substitute {
            Some(substitute) => substitute.cancelled.filter(|_| !substitute.certificate.is_empty()),
            None if is_money => Some(self.on),
            None => self.accepted,
        }
    }
}

impl Cases {
    /// Reads cases, and looks up every formula and entry.
    ///
    /// # Errors
    /// Everything that is wrong with them, with lines.
    pub fn read(text: &str, file: &str, rules: &DamageRules) -> Result<Self, Findings> {
        let opened = typed::open::<Self>(text, file)?;
        let places = opened.places();
        let mut found = Vec::new();
        for (case, index) in opened.value.cases.iter().zip(1..) {
            let at = |path: String| places.of(&format!("case[{index}].{path}"));
            if opened.value.cases.iter().take(index - 1).any(|other| other.id == case.id) {
                found.push(Finding::error("fund.twice", at("id".to_owned())).with("value", &case.id));
            }
            for (head, number) in case.head.iter().zip(1..) {
                let place = at(format!("head[{number}]"));
                match (head.amount, &head.formula) {
                    (Some(_), None) => {}
                    (None, Some(formula)) => {
                        if let Err(phrase) = rules.formula(formula, &head.values, &head.class) {
                            found.push(Finding::from_phrase(phrase, place));
                        }
                    }
                    _ => found.push(Finding::error("damage.head_form", place).with("id", &case.id)),
                }
            }
            for (done, number) in case.performance.iter().zip(1..) {
                if let Err(phrase) = rules.entry(&done.entry) {
                    found.push(Finding::from_phrase(phrase, at(format!("performance[{number}].entry"))));
                }
            }
        }
        if found.is_empty() { Ok(opened.value) } else { Err(Findings(found)) }
    }
}
