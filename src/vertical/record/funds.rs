//! The funds: money in them, distributed, and what stays beyond whole rounding units.

use schemars::JsonSchema;
use serde::Serialize;

use crate::phrases::Text;
use crate::rules::{Frame, Spend};
use crate::units::Money;

/// One fund.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct FundPart {
    /// Short code.
    pub id: String,
    /// Printed name.
    pub label: Text,
    /// Legal basis.
    pub basis: String,
    /// Money in it, in 分.
    pub amount_fen: i64,
    /// Money distributed, in 分.
    pub spent_fen: i64,
    /// `all` or `up_to`.
    pub spend: &'static str,
    /// What is left beyond whole rounding units and stays in it, in 分; absent where nothing is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept_fen: Option<i64>,
}

/// Every fund with what exact amounts pay from it.
pub(super) fn parts(frame: &Frame, amounts: &[Money]) -> Vec<FundPart> {
    let spent = |index: usize| -> Money {
        frame.amounts.iter().zip(amounts).filter(|(amount, _)| amount.fund == index).map(|(_, money)| *money).sum()
    };
    let part = |(index, fund): (usize, &crate::rules::Fund)| FundPart {
        id: fund.id.clone(),
        label: fund.label.clone(),
        basis: fund.basis.clone(),
        amount_fen: fund.amount.fen(),
        spent_fen: spent(index).fen(),
        spend: if fund.spend == Spend::All { "all" } else { "up_to" },
        kept_fen: Some(frame.remainder_of(fund).fen()).filter(|kept| *kept > 0),
    };
    frame.funds.iter().enumerate().map(part).collect()
}
