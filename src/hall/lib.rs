//! One hall for every question: what is asked, its answer, the forms the answer can take, and who works at it.
//!
//! The modules stand in dependency order: each imports only from modules declared above it.

// the rooms below
use ecocomp_accounting as accounting;
use ecocomp_ground::{adding, dataset, document, figures, finding, lp, phrases, shapley, solver, uncertainty, units};
use ecocomp_horizontal as horizontal;
use ecocomp_office as office;
use ecocomp_vertical::{analysis, compiled, evaluation, policy, record, remark, rules, run, scenario};

// edges: files, the sweep that writes them
pub mod files;
pub mod ledger_folder;
pub mod sweep;
// documents of every result, questions as documents
pub mod report;
pub mod questions;
// workers that answer them
pub mod jobs;
