//! Questions as documents: what the command line and the service both ask, read once and answered once.
//!
//! A question is plain data (`Deserialize`, unknown keys refused); its answer is the document that `--format json` prints.

mod allocation;
mod changes;
mod drivers;
pub mod failure;
mod plans;
mod robust;
mod scenarios;
mod sweep;

pub use allocation::{Explain, Export, csv, explain, first_program, json, programs, workbook};
pub use changes::{ChangeText, Op, StructuredChange, parse};
pub use drivers::{Sobol, Tornado, sobol, tornado, unless_interrupted};
pub use failure::{Failed, Failure, FindingPart};
pub use plans::{
    Alternatives, ByWord, Curve, EntitlementWord, Frontier, Ranges, alternatives, curve, frontier, ranges,
};
pub use robust::{MethodWord, Robust, robust};
pub use scenarios::{Attribute, Compare, columns, compare};
pub use sweep::{SamplingWord, Sweep, grid, levels, sweep};

/// A document as the command line prints it: indented JSON and a line end.
pub fn pretty(document: &impl serde::Serialize) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(document).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}
