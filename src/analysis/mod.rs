//! What lies behind an allocation: sensitivity, ranges, explanation, conflict and repairs.

mod capped;
pub mod conflict;
pub mod curve;
mod ended;
pub mod explain;
pub mod frontier;
pub mod ranges;
pub mod repair;
pub mod sensitivity;
