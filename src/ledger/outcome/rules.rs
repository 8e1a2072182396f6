//! Rules of the outcome: `outcome.toml`.

use ecocomp_ground::document::typed::{self, Document, refuse};
use ecocomp_ground::finding::{Finding, Findings};
use ecocomp_ground::phrases::Text;
use ecocomp_ground::units::{Decimal, Exact, Money};
use serde::{Deserialize, Deserializer};

use crate::damage::Number;
use crate::rules::Percent;

/// Rules of the outcome.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OutcomeRules {
    /// Items of the form; their weights come to 100.
    pub item: Vec<Item>,
    /// Grades, each from its least score to that of the one above.
    pub band: Vec<Band>,
    /// Score → multiplier of the entitlement, piecewise linear.
    pub points: Vec<Point>,
    /// Double assessment: the score of GEP and that of GDP.
    pub double: Option<Double>,
    /// Ecological credit.
    pub credit: Option<Credit>,
    /// Rules of money.
    pub money: Vec<MoneyRule>,
    /// Most that may be taken from the pot for rewards, beyond what the cuts bring.
    #[serde(deserialize_with = "maybe_money")]
    pub pot: Option<Money>,
    /// Fund that pays the rewards.
    pub fund: String,
}

impl Document for OutcomeRules {
    const PAGE: &'static str = "docs/ledger.md";
}

/// An item of the form.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Column of the table of facts; `execution` is reckoned from the ledger.
    pub id: String,
    /// Printed name.
    pub name: Text,
    /// Points at most.
    pub weight: Number,
}

/// A grade.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Band {
    /// Its name.
    pub name: Text,
    /// Least score; the band reaches to that of the one above, which is not part of it.
    pub least: Number,
    /// Multiplier that goes with it; of credit alone.
    #[serde(default)]
    pub multiplier: Option<Number>,
    /// Negative list: nothing next year.
    #[serde(default)]
    pub excluded: bool,
}

/// A corner of a piecewise linear function.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Point {
    /// Score.
    pub score: Number,
    /// Multiplier.
    pub multiplier: Number,
}

/// Double assessment.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Double {
    /// Weight of the score of GEP, in per cent; the rest is that of GDP.
    pub gep: Percent,
    /// Score → multiplier.
    pub points: Vec<Point>,
    /// Basis.
    pub basis: Text,
}

/// Ecological credit: points for acts, grades, validity, repair.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Credit {
    /// Points to begin with.
    pub start: Number,
    /// Days that an act counts; default for ever.
    #[serde(default)]
    pub valid_days: Option<i32>,
    /// Acts.
    pub act: Vec<ActRule>,
    /// Grades with multipliers.
    pub band: Vec<Band>,
    /// Basis.
    pub basis: Text,
}

/// Points of an act.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActRule {
    /// What it is called in lists.
    pub name: String,
    /// Points, below zero for what is bad.
    pub points: Number,
}

/// Which way the quality went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Change {
    /// 变好.
    #[serde(rename = "变好")]
    Better,
    /// 不变.
    #[serde(rename = "不变")]
    Same,
    /// 变差.
    #[serde(rename = "变差")]
    Worse,
}

/// A rule from outcome to money.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum MoneyRule {
    /// Worse: a share of this year's money is cut; better: a fixed reward.
    Change {
        /// Per cent of this year's money.
        cut: Percent,
        /// Reward.
        #[serde(deserialize_with = "money")]
        reward: Money,
        /// Basis.
        basis: Text,
    },
    /// Money by points of a measure: so much a point of its fall, more for what is beyond the mean, so much less a point of its rise.
    Pieces {
        /// Column of the table of facts.
        measure: String,
        /// Fall of the whole group, in points.
        mean_fall: Number,
        /// A point of fall.
        #[serde(deserialize_with = "money")]
        fall: Money,
        /// A further point of fall beyond the mean.
        #[serde(deserialize_with = "money")]
        beyond: Money,
        /// A point of rise; below zero.
        #[serde(deserialize_with = "money")]
        rise: Money,
        /// Basis.
        basis: Text,
    },
    /// Below a score this year's money is cut in proportion.
    Threshold {
        /// Full score.
        full: Number,
        /// Basis.
        basis: Text,
    },
    /// What stays unspent and grew is cut by a share of its growth.
    Surplus {
        /// Per cent of the growth.
        share: Percent,
        /// Basis.
        basis: Text,
    },
}

fn money<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Money, D::Error> {
    let text = String::deserialize(deserializer)?;
    Money::parse(&text).map_err(|phrase| refuse(&phrase))
}

fn maybe_money<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Money>, D::Error> {
    money(deserializer).map(Some)
}

fn rising(points: &[Point]) -> bool {
    points.iter().zip(points.iter().skip(1)).all(|(one, next)| one.score < next.score)
}

impl OutcomeRules {
    /// Reads rules.
    ///
    /// # Errors
    /// Everything that is wrong with them, with lines.
    pub fn read(text: &str, file: &str) -> Result<Self, Findings> {
        let opened = typed::open::<Self>(text, file)?;
        let places = opened.places();
        let rules = opened.value.clone();
        let mut found = Vec::new();
        let sum = rules.item.iter().map(|item| item.weight.0.exact()).sum::<Exact>();
        if rules.item.len() > 8 {
            found.push(Finding::error("outcome.weights", places.of("item")));
        }
        if !rules.item.is_empty() && sum != Exact::from_integer(100.into()) {
            found.push(Finding::error("outcome.weights", places.of("item")));
        }
        let double = rules.double.as_ref().map_or(&[][..], |double| double.points.as_slice());
        for (name, points) in [("points", rules.points.as_slice()), ("double.points", double)] {
            if !rising(points) {
                found.push(Finding::error("outcome.not_rising", places.of(name)));
            }
        }
        let credit = rules.credit.as_ref().map_or(&[][..], |credit| credit.band.as_slice());
        for (name, bands) in [("band", rules.band.as_slice()), ("credit.band", credit)] {
            let falls = bands.iter().zip(bands.iter().skip(1)).all(|(one, next)| one.least > next.least);
            if !falls {
                found.push(Finding::error("outcome.bands", places.of(name)));
            }
        }
        let below = rules.points.iter().chain(double).any(|point| point.multiplier.0 < Decimal::ZERO);
        if below {
            found.push(Finding::error("fund.below_zero", places.of("points")).with("value", "multiplier"));
        }
        if found.is_empty() { Ok(rules) } else { Err(Findings(found)) }
    }
}
