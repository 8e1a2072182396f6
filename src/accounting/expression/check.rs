//! Whether the sides of a formula have one dimension; sines learn whether they take degrees.

use num_traits::Zero;

use crate::expression::{Expression, Function, Node, Operator};
use crate::phrases::Phrase;
use crate::unit::{Dimension, combine, shown};
use crate::units::Exact;

/// Two dimensions that ought to be one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mismatch {
    /// Parts that are added, compared or chosen among.
    Parts(Dimension, Dimension),
    /// What must be a plain number and is none.
    NoNumber(Dimension),
    /// A power that is no number written out, of what has a dimension.
    Power(Dimension),
}

impl Mismatch {
    /// The sentence.
    pub fn phrase(&self) -> Phrase {
        match self {
            Self::Parts(one, other) => {
                Phrase::new("gep.dimension_parts").with("one", shown(one)).with("other", shown(other))
            }
            Self::NoNumber(found) => Phrase::new("gep.dimension_number").with("found", shown(found)),
            Self::Power(found) => Phrase::new("gep.dimension_power").with("found", shown(found)),
        }
    }
}

/// `None`: any dimension, which a bare zero has.
type Found = Option<Dimension>;

/// The dimension of a formula whose names have these dimensions (ladders: of their steps, and of what they are climbed by), and the
/// formula with its sines told apart.
///
/// # Errors
/// The first parts that disagree.
pub fn checked(
    expression: &Expression,
    dimensions: &[Dimension],
    climbed_by: &[Option<Dimension>],
) -> Result<(Dimension, Expression), Mismatch> {
    let mut checked = expression.clone();
    let check = Check { dimensions, climbed_by };
    let found = check.node(&mut checked.root)?;
    Ok((found.unwrap_or_default(), checked))
}

struct Check<'a> {
    dimensions: &'a [Dimension],
    climbed_by: &'a [Option<Dimension>],
}

fn joined(one: Found, other: Found) -> Result<Found, Mismatch> {
    match (one, other) {
        (Some(one), Some(other)) if one != other => Err(Mismatch::Parts(one, other)),
        (one, other) => Ok(one.or(other)),
    }
}

fn number(found: Found) -> Result<(), Mismatch> {
    match found {
        Some(dimension) if !dimension.is_empty() => Err(Mismatch::NoNumber(dimension)),
        _ => Ok(()),
    }
}

impl Check<'_> {
    fn name(&self, at: usize) -> Dimension {
        self.dimensions.get(at).cloned().unwrap_or_default()
    }

    fn node(&self, node: &mut Node) -> Result<Found, Mismatch> {
        Ok(match node {
            Node::Number(value, unit) => match unit {
                Some(unit) => Some(unit.dimension.clone()),
                None if value.is_zero() => None,
                None => Some(Dimension::new()),
            },
            Node::Name { at, .. } => Some(self.name(*at)),
            Node::Minus(part) | Node::Sum(part) => self.node(part)?,
            Node::Two(operator, one, other) => self.two(*operator, one, other)?,
            Node::Of(function, part) => {
                let found = self.node(part)?;
                let degrees: Dimension = Dimension::from([("deg".to_owned(), Exact::from_integer(1.into()))]);
                if matches!(function, Function::Sin | Function::SinDegrees) && found.as_ref() == Some(&degrees) {
                    *function = Function::SinDegrees;
                } else {
                    number(found)?;
                }
                Some(Dimension::new())
            }
            Node::Extreme { of, .. } => {
                let mut found = None;
                for part in of {
                    found = joined(found, self.node(part)?)?;
                }
                found
            }
            Node::Cases(cases, last) => {
                let mut found = None;
                for (condition, part) in cases {
                    joined(self.node(&mut condition.left)?, self.node(&mut condition.right)?)?;
                    found = joined(found, self.node(part)?)?;
                }
                joined(found, self.node(last)?)?
            }
            Node::Ladder(at, part) => {
                let climbed = self.node(part)?;
                if let Some(Some(by)) = self.climbed_by.get(*at) {
                    joined(Some(by.clone()), climbed)?;
                }
                Some(self.name(*at))
            }
        })
    }

    fn two(&self, operator: Operator, one: &mut Node, other: &mut Node) -> Result<Found, Mismatch> {
        let left = self.node(one)?;
        let right = self.node(other)?;
        Ok(match operator {
            Operator::Add | Operator::Subtract => joined(left, right)?,
            Operator::Multiply | Operator::Divide => {
                let mut found = left.unwrap_or_default();
                combine(&mut found, &right.unwrap_or_default(), if operator == Operator::Multiply { 1 } else { -1 });
                Some(found)
            }
            Operator::Power => {
                number(right)?;
                let base = left.unwrap_or_default();
                if base.is_empty() {
                    return Ok(Some(base));
                }
                let Some(exponent) = constant(other) else { return Err(Mismatch::Power(base)) };
                let powered = base.into_iter().map(|(unit, power)| (unit, power * &exponent));
                Some(powered.filter(|(_, power)| !power.is_zero()).collect())
            }
        })
    }
}

/// The value of a part in which no name stands.
fn constant(node: &Node) -> Option<Exact> {
    match node {
        Node::Number(value, None) => Some(value.exact()),
        Node::Minus(part) => constant(part).map(|value| -value),
        Node::Two(Operator::Divide, one, other) => {
            let below = constant(other)?;
            (!below.is_zero()).then_some(constant(one)? / below)
        }
        _ => None,
    }
}
