//! What lies behind an allocation: sensitivity, ranges, explanation, conflict and repairs.

pub mod alternatives;
mod capped;
pub mod conflict;
pub mod curve;
mod ended;
pub mod explain;
pub mod frontier;
mod hot;
pub mod ranges;
pub mod repair;
pub mod robust;
pub mod sensitivity;
pub mod sobol;
pub mod tornado;
