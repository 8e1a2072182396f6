//! What is asked: parties, what coalitions are worth (a table or a form), which solutions.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::cooperative::form::Form;
use crate::cooperative::game::{Game, TABLE_MAX};
use crate::cooperative::worths;
use crate::division::figure::{self, Figure, UNIT};
use crate::document::typed::Document;
use crate::finding::{Finding, FindingLog, Findings, Place};
use crate::phrases::is_steering;
use crate::units::Money;

/// Most parties of a game given by a form.
pub const PARTIES_MAX: usize = 500;

/// Most drawn parties in all orders together.
const STEPS_MAX: usize = 50_000_000;

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

/// A request that can be answered: worths as gains.
pub(super) struct Read {
    pub names: Vec<String>,
    /// The form with the sign of its amounts as written; absent for a table.
    pub form: Option<Form>,
    /// All coalitions, where there are few enough parties.
    pub game: Option<Game>,
    /// Worth of everyone alone, of all without each, of all, as gains.
    pub alone: Vec<i64>,
    pub marginal: Vec<i64>,
    pub whole: i64,
    /// −min(stand-alone cost, benefit), as gains; alone where no benefits are given.
    pub justified: Vec<i64>,
    pub unit_fen: i64,
    /// Whether shares are shown as costs.
    pub is_cost: bool,
    pub benefits_given: bool,
}

impl GameRequest {
    pub(super) fn place(&self) -> Place {
        self.file.as_ref().map_or_else(Place::default, Place::file)
    }

    /// A key of the document.
    pub(super) fn at(&self, key: impl Into<String>) -> Place {
        self.place().column(key)
    }

    /// The game, or all that is wrong with it.
    pub(super) fn read(&self) -> Result<Read, Findings> {
        let mut log = FindingLog::default();
        self.check_head(&mut log);
        if log.errors() > 0 {
            return Err(Findings(log.into_findings()));
        }
        let names: Vec<String> = self.parties.iter().map(|name| name.trim().to_owned()).collect();
        let form = worths::form(self, &names, &mut log);
        if form.is_none() && names.len() > TABLE_MAX {
            let finding = Finding::error("cooperative.table_too_large", self.at("parties"));
            log.push(finding.with("parties", names.len().to_string()).with("most", TABLE_MAX.to_string()));
        }
        if log.errors() > 0 {
            return Err(Findings(log.into_findings()));
        }
        let written = match &form {
            Some(form) if names.len() <= TABLE_MAX => worths::tabulate(form, names.len()),
            Some(_) => Some(Vec::new()),
            None => worths::table(self, &names, &mut log),
        };
        let Some(written) = written.filter(|_| log.errors() == 0) else {
            if log.errors() == 0 {
                log.push(Finding::error("cooperative.too_large", self.place()));
            }
            return Err(Findings(log.into_findings()));
        };
        let game = if form.is_some() && names.len() > TABLE_MAX { None } else { self.signed(written) };
        let ends = match (&game, &form) {
            (Some(game), _) => Some((game.alone(), game.marginal(), game.worth(game.all()))),
            (None, Some(form)) => worths::ends(form, names.len(), self.kind == Kind::Cost),
            (None, None) => None,
        };
        let Some((alone, marginal, whole)) = ends else {
            return Err(Finding::error("cooperative.too_large", self.place()).into());
        };
        if self.as_savings && (self.kind == Kind::Gain || game.is_none()) {
            return Err(Finding::error("cooperative.savings", self.at("as_savings")).into());
        }
        let benefits = self.benefits(&names, &mut log);
        let unit_fen = self.rounding_fen(&mut log);
        let justified = match &benefits {
            Some(benefits) => alone.iter().zip(benefits).map(|(alone, benefit)| (*alone).max(-benefit)).collect(),
            None => alone.clone(),
        };
        let is_cost = self.kind == Kind::Cost && !self.as_savings;
        let benefits_given = benefits.is_some();
        let read = Read { names, form, game, alone, marginal, whole, justified, unit_fen, is_cost, benefits_given };
        Findings::gate(read, log.into_findings()).map(|(read, _)| read)
    }

    /// Worths as written, made gains.
    fn signed(&self, mut worths: Vec<i64>) -> Option<Game> {
        if self.kind == Kind::Cost {
            worths.iter_mut().for_each(|worth| *worth = -*worth);
        }
        let mut game = Game::new(worths)?;
        if self.as_savings {
            let alone = game.alone();
            for (coalition, worth) in (0_u32..).zip(&mut game.worths) {
                let apart: i128 = alone
                    .iter()
                    .enumerate()
                    .filter(|(i, _)| coalition >> i & 1 == 1)
                    .map(|(_, own)| i128::from(*own))
                    .sum();
                *worth = i64::try_from(i128::from(*worth) - apart).ok()?;
            }
        }
        Some(game)
    }

    fn check_head(&self, log: &mut FindingLog) {
        if !Money::knows(self.unit()) {
            let finding = Finding::error("units.unit_unknown", self.at("unit")).with("value", self.unit());
            log.push(finding.with("unit", self.unit()).with("units", Money::units()));
        }
        self.check_units(log);
        if self.parties.is_empty() {
            log.push(Finding::error("cooperative.no_parties", self.at("parties")));
        }
        if self.parties.len() > PARTIES_MAX {
            let finding = Finding::error("cooperative.too_many", self.at("parties"));
            log.push(finding.with("most", PARTIES_MAX.to_string()));
        }
        let mut seen = std::collections::BTreeSet::new();
        for name in &self.parties {
            let name = name.trim();
            if name.is_empty() || name.contains(worths::JOINTS) || name.contains(is_steering) {
                log.push(Finding::error("cooperative.party_name", self.at("parties")).with("name", name));
            } else if !seen.insert(name) {
                log.push(Finding::error("policy.word_twice", self.at("parties")).with("word", name));
            }
        }
        let steps = self.orders.saturating_mul(self.parties.len().max(1));
        if self.orders == 0 || steps > STEPS_MAX {
            let finding = Finding::error("cooperative.orders", self.at("orders"));
            log.push(finding.with("most", STEPS_MAX.to_string()));
        }
        let forms = [
            self.coalitions.is_some(),
            self.components.is_some(),
            self.airport.is_some(),
            self.bankruptcy.is_some(),
            self.majority.is_some(),
            self.scale.is_some(),
            self.river.is_some(),
        ];
        if forms.iter().filter(|given| **given).count() != 1 {
            log.push(Finding::error("cooperative.one_form", self.place()));
        }
    }

    /// Unit of amounts written without one.
    pub(super) fn unit(&self) -> &str {
        self.unit.as_deref().unwrap_or(UNIT)
    }

    fn check_units(&self, log: &mut FindingLog) {
        if self.unit.is_some() {
            return;
        }
        let tables = [("coalitions", &self.coalitions), ("benefits", &self.benefits)];
        let amounts = tables
            .into_iter()
            .flat_map(|(key, table)| table.iter().flatten().map(move |(name, figure)| (figure, (key, name))));
        let place = |(key, name): &(&str, &String)| self.at(format!("{key}.{name}"));
        figure::check_units(&amounts.collect::<Vec<_>>(), place, log);
    }

    fn benefits(&self, names: &[String], log: &mut FindingLog) -> Option<Vec<i64>> {
        let given = self.benefits.as_ref()?;
        if self.kind == Kind::Gain || self.as_savings {
            log.push(Finding::error("cooperative.benefits_of_gains", self.at("benefits")));
            return None;
        }
        worths::amounts(self, given, names, "benefits", log)
    }

    fn rounding_fen(&self, log: &mut FindingLog) -> i64 {
        let Some(figure) = &self.rounding else { return 1 };
        match figure.money(self.unit()) {
            Ok(unit) if unit.fen() > 0 => unit.fen(),
            Ok(_) => {
                log.push(Finding::error("division.rounding", self.at("rounding")));
                1
            }
            Err(phrase) => {
                log.push(Finding::from_phrase(phrase, self.at("rounding")));
                1
            }
        }
    }
}
