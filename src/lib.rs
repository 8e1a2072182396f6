//! ecocomp divides ecological-compensation money (生态保护补偿资金) exactly, and shows why.
//!
//! The rooms stand in dependency order, each a crate of its own below `src`; the edges are here: the service and the command
//! line. Each room's `lib.rs` lists its modules in the order in which they may import each other.

pub use ecocomp_accounting as accounting;
pub use ecocomp_ground::{
    adding, dataset, document, figures, finding, lp, phrases, shapley, solver, uncertainty, units, whole,
};
pub use ecocomp_hall::{files, jobs, ledger_folder, questions, report, sweep};
pub use ecocomp_horizontal as horizontal;
pub use ecocomp_ledger as ledger;
pub use ecocomp_office as office;
pub use ecocomp_store as store;
pub use ecocomp_vertical::{
    allocation, analysis, compiled, evaluation, policy, program, record, remark, rules, run, scenario,
};

pub mod http;
pub mod cli;
