//! Changes as data: what-ifs laid over the model file and the dataset before they are checked.
//!
//! `fund.district.amount=+5%`, `rule.corridor.between=[0.85,1.3]`, `data.gep[ecosystem=wetland]*=1.1`; or named and stacked in
//! scenario files (docs/scenarios.md).
//!
//! Changes of different places commute: what a selection selects is judged on the data as they were before any change.

mod apply;
mod change;
mod file;
mod on_account;
mod on_unit;
mod operation;
mod parameters;
mod path;
mod selection;
mod spot;
mod stack;
mod summary;
mod value;

pub use apply::write_into_model;
pub use apply::{alter_data, apply_to_data, apply_to_model, relocate, scaled_out};
pub use change::{Change, Difference, as_json, has_plus, plus_sets};
pub use file::{ScenarioFile, read};
pub use on_account::adjustments;
pub use operation::Operation;
pub use parameters::{Parameter, parameters};
pub use path::canonical;
pub use selection::FigureSelection;
pub use spot::{Spot, spots};
pub use stack::{Layer, Loaded, Scenario, Wanted, inline, is_inline, stack, stacked};
pub use summary::{Summary, shown, summarise};
pub use value::factor;
