//! Offices' own lists as events: found between titles, the line of the unit and totals, each row read or said not to be.

pub mod source;
pub(crate) mod words;
pub(crate) mod row;
mod totals;
mod list;

pub use list::{Given, Told, read};
