//! What a case still owes, what the fund received for it, and what was used.

use std::collections::BTreeMap;

use ecocomp_ground::finding::{Finding, Findings, Place};
use ecocomp_ground::phrases::Text;
use ecocomp_ground::units::Money;

use crate::damage::cases::{Case, Cases, HeadKind};
use crate::damage::rules::{DamageRules, Enters};
use crate::date::Date;

/// A case on a day, in 分.
#[derive(Debug, Clone, PartialEq)]
pub struct Due {
    /// Its number.
    pub case: String,
    /// Heads of claim.
    pub heads: BTreeMap<HeadKind, i64>,
    /// Sum of the heads.
    pub claimed: i64,
    /// Accepted in kind or by substitutes.
    pub in_kind: i64,
    /// Paid in money that takes the claim away.
    pub paid: i64,
    /// Done, but neither accepted nor cancelled.
    pub open: i64,
    /// Received by the fund.
    pub received: i64,
    /// Used of it.
    pub used: i64,
    /// Day since when its money lies there unused; `None` without balance.
    pub idle_since: Option<Date>,
}

impl Due {
    /// Claimed and neither paid nor accepted in kind; never below zero.
    pub fn due(&self) -> i64 {
        (self.claimed - self.in_kind - self.paid).max(0)
    }

    /// Received and not used.
    pub fn balance(&self) -> i64 {
        self.received - self.used
    }
}

/// Money that came into the fund or was used.
#[derive(Debug, Clone, PartialEq)]
pub struct Movement {
    /// Day.
    pub on: Date,
    /// Case.
    pub case: String,
    /// Into the fund (above zero) or used (below zero), in 分.
    pub fen: i64,
    /// How it was performed, or the project.
    pub what: Text,
    /// Account that it went to, of what came in.
    pub account: Text,
}

fn enters(case: &Case, rule: Enters) -> bool {
    rule == Enters::Yes || (rule == Enters::May && case.by_reference)
}

fn of_case(case: &Case, rules: &DamageRules, day: Date) -> Due {
    let mut heads: BTreeMap<HeadKind, i64> = BTreeMap::new();
    for head in &case.head {
        // What cannot be reckoned was refused when the cases were read.
        let fen = match (&head.amount, &head.formula) {
            (Some(amount), _) => amount.fen(),
            (None, Some(formula)) => rules.formula(formula, &head.values, &head.class).unwrap_or(0),
            (None, None) => 0,
        };
        *heads.entry(head.head).or_default() += fen;
    }
    let claimed = heads.values().sum();
    let (mut in_kind, mut paid, mut open, mut received) = (0, 0, 0, 0);
    let mut last: Option<Date> = None;
    for done in case.performance.iter().filter(|done| done.on <= day) {
        let Ok(entry) = rules.entry(&done.entry) else { continue };
        let fen = done.amount.fen();
        let counts = done.counts_from(entry.money).is_some_and(|from| from <= day);
        match (entry.counts, entry.money) {
            (false, _) => {}
            (true, true) => paid += fen,
            (true, false) if counts => in_kind += fen,
            (true, false) => open += fen,
        }
        if enters(case, entry.enters) {
            received += fen;
            last = last.max(Some(done.on));
        }
    }
    let uses = || case.uses.iter().filter(|used| used.on <= day);
    let used: i64 = uses().map(|used| used.amount.fen()).sum();
    let last = uses().map(|used| used.on).max().max(last);
    let idle_since = last.filter(|_| received > used);
    Due { case: case.id.clone(), heads, claimed, in_kind, paid, open, received, used, idle_since }
}

/// Every case on a day.
///
/// # Errors
/// A case used more than the fund received for it.
pub fn due(cases: &Cases, rules: &DamageRules, day: Date) -> Result<Vec<Due>, Findings> {
    let all: Vec<Due> = cases.cases.iter().map(|case| of_case(case, rules, day)).collect();
    let broken = all.iter().filter(|due| due.balance() < 0).map(|due| {
        Finding::error("damage.used_more", Place::default())
            .with("id", &due.case)
            .with("used", Money::from_fen(due.used))
            .with("received", Money::from_fen(due.received))
    });
    let found: Vec<Finding> = broken.collect();
    if found.is_empty() { Ok(all) } else { Err(Findings(found)) }
}

/// What came into the fund and what was used until a day, in order.
pub fn movements(cases: &Cases, rules: &DamageRules, day: Date) -> Vec<Movement> {
    let mut all = Vec::new();
    for case in &cases.cases {
        for done in &case.performance {
            let Ok(entry) = rules.entry(&done.entry) else { continue };
            if enters(case, entry.enters) {
                all.push(Movement {
                    on: done.on,
                    case: case.id.clone(),
                    fen: done.amount.fen(),
                    what: entry.name.clone(),
                    account: entry.account.clone(),
                });
            }
        }
        all.extend(case.uses.iter().map(|used| Movement {
            on: used.on,
            case: case.id.clone(),
            fen: -used.amount.fen(),
            what: Text::same(&used.project),
            account: Text::same(""),
        }));
    }
    all.retain(|movement| movement.on <= day);
    all.sort_by(|a, b| (a.on, &a.case, -a.fen).cmp(&(b.on, &b.case, -b.fen)));
    all
}
