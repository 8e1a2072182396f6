//! Clauses: a kind with its parameters each, one file a kind; every clause checks itself and settles a year.

mod accident;
mod book;
mod budget;
mod cap;
mod clawback;
mod exceedance;
mod excess;
mod frame;
mod funds;
mod ladder;
mod limits;
mod pay;
mod payment;
mod pool;
mod prepay;
mod quantity;
mod tiers;

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::agreement::check::Check;
use crate::agreement::standing::Confirmed;
use crate::agreement::written::{Label, Side};
use crate::finding::Finding;
use crate::phrases::{Phrase, Text};

pub use accident::Accident;
pub use book::{Book, Flow};
pub use budget::Budget;
pub use cap::Cap;
pub use clawback::Clawback;
pub use exceedance::Exceedance;
pub(crate) use exceedance::limit;
pub use excess::Excess;
pub use frame::{Frame, MonthFact, Valued};
pub(crate) use frame::{class_of, list, month_with};
pub use funds::Funds;
pub use ladder::{Ladder, Rung};
pub use limits::Limits;
pub use pay::{Count, Pay, Per, ShareOf};
pub use payment::Payment;
pub use pool::Pool;
pub use prepay::Prepay;
pub use quantity::{Method, Price, Quantity, Step};
pub use tiers::{Mode, Tier, Tiers};

pub(crate) use book::divided;
pub(crate) use frame::Call;

/// One clause: what it is called, what it stands on, and exactly one kind with its parameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Clause {
    /// Short name within the file.
    pub id: String,
    /// Printed name.
    pub title: Label,
    /// Article or legal text it stands on; shown with every result.
    pub basis: String,
    /// How far it is confirmed, where that differs from the whole agreement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed: Option<Confirmed>,
    /// First and last year in which it holds; the whole term where it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub years: Option<[i32; 2]>,
    /// A fixed payment, the same every year or by year.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment: Option<Payment>,
    /// Payments by tiers of a measure: bets in either direction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tiers: Option<Tiers>,
    /// A common fund: who pays in, who receives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool: Option<Pool>,
    /// What is taken back where a measure falls short.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clawback: Option<Clawback>,
    /// Payments for every section-month by classes better or worse than the target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ladder: Option<Ladder>,
    /// Payments for every section-month and indicator above its limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exceedance: Option<Exceedance>,
    /// A price for every m³, by steps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Quantity>,
    /// What an event does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accident: Option<Accident>,
    /// The most that clauses together may pay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap: Option<Cap>,
    /// The most that a party pays in a year.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Budget>,
    /// Advances that the settlement credits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prepay: Option<Prepay>,
}

/// What every kind of clause does.
pub(crate) trait Kind {
    /// Says what is wrong with its parameters; `path` is where they stand.
    fn check(&self, path: &str, check: &mut Check<'_>);

    /// Settles one year: flows of money into the book, and how they came about.
    ///
    /// # Errors
    /// Data that it needs are missing or cannot be used.
    fn settle(&self, call: &mut Call<'_, '_>) -> Result<(), Finding>;
}

impl Clause {
    /// The kinds that the file gives, by key; a sound clause has one.
    pub(crate) fn kinds(&self) -> Vec<(&'static str, &dyn Kind)> {
        let kinds: [(&'static str, Option<&dyn Kind>); 11] = [
            ("payment", self.payment.as_ref().map(|kind| kind as &dyn Kind)),
            ("tiers", self.tiers.as_ref().map(|kind| kind as &dyn Kind)),
            ("pool", self.pool.as_ref().map(|kind| kind as &dyn Kind)),
            ("clawback", self.clawback.as_ref().map(|kind| kind as &dyn Kind)),
            ("ladder", self.ladder.as_ref().map(|kind| kind as &dyn Kind)),
            ("exceedance", self.exceedance.as_ref().map(|kind| kind as &dyn Kind)),
            ("quantity", self.quantity.as_ref().map(|kind| kind as &dyn Kind)),
            ("accident", self.accident.as_ref().map(|kind| kind as &dyn Kind)),
            ("cap", self.cap.as_ref().map(|kind| kind as &dyn Kind)),
            ("budget", self.budget.as_ref().map(|kind| kind as &dyn Kind)),
            ("prepay", self.prepay.as_ref().map(|kind| kind as &dyn Kind)),
        ];
        kinds.into_iter().filter_map(|(key, kind)| Some((key, kind?))).collect()
    }

    /// The payments that it writes out.
    fn pays(&self) -> Vec<&Pay> {
        let payment = self.payment.iter().flat_map(|kind| &kind.pay);
        let tiers = self.tiers.iter().flat_map(|kind| &kind.tier).flat_map(|tier| &tier.pay);
        let clawback = self.clawback.iter().flat_map(|kind| &kind.pay);
        let rungs =
            self.ladder.iter().flat_map(|kind| kind.better.iter().chain(&kind.worse)).flat_map(|rung| &rung.pay);
        let accident = self.accident.iter().flat_map(|kind| &kind.pay);
        payment.chain(tiers).chain(clawback).chain(rungs).chain(accident).collect()
    }

    /// The parties between whom it moves money, as far as it names them itself.
    pub(crate) fn parties(&self) -> BTreeSet<&str> {
        let mut sides: Vec<&Side> = self.pays().into_iter().flat_map(|pay| [&pay.from, &pay.to]).collect();
        sides.extend(self.exceedance.iter().flat_map(|kind| [&kind.from, &kind.to]));
        sides.extend(self.quantity.iter().flat_map(|kind| [&kind.from, &kind.to]));
        let mut parties = BTreeSet::new();
        for side in sides {
            match side {
                Side::One(party) => {
                    parties.insert(party.as_str());
                }
                Side::Several(shares) => parties.extend(shares.keys().map(String::as_str)),
            }
        }
        if let Some(pool) = &self.pool {
            parties.insert(pool.fund.as_str());
            parties.extend(pool.contribute.keys().chain(pool.distribute.keys()).map(String::as_str));
        }
        for advance in self.prepay.iter().flat_map(|kind| &kind.advance) {
            parties.extend([advance.from.as_str(), advance.to.as_str()]);
        }
        parties
    }

    /// Measures that it looks at.
    pub(crate) fn measures(&self) -> Vec<&str> {
        let tiers = self.tiers.as_ref().map(|kind| kind.on.as_str());
        let clawback = self.clawback.as_ref().map(|kind| kind.on.as_str());
        let quantity = self.quantity.as_ref().map(|kind| kind.on.as_str());
        [tiers, clawback, quantity].into_iter().flatten().collect()
    }

    /// Whether it holds in a year.
    pub fn holds_in(&self, year: i32) -> bool {
        self.years.is_none_or(|[first, last]| (first..=last).contains(&year))
    }

    /// Printed name of its kind.
    pub fn kind_name(&self) -> Text {
        let key = self.kinds().first().map_or("", |(key, _)| *key);
        Phrase::new(match key {
            "payment" => "agreement.kind_payment",
            "tiers" => "agreement.kind_tiers",
            "pool" => "agreement.kind_pool",
            "clawback" => "agreement.kind_clawback",
            "ladder" => "agreement.kind_ladder",
            "exceedance" => "agreement.kind_exceedance",
            "quantity" => "agreement.kind_quantity",
            "accident" => "agreement.kind_accident",
            "cap" => "agreement.kind_cap",
            "budget" => "agreement.kind_budget",
            _ => "agreement.kind_prepay",
        })
        .text()
    }
}
