//! What lies behind an allocation: sensitivity, ranges, explanation, conflict and repairs.

pub mod conflict;
pub mod explain;
pub mod ranges;
pub mod repair;
pub mod robust;
pub mod sensitivity;
pub mod sobol;
pub mod tornado;
