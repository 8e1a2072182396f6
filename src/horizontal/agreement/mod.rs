//! Agreements as data (补偿协议): parties, indicators, baselines, tiers, contributions, accidents, caps.
//!
//! A file in TOML or JSON becomes an [`Agreement`] or findings with their lines; a clause is a kind with its parameters, one
//! file a kind in `clause/`.

mod check;
pub mod clause;
mod data;
mod graph;
mod interval;
mod measure;
mod model;
mod reading;
mod rounding;
pub mod standard;
mod standing;
mod written;

pub use crate::document::places::Places;
pub use clause::{Book, Clause, Flow, Frame, Funds, Limits, MonthFact, Valued};
pub use data::{BelowDetection, DataRules, Duplicates, Fill, Mean, Missing, MissingIndicator, MissingVolume, Others};
pub use interval::Bounds;
pub use measure::{Combine, Index, Measure, MeasureKind, Stations, Term, WaterClass};
pub use model::{Agreement, Event, Head, Indicator, MoneyRules, Party, Reported, River, Role, Section};
pub use reading::{Opened, read};
pub use rounding::{By, Rounding};
pub use standing::{Confirmed, Standing};
pub use written::{Amount, Class, Label, Number, Side, plain, shown};
