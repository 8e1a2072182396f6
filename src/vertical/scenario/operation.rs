//! What a change does to a value.

use crate::document::tree::Node;
use crate::units::Decimal;

/// Signs before a percentage that is added to 1.
pub(super) const SIGNS: [char; 5] = ['+', '\u{FF0B}', '-', '\u{FF0D}', '−'];

/// How a change acts on a value.
#[derive(Debug, Clone, PartialEq)]
pub enum Operation {
    /// The value becomes this one.
    Set(Node),
    /// This is added to the value.
    Add(Node),
    /// The value is multiplied.
    Scale(Decimal),
}

impl Operation {
    /// Whether two operations do the same, wherever they are written.
    pub fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Set(one), Self::Set(two)) | (Self::Add(one), Self::Add(two)) => one.canonical() == two.canonical(),
            (Self::Scale(one), Self::Scale(two)) => one == two,
            _ => false,
        }
    }
}
