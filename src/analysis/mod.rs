//! What lies behind an allocation: sensitivity, ranges, explanation, conflict and repairs.

pub mod attribution;
pub mod benefit;
pub mod compare;
pub mod conflict;
pub mod explain;
pub mod fairness;
pub mod ranges;
pub mod repair;
pub mod sensitivity;
pub mod shapley;
