//! The rules of a policy: one file a rule, each with parameters, exact requirements, an independent checker and a sentence.
//!
//! A rule turns its parameters and the [`Frame`] into exact linear [`Requirement`]s over amounts in 分. The linear program and
//! the rounding are both made from them; the checker never sees them.

pub mod frame;
pub mod requirement;

pub use frame::{Amount, AmountId, Frame, Fund, Spend};
pub use requirement::{Member, Requirement, Variable};
