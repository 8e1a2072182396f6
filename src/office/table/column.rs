//! What columns and rows of a table are taken for.

use std::collections::BTreeMap;

use crate::dataset::Quantity;
use crate::table::shape::Head;
use crate::units::Decimal;

/// An ecosystem as a header names it; one of the table's own has no id yet.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Named {
    pub id: String,
    pub zh: String,
    pub en: String,
}

/// What a column of figures holds.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum What {
    Extent,
    /// Money that was paid: by fund or component, and year.
    Amount(Option<String>, Option<i64>),
    Standard(&'static str),
    Own(String),
}

/// What a column is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Role {
    Serial,
    Code,
    Name,
    Kind,
    Figure(What, Option<Named>),
    Total,
    Rate,
    Derived,
    Note,
    Unknown,
}

/// A column with its header.
#[derive(Debug, Clone)]
pub(super) struct Col {
    pub column: usize,
    pub levels: Vec<Head>,
    pub header: String,
    pub role: Role,
    pub quantity: Quantity,
    pub unit: String,
}

/// A row of the body.
#[derive(Debug, Clone)]
pub(super) struct Body {
    pub row: u32,
    pub code: Option<String>,
    pub name: String,
    pub kind: Option<String>,
    pub values: BTreeMap<usize, Decimal>,
}
