//! What the outcome of a year means for the next: forms and grades, ecological credit, double assessment, rules of money that close
//! exactly, and next year's inputs for the allocator.

mod rules;
mod facts;
mod score;
mod money;
mod next;

pub use facts::{Act, Fact, acts, facts};
pub use money::{Adjustment, Closing, adjust};
pub use next::{Next, adjustments_csv, next, next_sheet, scenario};
pub use rules::{Band, Change, Credit, MoneyRule, OutcomeRules, Point};
pub use score::{Scored, credit_score, evaluate, grade, multiplier, score_sheet};
