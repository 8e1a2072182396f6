//! From the document to a game that can be answered, or all that is wrong with it.

use crate::cooperative::form::Form;
use crate::cooperative::game::{Game, TABLE_MAX};
use crate::cooperative::request::{GameRequest, Kind, PARTIES_MAX};
use crate::cooperative::worths;
use crate::division::figure;
use crate::finding::{Finding, FindingLog, Findings};
use crate::phrases::is_steering;
use crate::units::Money;

/// Most drawn parties in all orders together.
const STEPS_MAX: usize = 50_000_000;

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
