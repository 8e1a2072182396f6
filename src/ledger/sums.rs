//! The sums of events by kind, what follows from them, and what must hold of them.

use ecocomp_ground::phrases::Phrase;
use ecocomp_ground::units::{Exact, Money, ratio};

use crate::event::{Event, KINDS, Kind};

/// The sums of some events, in 分.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sums([i64; KINDS]);

impl Sums {
    /// Adds an event; `false` where the sum would leave the range of money.
    #[must_use]
    pub fn add(&mut self, event: &Event) -> bool {
        self.put(event.kind, event.fen)
    }

    /// Adds an amount of a kind; `false` where the sum would leave the range of money.
    #[must_use]
    pub fn put(&mut self, kind: Kind, fen: i64) -> bool {
        let Some(slot) = self.0.get_mut(kind.index()) else { return false };
        match slot.checked_add(fen).filter(|sum| sum.unsigned_abs() <= LIMIT) {
            Some(sum) => {
                *slot = sum;
                true
            }
            None => false,
        }
    }

    /// Adds other sums; `false` where one would leave the range of money.
    #[must_use]
    pub fn merge(&mut self, other: &Self) -> bool {
        let left_out = Kind::ALL.into_iter().filter(|kind| !self.put(*kind, other.of(*kind))).count();
        left_out == 0
    }

    /// The sum of a kind.
    pub fn of(&self, kind: Kind) -> i64 {
        self.0.get(kind.index()).copied().unwrap_or(0)
    }

    /// Budget after changes and pooling (扣除统筹整合资金后预算): 预算 + 调整 − 统筹.
    pub fn planned(&self) -> i64 {
        self.of(Kind::Budget) + self.of(Kind::Adjust) - self.of(Kind::Pool)
    }

    /// Paid and not come back.
    pub fn paid(&self) -> i64 {
        self.of(Kind::Pay) - self.of(Kind::Return)
    }

    /// Not spent and not taken back: usable money and surplus that is still there.
    pub fn left(&self) -> i64 {
        self.planned() - self.of(Kind::Spend) - self.of(Kind::Recover)
    }

    /// Surplus that has not been taken back yet; what is taken back is surplus first.
    pub fn surplus(&self) -> i64 {
        (self.of(Kind::Surplus) - self.of(Kind::Recover)).max(0)
    }

    /// What may still be spent.
    pub fn usable(&self) -> i64 {
        self.left() - self.surplus()
    }

    /// In the hands of those who were paid, not yet spent.
    pub fn in_hand(&self) -> i64 {
        self.paid() - self.of(Kind::Spend)
    }

    /// 预算到位率: paid over planned; `None` where nothing is planned.
    pub fn arrival(&self) -> Option<Exact> {
        share(self.paid(), self.planned())
    }

    /// 预算执行率: spent over planned; `None` where nothing is planned.
    pub fn execution(&self) -> Option<Exact> {
        share(self.of(Kind::Spend), self.planned())
    }

    /// What does not hold of these sums, that must hold of a line of the budget whenever something is posted.
    pub fn broken(&self) -> Option<Phrase> {
        let money = Money::from_fen;
        let negative = Kind::ALL.into_iter().filter(|kind| !kind.is_signed()).find(|kind| self.of(*kind) < 0);
        if let Some(kind) = negative {
            return Some(Phrase::new("fund.negative").with("what", kind.name()).with("amount", money(self.of(kind))));
        }
        let planned = self.planned();
        let none = planned == 0 && self.of(Kind::Budget) == 0;
        let first = if none { "fund.without_budget" } else { "fund.above_budget" };
        let taken = self.of(Kind::Recover);
        let checks = [
            (planned < 0, "fund.negative_budget", planned, 0),
            (self.of(Kind::Release) > planned, first, self.of(Kind::Release), planned),
            (self.paid() < 0, "fund.returned_too_much", self.of(Kind::Return), self.of(Kind::Pay)),
            (self.paid() > self.of(Kind::Release), "fund.above_release", self.paid(), self.of(Kind::Release)),
            (self.of(Kind::Spend) > self.paid(), "fund.above_paid", self.of(Kind::Spend), self.paid()),
            (self.paid() > planned - taken, "fund.recovered_paid", taken, planned - self.paid()),
            (self.usable() < 0, "fund.nothing_left", self.of(Kind::Surplus).max(taken), planned - self.of(Kind::Spend)),
        ];
        let (_, code, is, most) = checks.into_iter().find(|(wrong, ..)| *wrong)?;
        Some(Phrase::new(code).with("amount", money(is)).with("most", money(most)))
    }
}

/// Largest sum: 10¹⁵ 元, so that no difference of a few of them overflows.
const LIMIT: u64 = 100_000_000_000_000_000;

/// A share of money; `None` of nothing.
pub fn share(above: i64, below: i64) -> Option<Exact> {
    (below != 0).then(|| ratio(i128::from(above), i128::from(below)))
}

/// A share as per cent with two decimals, halves away from zero: `58.33`.
pub fn per_cent(share: &Exact) -> String {
    let scaled = share * Exact::from_integer(10_000.into());
    let whole = num_traits::ToPrimitive::to_i128(&scaled.round().to_integer()).unwrap_or(i128::MAX);
    let sign = if whole < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", whole.unsigned_abs() / 100, whole.unsigned_abs() % 100)
}
