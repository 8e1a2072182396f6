//! The language of formulas: arithmetic, a few functions, sums over the items of a quantity, cases and ladders. Nothing loops,
//! nothing comes from outside.
//!
//! `V = sum(i, A[i] * (P - R[i]))`, `1.63 [t CO2/t dm] * NPP`, `case(t < 5.14: 10.8*sin(t) + 0.03, 9.6)`, `ladder(steps, H)`.

mod check;
mod evaluate;
mod parse;
mod scan;

pub use check::{Mismatch, checked};
pub use evaluate::{Argument, Trouble, evaluate};
pub use parse::parse;

use crate::unit::Unit;
use crate::value::Value;

/// A formula as read: names are positions in [`Expression::names`].
#[derive(Debug, Clone, PartialEq)]
pub struct Expression {
    /// What is computed.
    pub root: Node,
    /// The names that it takes from outside, in the order of their first mention.
    pub names: Vec<String>,
    /// The left side, where one is written.
    pub result: Option<String>,
}

/// A part of a formula.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// A number, with a unit where one is written.
    Number(Value, Option<Unit>),
    /// A name; `each` where it stands with the index of the sum around it.
    Name {
        /// Position in [`Expression::names`].
        at: usize,
        /// Whether the item of the sum around it is meant.
        each: bool,
    },
    /// The other sign.
    Minus(Box<Node>),
    /// Two parts.
    Two(Operator, Box<Node>, Box<Node>),
    /// A function of one part.
    Of(Function, Box<Node>),
    /// The least or the greatest of several.
    Extreme {
        /// The least, else the greatest.
        least: bool,
        /// The parts.
        of: Vec<Node>,
    },
    /// A sum over the items of the names within it.
    Sum(Box<Node>),
    /// The first case whose condition holds, else the last part.
    Cases(Vec<(Condition, Node)>, Box<Node>),
    /// The step of a ladder on which a number stands.
    Ladder(usize, Box<Node>),
}

/// An operation on two parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// Sum.
    Add,
    /// Difference.
    Subtract,
    /// Product.
    Multiply,
    /// Quotient.
    Divide,
    /// Power.
    Power,
}

/// A function of one part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// eˣ.
    Exp,
    /// Natural logarithm.
    Ln,
    /// Decimal logarithm.
    Log10,
    /// Sine of radians.
    Sin,
    /// Sine of degrees.
    SinDegrees,
}

/// A comparison of two parts.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// Left side.
    pub left: Node,
    /// How it must stand to the right one.
    pub relation: Relation,
    /// Right side.
    pub right: Node,
}

/// How one side stands to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// Below.
    Less,
    /// Not above.
    AtMost,
    /// Above.
    Greater,
    /// Not below.
    AtLeast,
}

impl Node {
    /// The parts of which it consists.
    pub fn parts(&self) -> Vec<&Self> {
        match self {
            Self::Number(..) | Self::Name { .. } => Vec::new(),
            Self::Minus(part) | Self::Of(_, part) | Self::Sum(part) | Self::Ladder(_, part) => vec![part],
            Self::Two(_, one, other) => vec![one, other],
            Self::Extreme { of, .. } => of.iter().collect(),
            Self::Cases(cases, last) => {
                let mut parts: Vec<&Self> = Vec::new();
                for (condition, node) in cases {
                    parts.extend([&condition.left, &condition.right, node]);
                }
                parts.push(last);
                parts
            }
        }
    }

    /// How many parts it has, itself included.
    pub fn size(&self) -> usize {
        1 + self.parts().into_iter().map(Self::size).sum::<usize>()
    }

    /// Whether a name stands in it.
    pub fn names(&self, name: usize) -> bool {
        matches!(self, Self::Name { at, .. } | Self::Ladder(at, _) if *at == name)
            || self.parts().into_iter().any(|part| part.names(name))
    }

    /// Whether a name stands in it with the index of a sum.
    pub fn is_each(&self, name: usize) -> bool {
        matches!(self, Self::Name { at, each: true } if *at == name)
            || self.parts().into_iter().any(|part| part.is_each(name))
    }
}
