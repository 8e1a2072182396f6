//! What a grade of an outcome loses or wins: a part of a base, a fixed sum, and so much for each point of the score.
//!
//! - Basis: fixed rewards (江西 重点生态功能区转移支付 2021–2023); so much a point, the part beyond a level more (浙江 2017–);
//!   cuts in proportion below full marks (福建 综合性生态保护补偿 2018–)
//! - Formula: flat + Σ by · max(0, from − score) of a deduction, flat + Σ by · max(0, score − from) of a reward

use num_traits::Zero;

use crate::figures::exact_percent;
use crate::phrases::{Phrase, Text};
use crate::rules::{Direction, Parameter};
use crate::units::{Decimal, Exact, Money};

/// A part of the base, or an amount.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Size {
    /// Of the base.
    Share(Decimal),
    /// Whatever the base is.
    Sum(Money),
}

/// So much for each point of the score.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Where counting begins.
    pub from: Decimal,
    /// For one point.
    pub by: Size,
}

/// What a grade loses, or what it wins beside its share of the pot.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Graded {
    /// Whatever the score.
    pub flat: Option<Size>,
    /// By the score.
    pub steps: Vec<Step>,
}

/// A grade of the outcome.
#[derive(Debug, Clone, PartialEq)]
pub struct Grade {
    /// What it is called.
    pub id: String,
    /// The least score of the grade; `None` for no least.
    pub at_least: Option<Decimal>,
    /// Codes of groups that are graded by name, whatever their score.
    pub groups: Vec<String>,
    /// Whether only those are meant.
    pub by_name: bool,
    /// What its groups lose.
    pub deduct: Graded,
    /// What its groups win for certain.
    pub reward: Graded,
    /// Weight of its groups in what is left of the pot; 0 for none.
    pub weight: Decimal,
}

impl Size {
    fn of(self, base: &Exact) -> Exact {
        match self {
            Self::Share(share) => share.exact() * base,
            Self::Sum(sum) => sum.exact(),
        }
    }

    fn with(self, value: Decimal) -> Self {
        match self {
            Self::Share(_) => Self::Share(value),
            Self::Sum(sum) => Self::Sum(Money::of(value, "元").unwrap_or(sum)),
        }
    }

    fn parameter(self, path: String) -> Option<Parameter> {
        let (value, unit) = match self {
            Self::Share(share) => (share, ""),
            Self::Sum(sum) => (Decimal::parse(&sum.yuan()).ok()?, "元"),
        };
        Some(Parameter { path, value, unit: unit.to_owned(), loosen: Direction::Down, end: Some(Decimal::ZERO) })
    }

    fn text(self) -> Text {
        match self {
            Self::Share(share) => Text::same(exact_percent(&share)),
            Self::Sum(sum) => sum.into(),
        }
    }
}

impl Graded {
    /// Whether nothing is written.
    pub fn is_none(&self) -> bool {
        self.flat.is_none() && self.steps.is_empty()
    }

    fn sizes(&mut self, flat: &'static str, points: &'static str) -> impl Iterator<Item = (String, &mut Size)> {
        let steps = self.steps.iter_mut().enumerate();
        let steps = steps.map(move |(at, step)| (format!("{points}[{}].by", at + 1), &mut step.by));
        self.flat.iter_mut().map(move |size| (flat.to_owned(), size)).chain(steps)
    }

    /// In 分, of a base and a score; points count below where a step begins, or above it.
    fn of(&self, base: &Exact, score: Option<Decimal>, below: bool) -> Exact {
        let flat = self.flat.map_or_else(Exact::zero, |size| size.of(base));
        let step = |step: &Step| {
            let Some(score) = score else { return Exact::zero() };
            let points = score.exact() - step.from.exact();
            let points = if below { -points } else { points };
            if points > Exact::zero() { points * step.by.of(base) } else { Exact::zero() }
        };
        self.steps.iter().map(step).fold(flat, |sum, one| sum + one)
    }
}

impl Grade {
    /// Whether its groups lose something.
    pub fn loses(&self) -> bool {
        !self.deduct.is_none()
    }

    /// Whether its groups win something.
    pub fn wins(&self) -> bool {
        !self.weight.is_zero() || !self.reward.is_none()
    }

    /// Whether the score of a group matters.
    pub fn looks_at_scores(&self) -> bool {
        !self.by_name || !self.deduct.steps.is_empty() || !self.reward.steps.is_empty()
    }

    /// What a group loses, in 分: never more than there is.
    pub fn cut(&self, base: &Exact, score: Option<Decimal>) -> Exact {
        self.deduct.of(base, score, true).min(base.clone()).max(Exact::zero())
    }

    /// What a group wins beside its share of the pot, in 分.
    pub fn won(&self, base: &Exact, score: Option<Decimal>) -> Exact {
        self.reward.of(base, score, false)
    }

    /// Its numbers with their paths within the grade: less of either is looser.
    fn sizes(&mut self) -> impl Iterator<Item = (String, &mut Size)> {
        let lost = self.deduct.sizes("deduct", "deduct_per_point");
        lost.chain(self.reward.sizes("reward_sum", "reward_per_point"))
    }

    /// Its numbers, at a path.
    pub fn parameters(&self, path: &str) -> Vec<Parameter> {
        let mut own = self.clone();
        own.sizes().filter_map(|(key, size)| size.parameter(format!("{path}.{key}"))).collect()
    }

    /// Replaces a number, where it is one of this grade.
    pub fn replace(&mut self, path: &str, (wanted, value): (&str, Decimal)) {
        for (_, size) in self.sizes().filter(|(key, _)| format!("{path}.{key}") == wanted) {
            *size = size.with(value);
        }
    }

    /// In words: `差 扣减 5%`; `None` where it neither loses nor wins.
    pub fn words(&self) -> Option<Text> {
        let by_score = self.at_least.filter(|_| !self.by_name).map_or_else(String::new, |least| format!("(≥ {least})"));
        let mut parts: Vec<Text> = Vec::new();
        let mut put = |code: &'static str, size: Text, from: Option<Decimal>| {
            let from = from.map(|from| from.to_string()).unwrap_or_default();
            parts.push(Phrase::new(code).with("size", size).with("from", from).text());
        };
        for (graded, flat, step) in [
            (&self.deduct, "rules.grade_loses", "rules.grade_loses_by_point"),
            (&self.reward, "rules.grade_wins", "rules.grade_wins_by_point"),
        ] {
            graded.flat.iter().for_each(|size| put(flat, size.text(), None));
            graded.steps.iter().for_each(|one| put(step, one.by.text(), Some(one.from)));
        }
        if !self.weight.is_zero() {
            put("rules.grade_shares", Text::same(self.weight.to_string()), None);
        }
        if parts.is_empty() {
            return None;
        }
        let said = crate::rules::naming::joined(&parts, ", ");
        let name = format!("{}{by_score}", self.id);
        Some(Text { zh: format!("{name} {}", said.zh), en: format!("{name} {}", said.en) })
    }
}
