//! Override: a planner sets the money of an area by hand, with a reason; the rest is divided around it (手工调整).
//!
//! - Formula: Σ(group) = amount, where the amount is written out or is the calculated one (the plan without any override) with a
//!   change
//! - Rows: `fixed[group]`
//! - Cannot hold when: a rule holds the group elsewhere, or the funds that may pay it hold less

use crate::phrases::{Phrase, Text};
use crate::rules::frame::Frame;
use crate::rules::requirement::{Member, Requirement, Variable};
use crate::rules::selection::Selection;
use crate::rules::{Direction, Parameter, Violation};
use crate::units::{Decimal, Exact, Money};

/// What the planner writes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Wish {
    /// This amount, in 元.
    Amount(Decimal),
    /// The calculated amount and so much more, in 元; less where it is negative.
    More(Decimal),
    /// The calculated amount and this part of it more.
    Part(Decimal),
}

/// An amount set by hand.
#[derive(Debug, Clone, PartialEq)]
pub struct Fixed {
    /// The money concerned.
    pub of: Selection,
    /// Code of the area, or of the cell.
    pub group: String,
    /// What is wished.
    pub wish: Wish,
    /// What the plan without any override gives the group, once it is known.
    pub calculated: Option<Money>,
    /// Why.
    pub reason: String,
    /// Who decided; empty where nobody is named.
    pub by: String,
    /// When; empty where no day is given.
    pub date: String,
    /// Whether it is no override but money withdrawn that others are to receive.
    pub is_withdrawal: bool,
}

impl Fixed {
    /// Whether the amount depends on the calculated one.
    pub fn is_relative(&self) -> bool {
        !matches!(self.wish, Wish::Amount(_))
    }

    /// Whether the amount is not known yet.
    pub fn is_open(&self) -> bool {
        self.is_relative() && self.calculated.is_none()
    }

    /// The amount; `None` while the calculated one is not known.
    ///
    /// A part of the calculated amount is put on the nearest multiple of the rounding unit, a half goes up.
    pub fn amount(&self, frame: &Frame) -> Option<Money> {
        let fen = |yuan: Decimal| yuan.times(Money::from_fen(100));
        let exact = match self.wish {
            Wish::Amount(yuan) => fen(yuan),
            Wish::More(yuan) => self.calculated?.exact() + fen(yuan),
            Wish::Part(part) => {
                let unit = frame.unit.max(Money::from_fen(1)).exact();
                let whole = (part.exact() + Exact::from_integer(1.into())) * self.calculated?.exact();
                (whole / &unit).round() * unit
            }
        };
        num_traits::ToPrimitive::to_i64(&exact.round().to_integer()).map(Money::from_fen)
    }

    /// One requirement; none while the amount is not known.
    pub fn requirements(&self, member: Member, frame: &Frame) -> Vec<Requirement> {
        let Some(amount) = self.amount(frame) else { return Vec::new() };
        let one = Exact::from_integer(1.into());
        let terms = self.of.terms(frame, &one).into_iter().map(|(id, a)| (Variable::Amount(id), a)).collect();
        let sides = (Some(amount.exact()), Some(amount.exact()));
        vec![Requirement::of_money(member, format!("fixed[{}]", self.group), sides, terms)]
    }

    /// The group where it does not receive the amount, from amounts alone.
    pub fn check(&self, frame: &Frame, amounts: &[Money]) -> Vec<Violation> {
        let Some(wanted) = self.amount(frame) else { return Vec::new() };
        let received: Money = frame
            .amounts
            .iter()
            .zip(amounts)
            .filter(|(amount, _)| {
                self.of.cells.contains(&amount.cell)
                    && self.of.funds.as_ref().is_none_or(|funds| funds.contains(&amount.fund))
            })
            .map(|(_, money)| *money)
            .sum();
        if received < wanted {
            vec![Violation::below(self.group.clone(), wanted.exact(), received.exact())]
        } else if received > wanted {
            vec![Violation::above(self.group.clone(), wanted.exact(), received.exact())]
        } else {
            Vec::new()
        }
    }

    /// The number that the planner wrote, which may move either way.
    pub fn parameters(&self) -> Vec<Parameter> {
        let (path, value, unit, least) = match self.wish {
            Wish::Amount(yuan) => ("amount", yuan, "元", Some(Decimal::ZERO)),
            Wish::More(yuan) => ("change", yuan, "元", None),
            Wish::Part(part) => ("change", part, "", Some(Decimal::from_integer(-1))),
        };
        let way = |loosen, end| Parameter { path: path.to_owned(), value, unit: unit.to_owned(), loosen, end };
        if self.is_withdrawal {
            return Vec::new();
        }
        vec![way(Direction::Up, None), way(Direction::Down, least)]
    }

    /// A copy with the number replaced.
    pub fn with_parameter(&self, path: &str, value: Decimal) -> Self {
        let wish = match self.wish {
            Wish::Amount(_) if path == "amount" => Wish::Amount(value),
            Wish::More(_) if path == "change" => Wish::More(value),
            Wish::Part(_) if path == "change" => Wish::Part(value),
            same => same,
        };
        Self { wish, ..self.clone() }
    }

    /// What is wished, in words.
    pub fn text(&self, frame: &Frame) -> Text {
        let money = |yuan: Decimal| crate::rules::naming::figure_text(yuan, crate::dataset::Quantity::Money);
        let change = match self.wish {
            Wish::Amount(yuan) => return money(yuan),
            Wish::More(yuan) => {
                let sign = if yuan.is_negative() { "" } else { "+" };
                let text = money(yuan);
                Text { zh: format!("{sign}{}", text.zh), en: format!("{sign}{}", text.en) }
            }
            Wish::Part(part) => {
                let sign = if part.is_negative() { "" } else { "+" };
                Text::same(format!("{sign}{}", crate::figures::exact_percent(&part)))
            }
        };
        match self.amount(frame) {
            Some(amount) => Phrase::new("rules.fixed_change").with("change", change).with("amount", amount).text(),
            None => Phrase::new("rules.fixed_open").with("change", change).text(),
        }
    }
}
