//! Horizontal compensation (横向补偿): who pays whom for which outcome, and what would be fair.
//!
//! Every part is a pure function from a request to an answer; files, documents and HTTP are the edges' work.

// the rooms below
use ecocomp_ground::{dataset, document, figures, finding, lp, phrases, solver, uncertainty, units};

mod cycle;
mod patience;
pub mod division;
pub mod cooperative;
pub mod bargaining;
pub mod agreement;
pub mod settlement;
pub mod payment;
pub mod negotiation;
