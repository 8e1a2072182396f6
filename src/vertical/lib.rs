//! Vertical compensation (纵向补偿): rules and data become a linear program, its optimum exact money, and the money a record.
//!
//! The modules stand in dependency order: each imports only from modules declared above it.

// the rooms below
use ecocomp_accounting as accounting;
use ecocomp_ground::{adding, dataset, document, figures, finding, lp, phrases, shapley, solver, uncertainty, units};

// inputs: facts and rules become a linear program
pub mod rules;
pub mod program;
pub mod policy;
// answer: rounded to exact money
pub mod allocation;
pub mod scenario;
// run: the whole of the above as one function, and its record
pub mod run;
pub mod compiled;
pub mod remark;
pub mod record;
// many runs: scenarios answered one by one
pub mod evaluation;
pub mod analysis;
