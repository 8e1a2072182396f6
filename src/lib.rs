//! ecocomp divides ecological-compensation money (生态保护补偿资金) exactly, and shows why.
//!
//! The modules stand in dependency order: each imports only from modules declared above it.

// words: what everything speaks in
pub mod phrases;
pub mod finding;
pub mod whole;
pub mod units;
// chance: distributions and draws, mathematics only
pub mod uncertainty;
// inputs: facts and rules become a linear program
pub mod dataset;
pub mod lp;
pub mod rules;
pub mod solver;
pub mod program;
pub mod policy;
// answer: rounded to exact money
pub mod allocation;
pub mod scenario;
// run: the whole of the above as one function, and its record
pub mod run;
pub mod compiled;
pub mod record;
// many runs: scenarios answered one by one
pub mod evaluation;
pub mod analysis;
// governments among themselves: agreements, settlement, offers, fair division
pub mod horizontal;
// edges: files, the sweep that writes them, documents, questions as documents, the service and the command line
pub mod files;
pub mod sweep;
pub mod report;
pub mod questions;
pub mod store;
pub mod jobs;
pub mod http;
pub mod cli;
