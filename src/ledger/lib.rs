//! The money after the decision: a ledger of events that is only added to, and what follows from it.
//!
//! Every part is a pure function of events, a book and rules; files and the clock are the edges' work.

pub mod date;
pub mod event;
pub mod book;
pub mod batch;
pub mod sums;
pub mod sheet;
pub mod balance;
pub mod state;
pub mod import;
pub mod posting;
pub mod rules;
pub mod journal;
pub mod checks;
pub mod close;
pub mod settle;
pub mod reports;
pub mod table;
pub mod payees;
pub mod damage;
pub mod outcome;
