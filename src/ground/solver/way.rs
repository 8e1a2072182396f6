//! Words for a way along sides that move: what moves how fast, how far a slope holds, and why no farther.

use crate::solver::engine::Part;

/// How the sides of a column or row move for each unit of the way.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shift {
    /// Whose sides.
    pub part: Part,
    /// Rate of the lower side.
    pub lower: f64,
    /// Rate of the upper side.
    pub upper: f64,
}

impl Shift {
    /// The same, the other way.
    #[must_use]
    pub fn turned(self) -> Self {
        Self { lower: -self.lower, upper: -self.upper, ..self }
    }
}

/// Why a piece was followed no farther.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// Beyond, the price is another one: proved.
    Turns,
    /// Beyond, no point meets all rows and bounds: proved.
    Infeasible,
    /// As far as was asked.
    Asked,
    /// It was not followed farther: the price holds at least so far.
    Open,
}

/// The optimum along one way.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Way {
    /// Change of the minimum for each unit of the way; `None` where no step is feasible, or none was proved (an open end).
    pub slope: Option<f64>,
    /// How far the slope holds, ≥ 0.
    pub reach: f64,
    /// Why no farther.
    pub end: End,
}

/// How the point moves at the beginning of a way.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    /// Columns and rows that move, with their rates, in order.
    pub moves: Vec<(Part, f64)>,
    /// How far they move so.
    pub reach: f64,
    /// Whether the multipliers of the optimum are those of the path too.
    pub keeps_multipliers: bool,
}
