//! The ground that every room stands on: sentences, findings, exact numbers and money, documents, chance, data, and linear
//! programs solved and proved.
//!
//! The modules stand in dependency order: each imports only from modules declared above it.

// words: what everything speaks in
pub mod phrases;
pub mod finding;
pub mod whole;
pub mod units;
pub mod figures;
pub mod adding;
pub mod shapley;
// text becomes a tree and typed values
pub mod document;
// chance: distributions and draws, mathematics only
pub mod uncertainty;
// facts, and programs over them
pub mod dataset;
pub mod lp;
pub mod solver;
