//! Deduction that pays the reward: groups with a poor outcome lose a part of a base, and what they lose goes to the good ones (扣减奖励).
//!
//! - Basis: reward and cut by the assessed outcome (财预〔2022〕59号; of provinces, 江西 重点生态功能区转移支付 2021–2023)
//! - Formula: cut(g) and fixed reward(g) as the grade says, down to the 分; pot = Σ cut + extra − Σ fixed reward, at least 0;
//!   reward(g) = fixed reward and the pot by weight · key(g), largest remainder;
//!   Σ(g) ≤ base(g) − cut(g) for the deducted, Σ(g) ≥ base(g) + reward(g) for the rewarded; where the rounding unit is coarser
//!   than 1 分 the first rounds up to it and the second down
//! - Rows: `cap[group]` and `floor[group]`
//! - Cannot hold when: a floor or corridor holds a deducted group above, or the rewards need more than the funds leave

use num_traits::{Signed, ToPrimitive, Zero};

use crate::phrases::{Phrase, Text};
use crate::rules::frame::{Frame, MissingFigure};
use crate::rules::grades::Grade;
use crate::rules::measure::{Measure, Part};
use crate::rules::requirement::{Member, Requirement, Variable};
use crate::rules::selection::{Per, Selection};
use crate::rules::{Direction, Parameter, Violation};
use crate::units::{Decimal, Exact, Money, largest_remainder};

/// How the pot is divided among the rewarded.
#[derive(Debug, Clone, PartialEq)]
pub enum Key {
    /// Each the same.
    Equal,
    /// By a figure, summed over the group; a score is that of the group.
    Figure(String),
}

/// Deduction and reward.
#[derive(Debug, Clone, PartialEq)]
pub struct Deduction {
    /// The money concerned.
    pub of: Selection,
    /// Each area or each cell.
    pub per: Per,
    /// The score.
    pub indicator: String,
    /// What is deducted from.
    pub against: String,
    /// The grades, best first.
    pub grades: Vec<Grade>,
    /// How the pot is divided.
    pub key: Key,
    /// Money of the funds added to the pot.
    pub extra: Money,
}

/// What one group loses or wins.
#[derive(Debug, Clone, PartialEq)]
pub struct Share {
    /// Code of the group.
    pub group: String,
    /// The cells.
    pub cells: Selection,
    /// Position of its grade; `None` where it has none.
    pub grade: Option<usize>,
    /// What is deducted from, or added to.
    pub base: Exact,
    /// What is deducted.
    pub cut: Money,
    /// What is added, the fixed part included.
    pub reward: Money,
    /// What is added whatever the pot.
    pub fixed: Money,
}

/// What is paid of deductions and `extra` before weights share the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pot {
    /// Deducted and added.
    pub filled: Money,
    /// Fixed rewards.
    pub fixed: Money,
}

impl Pot {
    /// What is left for the weights; where the fixed rewards are more, the funds pay the rest.
    pub fn left(self) -> Money {
        Money::from_fen(self.filled.fen().saturating_sub(self.fixed.fen()).max(0))
    }
}

impl Deduction {
    /// The position of a grade: by name first, else the first whose least score is reached.
    fn grade(&self, group: &str, score: Option<Decimal>) -> Option<usize> {
        let named = self.grades.iter().position(|grade| grade.groups.iter().any(|known| known == group));
        named.or_else(|| {
            let score = score?;
            self.grades.iter().position(|grade| !grade.by_name && grade.at_least.is_none_or(|least| score >= least))
        })
    }

    /// Whether any grade looks at scores.
    pub fn looks_at_scores(&self) -> bool {
        self.grades.iter().any(Grade::looks_at_scores)
    }

    /// The score of a group: that of its area or, where cells have scores, the least of theirs.
    fn score(&self, frame: &Frame, group: &Selection) -> Result<Option<Decimal>, MissingFigure> {
        let mut found = None;
        for cell in &group.cells {
            let blank = || MissingFigure { at: frame.cell_code(*cell), indicator: self.indicator.clone() };
            let score = frame.figure(*cell, &self.indicator).ok_or_else(blank)?;
            // Of several scores the least counts: who fails in one has failed.
            found = Some(found.map_or(score, |known: Decimal| known.min(score)));
        }
        Ok(found)
    }

    /// What every group loses or wins; pot and rewards close to the 分.
    pub fn shares(&self, frame: &Frame) -> Result<Vec<Share>, Vec<MissingFigure>> {
        let base = Measure { parts: vec![Part::Times(self.against.clone(), Decimal::ONE)] };
        let mut shares = Vec::new();
        let mut weights = Vec::new();
        let mut missing = Vec::new();
        for (code, cells) in self.per.groups(frame, &self.of) {
            if cells.amounts(frame).is_empty() {
                continue;
            }
            let score = if self.looks_at_scores() { self.score(frame, &cells) } else { Ok(None) };
            let (score, base) = match (score, base.value(frame, &cells)) {
                (Ok(score), Ok(base)) => (score, base),
                (score, base) => {
                    missing.extend(score.err());
                    missing.extend(base.err().unwrap_or_default());
                    continue;
                }
            };
            let grade = self.grade(&code, score);
            let own = grade.and_then(|at| self.grades.get(at));
            let fen = |exact: Exact| exact.floor().to_integer().to_i64().map_or(Money::ZERO, Money::from_fen);
            let cut = own.map_or(Money::ZERO, |own| fen(own.cut(&base, score)));
            let fixed = own.map_or(Money::ZERO, |own| fen(own.won(&base, score)));
            let reward = own.map_or(Decimal::ZERO, |own| own.weight);
            let key = if reward.is_zero() { Ok(Exact::zero()) } else { self.key(frame, &cells, score) };
            match key {
                Ok(key) => weights.push(reward.exact() * key),
                Err(found) => missing.extend(found),
            }
            shares.push(Share { group: code, cells, grade, base, cut, reward: fixed, fixed });
        }
        if !missing.is_empty() {
            return Err(missing);
        }
        if weights.iter().any(Signed::is_positive) {
            let left = self.pot(&shares).left();
            for (share, reward) in shares.iter_mut().zip(largest_remainder(left, &weights)) {
                share.reward = [share.fixed, reward].into_iter().sum();
            }
        }
        Ok(shares)
    }

    /// What fills the pot, and what it pays before weights share the rest.
    pub fn pot(&self, shares: &[Share]) -> Pot {
        let filled = shares.iter().map(|share| share.cut).chain([self.extra]).sum();
        Pot { filled, fixed: shares.iter().map(|share| share.fixed).sum() }
    }

    fn key(&self, frame: &Frame, cells: &Selection, score: Option<Decimal>) -> Result<Exact, Vec<MissingFigure>> {
        let Key::Figure(name) = &self.key else { return Ok(Exact::from_integer(1.into())) };
        if *name == self.indicator
            && let Some(score) = score
        {
            return Ok(score.exact());
        }
        let mut sum = Exact::zero();
        let mut missing = Vec::new();
        for cell in &cells.cells {
            let figure = match name.as_str() {
                "entitlement" => Some(frame.entitlement_of(*cell).exact()),
                _ => frame.figure(*cell, name).map(Decimal::exact),
            };
            match figure {
                Some(figure) => sum += figure,
                None => missing.push(MissingFigure { at: frame.cell_code(*cell), indicator: name.clone() }),
            }
        }
        if missing.is_empty() { Ok(sum) } else { Err(missing) }
    }

    /// The rewarded and the deducted each on whole rounding units, in favour of the plan.
    fn side(&self, frame: &Frame, share: &Share) -> Option<(&'static str, Exact)> {
        let unit = frame.unit.max(Money::from_fen(1)).exact();
        let grade = self.grades.get(share.grade?)?;
        if grade.loses() {
            let most = (&share.base - share.cut.exact()) / &unit;
            return Some(("cap", most.ceil() * unit));
        }
        let least = (&share.base + share.reward.exact()) / &unit;
        grade.wins().then(|| ("floor", least.floor() * unit))
    }

    /// One requirement for each group that loses or wins.
    pub fn requirements(&self, member: Member, frame: &Frame) -> Result<Vec<Requirement>, Vec<MissingFigure>> {
        let one = Exact::from_integer(1.into());
        let row = |share: &Share| {
            let (head, side) = self.side(frame, share)?;
            let terms = share.cells.terms(frame, &one).into_iter().map(|(id, a)| (Variable::Amount(id), a)).collect();
            let sides = if head == "cap" { (None, Some(side)) } else { (Some(side), None) };
            Some(Requirement::of_money(member, format!("{head}[{}]", share.group), sides, terms))
        };
        Ok(self.shares(frame)?.iter().filter_map(row).collect())
    }

    /// Every group that keeps what it should lose or lacks what it should win, and a pot that does not close, from amounts and
    /// figures alone.
    pub fn check(&self, frame: &Frame, amounts: &[Money]) -> Vec<Violation> {
        let Ok(shares) = self.shares(frame) else { return Vec::new() };
        let mut violations = Vec::new();
        let unit = i128::from(frame.unit.fen().max(1));
        let (mut filled, mut fixed, mut shared) = (i128::from(self.extra.fen()), 0_i128, 0_i128);
        let whole = |exact: &Exact| exact.floor().to_integer().to_i128().unwrap_or_default();
        let units = |fen: i128| Exact::from_integer(fen.into());
        for share in &shares {
            let Some(grade) = share.grade.and_then(|at| self.grades.get(at)) else { continue };
            let (cut, reward) = (i128::from(share.cut.fen()), i128::from(share.reward.fen()));
            filled += cut;
            fixed += i128::from(share.fixed.fen());
            shared += reward - i128::from(share.fixed.fen());
            let (base, received) = (whole(&share.base), i128::from(share.cells.sum(frame, amounts).fen()));
            let (least, most) =
                ((base + reward).div_euclid(unit) * unit, (base - cut + unit - 1).div_euclid(unit) * unit);
            if grade.wins() && received < least {
                violations.push(Violation::below(share.group.clone(), units(least), units(received)));
            }
            if grade.loses() && received > most {
                violations.push(Violation::above(share.group.clone(), units(most), units(received)));
            }
        }
        // Nobody may share the pot; then it stays with the funds.
        let open = (filled - fixed).max(0) - shared;
        if open != 0 && shared > 0 {
            violations.push(Violation::below("total".to_owned(), units(open.abs()), Exact::zero()));
        }
        violations
    }

    /// The figures that it looks at.
    pub fn reads(&self) -> Vec<&str> {
        let key = if let Key::Figure(name) = &self.key { Some(name.as_str()) } else { None };
        [self.indicator.as_str(), self.against.as_str()].into_iter().chain(key).collect()
    }

    /// What grades lose and win, and the money added to the pot: less of each is looser.
    pub fn parameters(&self) -> Vec<Parameter> {
        let grades = self.grades.iter().enumerate().flat_map(|(at, grade)| grade.parameters(&path_of(at)));
        let extra = (self.extra > Money::ZERO).then(|| Decimal::parse(&self.extra.yuan()).ok()).flatten();
        let extra = extra.map(|value| Parameter {
            path: "extra".to_owned(),
            value,
            unit: "元".to_owned(),
            loosen: Direction::Down,
            end: Some(Decimal::ZERO),
        });
        grades.chain(extra).collect()
    }

    /// A copy with one number replaced.
    pub fn with_parameter(&self, path: &str, value: Decimal) -> Self {
        let mut changed = self.clone();
        for (at, grade) in changed.grades.iter_mut().enumerate() {
            grade.replace(&path_of(at), (path, value));
        }
        if path == "extra"
            && let Ok(extra) = Money::of(value, "元")
        {
            changed.extra = extra;
        }
        changed
    }

    /// The grades in words: `差 扣减 5%; 优 奖励`.
    pub fn words(&self) -> Text {
        let all: Vec<Text> = self.grades.iter().filter_map(Grade::words).collect();
        crate::rules::naming::joined(&all, "; ")
    }

    /// What becomes of the money that is deducted, in words.
    pub fn pot_words(&self) -> Text {
        let any = |is: fn(&Grade) -> bool| self.grades.iter().any(is);
        let has_fixed = any(|grade| !grade.reward.is_none());
        let source = match (any(Grade::loses), self.extra > Money::ZERO) {
            (true, false) => "rules.pot_deducted",
            (true, true) => "rules.pot_both",
            (false, true) => "rules.pot_extra",
            (false, false) => "rules.pot_funds",
        };
        let code = match (has_fixed, any(|grade| !grade.weight.is_zero())) {
            (true, true) => "rules.pot_fixed_first",
            (true, false) => "rules.pot_fixed",
            (false, true) => "rules.pot_shared",
            (false, false) => "rules.pot_stays",
        };
        let key = match &self.key {
            Key::Equal => Phrase::new("rules.key_equal").text(),
            Key::Figure(name) => crate::rules::naming::figure_name(name),
        };
        Phrase::new(code).with_phrase("source", &Phrase::new(source).with("extra", self.extra)).with("key", key).text()
    }
}

/// Path of a grade within the rule.
fn path_of(at: usize) -> String {
    format!("grades[{}]", at + 1)
}
