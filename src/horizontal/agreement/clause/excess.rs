//! What becomes of money that is due but is not paid in its year.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What becomes of what a budget does not allow, or a fund does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Excess {
    /// It is due in the next year, before anything else.
    CarryOver,
    /// It is not paid at all.
    Forgone,
}
