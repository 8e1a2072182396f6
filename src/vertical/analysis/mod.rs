//! What lies behind an allocation: sensitivity, ranges, explanation, conflict and repairs.

mod capped;
pub mod alternatives;
pub mod attribution;
pub mod benefit;
pub mod compare;
pub mod conflict;
pub mod curve;
mod ended;
mod without;
pub mod explain;
pub mod held;
mod hot;
pub mod fairness;
pub mod frontier;
pub mod ranges;
pub mod repair;
pub mod robust;
pub mod sensitivity;
pub mod sobol;
mod standing;
mod through;
pub mod tornado;
pub mod words;
