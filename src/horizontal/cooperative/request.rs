//! What is asked: parties, what coalitions are worth (a table or a form), which solutions.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::division::figure::{Figure, UNIT};
use crate::document::typed::Document;
use crate::finding::Place;

/// Most parties of a game given by a form.
pub const PARTIES_MAX: usize = 500;

/// Whether worths are what coalitions gain or what they must pay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, serde::Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// More is better; a share is what a party gets.
    Gain,
    /// Less is better; a share is what a party pays.
    Cost,
}

/// What stands for coalitions that a table leaves out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// They are an error, and named.
    #[default]
    Error,
    /// Their worth is 0.
    Zero,
    /// They do what their members do alone.
    Apart,
    /// They split up in the best way into coalitions that the table has.
    BestPartition,
}

/// A game and what is to be found of it.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GameRequest {
    /// What it is about.
    #[serde(default)]
    pub title: String,
    /// Where the figures come from.
    #[serde(default)]
    pub source: String,
    /// gain or cost.
    pub kind: Kind,
    /// Unit of amounts written without one; default 元, where no coalition or benefit is written in another unit.
    #[serde(default)]
    pub unit: Option<String>,
    /// Names of the parties.
    pub parties: Vec<String>,
    /// Shares are whole multiples of this amount; default 1 分.
    #[serde(default)]
    pub rounding: Option<Figure>,
    /// A cost game is solved as the gains it brings, v(S) = Σ c(i) − c(S).
    #[serde(default)]
    pub as_savings: bool,
    /// Table: names joined by `+`, and what they gain or pay together.
    #[serde(default)]
    pub coalitions: Option<BTreeMap<String, Figure>>,
    /// What coalitions not in the table are worth.
    #[serde(default)]
    pub missing: Missing,
    /// Form: facilities or services with their users.
    #[serde(default)]
    pub components: Option<Vec<Component>>,
    /// Form: the largest need decides.
    #[serde(default)]
    pub airport: Option<Airport>,
    /// Form: what is left when the others' claims are paid.
    #[serde(default)]
    pub bankruptcy: Option<Bankruptcy>,
    /// Form: a prize for those who reach a quota.
    #[serde(default)]
    pub majority: Option<Majority>,
    /// Form: an amount that depends on the sum of quantities.
    #[serde(default)]
    pub scale: Option<Scale>,
    /// Form: parties along a river share its inflows; they are listed from source to mouth.
    #[serde(default)]
    pub river: Option<River>,
    /// Benefit of each party from the project, for SCRB; else its stand-alone cost alone counts.
    #[serde(default)]
    pub benefits: Option<BTreeMap<String, Figure>>,
    /// Orders drawn where the Shapley value is sampled; default 20 000.
    #[serde(default = "orders")]
    pub orders: usize,
    /// Seed of the orders.
    #[serde(default = "seed")]
    pub seed: u64,
    /// File that it stands in, for findings.
    #[serde(skip)]
    pub file: Option<String>,
}

impl Document for GameRequest {
    const PAGE: &'static str = "docs/fair-division.md";
}

fn orders() -> usize {
    20_000
}

fn seed() -> u64 {
    1
}

/// One facility or service.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Component {
    /// What it is.
    #[serde(default)]
    pub name: String,
    /// What it costs or brings.
    pub amount: Figure,
    /// Names of its users; default all parties.
    #[serde(default)]
    pub users: Option<Vec<String>>,
    /// any: it counts as soon as one user is in; all: only with all of them.
    #[serde(default)]
    pub when: When,
}

/// When a component counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum When {
    /// With any user.
    #[default]
    Any,
    /// With all users.
    All,
}

/// Airport game.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Airport {
    /// Amount that each party needs alone.
    pub needs: BTreeMap<String, Figure>,
}

/// Bankruptcy game.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bankruptcy {
    /// What there is.
    pub amount: Figure,
    /// What each claims.
    pub claims: BTreeMap<String, Figure>,
}

/// Weighted majority game.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Majority {
    /// Amount.
    pub prize: Figure,
    /// Sum of weights that wins.
    pub quota: Figure,
    /// Weight of each.
    pub weights: BTreeMap<String, Figure>,
}

/// Sharing a river (Ambec & Sprumont 2002).
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct River {
    /// Water that rises in the territory of each party.
    pub inflows: BTreeMap<String, Figure>,
    /// Benefit of each party: pairs of quantity and amount from [0, 0], joined by straight lines whose slopes do not rise; level
    /// after the last pair.
    pub benefits: BTreeMap<String, Vec<(Figure, Figure)>>,
}

/// Costs (or gains) of scale.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scale {
    /// Quantity of each.
    pub quantities: BTreeMap<String, Figure>,
    /// Pairs of quantity and amount, joined by straight lines; the first quantity is 0.
    pub points: Vec<(Figure, Figure)>,
}

impl GameRequest {
    pub(super) fn place(&self) -> Place {
        self.file.as_ref().map_or_else(Place::default, Place::file)
    }

    /// A key of the document.
    pub(super) fn at(&self, key: impl Into<String>) -> Place {
        self.place().column(key)
    }

    /// Unit of amounts written without one.
    pub(super) fn unit(&self) -> &str {
        self.unit.as_deref().unwrap_or(UNIT)
    }
}
