//! Questions as documents: what the command line and the service both ask, read once and answered once.
//!
//! A question is plain data (`Deserialize`, unknown keys refused); its answer is the document that `--format json` prints. [`table`]
//! has every one of them once; to add one, see docs/architecture.md.

mod allocation;
mod amounts;
pub mod arguments;
mod changes;
mod check;
mod drivers;
pub mod failure;
mod gep;
mod interval;
mod linked;
pub mod negotiation;
mod parameters;
mod payment;
mod plans;
mod priced;
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
pub use amounts::Amounts;
pub use changes::{ChangeText, Op, StructuredChange, parse};
pub use check::{CheckDocument, SizePart};
pub use drivers::{Sobol, Tornado, unless_interrupted};
pub use failure::{Failed, Failure, FindingPart};
pub use gep::{
    GepAccountQuestion, GepCheckQuestion, GepChosen, GepCompareQuestion, GepExplainQuestion, GepFiles,
    GepInventoryQuestion, GepPricesQuestion, gep_account, gep_check, gep_compare, gep_explain, gep_inventory, gep_open,
    gep_prices, gep_template,
};
pub use interval::Interval;
pub use linked::{ModelAccount, ModelAccountQuestion};
pub use parameters::{Owner, ParameterList, ParameterPart, Sort};
pub use payment::{PaymentQuestion, fill, is_whole, pay_case};
pub use plans::{Alternatives, ByWord, Curve, EntitlementWord, Frontier, Ranges};
pub use robust::{MethodWord, Robust};
pub use scenarios::{Attribute, Compare, columns, compare};
pub use settlement::{SettlementQuestion, settle};
pub use sweep::{SamplingWord, Sweep, levels, sweep};
