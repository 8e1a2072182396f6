//! Ecological damage: cases, what is due by formulas that are data, what enters the fund by a table that is data, and what it is used for.

mod rules;
mod cases;
mod due;
mod sheets;

pub use cases::{Case, Cases, Head, Performance, Substitute, Use};
pub use due::{Due, Movement, due, movements};
pub use rules::{DamageRules, Enters, Entry, Formula, Multiple, Number};
pub use sheets::{due_sheet, ledger_sheet, use_sheet};
