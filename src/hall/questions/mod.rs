//! Questions as documents: what the command line and the service both ask, read once and answered once.
//!
//! A question is plain data (`Deserialize`, unknown keys refused); its answer is the document that `--format json` prints. [`table`]
//! has every one of them once; to add one, see docs/architecture.md.

mod allocation;
pub mod arguments;
mod changes;
mod check;
mod drivers;
pub mod failure;
pub mod negotiation;
mod gep;
mod payment;
mod plans;
pub mod pointers;
pub mod question;
mod robust;
mod scenarios;
mod settlement;
mod shares;
mod sweep;
pub mod table;
pub mod understood;

pub use crate::report::forms::pretty;
pub use allocation::{Allocated, Explain, Export, csv, explain, first_program, json, memo, programs, workbook};
pub use changes::{ChangeText, Op, StructuredChange, parse};
pub use check::{CheckDocument, SizePart};
pub use drivers::{Sobol, Tornado, unless_interrupted};
pub use failure::{Failed, Failure, FindingPart};
pub use gep::{
    GepAccountQuestion, GepCheckQuestion, GepChosen, GepCompareQuestion, GepExplainQuestion, GepFiles,
    GepInventoryQuestion, GepPricesQuestion, gep_account, gep_check, gep_compare, gep_explain, gep_inventory, gep_open,
    gep_prices,
};
pub use payment::{PaymentQuestion, fill, is_whole, pay_case};
pub use plans::{Alternatives, ByWord, Curve, EntitlementWord, Frontier, Ranges};
pub use robust::{MethodWord, Robust};
pub use scenarios::{Attribute, Compare, columns, compare};
pub use settlement::{SettlementQuestion, settle};
pub use sweep::{SamplingWord, Sweep, levels, sweep};
