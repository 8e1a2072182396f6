//! The value of a formula for given arguments.

use crate::expression::{Condition, Expression, Function, Node, Operator, Relation};
use crate::value::{Fault, Value};

/// What stands for a name.
#[derive(Debug, Clone)]
pub enum Argument<'a> {
    /// One number.
    One(Value),
    /// A number for every item of the sum.
    Each(Vec<Value>),
    /// Steps of a ladder, lowest first: from this number on, this value.
    Steps(&'a [(Value, Value)]),
}

/// Why there is no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// An operation without result.
    Fault(Fault),
    /// A name has no number, or numbers for another count of items.
    Argument(usize),
    /// A number below the lowest step of a ladder.
    BelowLadder(usize),
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// The value of a formula; arguments stand in the order of its names. Where `plain` is set, units within the formula are not
/// applied: numbers are those of the units that are stated.
///
/// # Errors
/// Why it has none.
pub fn evaluate(expression: &Expression, arguments: &[Argument<'_>], plain: bool) -> Result<Value, Trouble> {
    Evaluation { arguments, plain }.node(&expression.root, None)
}

struct Evaluation<'a> {
    arguments: &'a [Argument<'a>],
    plain: bool,
}

impl Evaluation<'_> {
    fn node(&self, node: &Node, item: Option<usize>) -> Result<Value, Trouble> {
        match node {
            Node::Number(value, Some(unit)) if !self.plain => Ok(value.mul(&unit.scale)),
            Node::Number(value, _) => Ok(value.clone()),
            Node::Name { at, each } => match self.arguments.get(*at) {
                Some(Argument::One(value)) => Ok(value.clone()),
                Some(Argument::Each(values)) if *each => {
                    item.and_then(|item| values.get(item)).cloned().ok_or(Trouble::Argument(*at))
                }
                _ => Err(Trouble::Argument(*at)),
            },
            Node::Minus(part) => Ok(self.node(part, item)?.negated()),
            Node::Two(operator, one, other) => {
                let (one, other) = (self.node(one, item)?, self.node(other, item)?);
                Ok(match operator {
                    Operator::Add => one.add(&other),
                    Operator::Subtract => one.sub(&other),
                    Operator::Multiply => one.mul(&other),
                    Operator::Divide => one.div(&other)?,
                    Operator::Power => one.pow(&other)?,
                })
            }
            Node::Of(function, part) => {
                let value = self.node(part, item)?;
                Ok(value.through(match function {
                    Function::Exp => f64::exp,
                    Function::Ln => f64::ln,
                    Function::Log10 => f64::log10,
                    Function::Sin => f64::sin,
                    Function::SinDegrees => |degrees: f64| degrees.to_radians().sin(),
                })?)
            }
            Node::Extreme { least, of } => {
                let mut best: Option<Value> = None;
                for part in of {
                    let value = self.node(part, item)?;
                    let better = best.as_ref().is_none_or(|best| if *least { value < *best } else { value > *best });
                    if better {
                        best = Some(value);
                    }
                }
                Ok(best.unwrap_or(Value::ZERO))
            }
            Node::Sum(body) => {
                let mut total = Value::ZERO;
                for item in 0..self.items(body)? {
                    total = total.add(&self.node(body, Some(item))?);
                }
                Ok(total)
            }
            Node::Cases(cases, last) => {
                for (condition, part) in cases {
                    if self.holds(condition, item)? {
                        return self.node(part, item);
                    }
                }
                self.node(last, item)
            }
            Node::Ladder(at, part) => {
                let value = self.node(part, item)?;
                let Some(Argument::Steps(steps)) = self.arguments.get(*at) else { return Err(Trouble::Argument(*at)) };
                let reached = steps.iter().take_while(|(from, _)| *from <= value).last();
                reached.map(|(_, step)| step.clone()).ok_or(Trouble::BelowLadder(*at))
            }
        }
    }

    /// How many items the names within a sum have: all the same number.
    fn items(&self, body: &Node) -> Result<usize, Trouble> {
        let mut count: Option<usize> = None;
        for (at, argument) in self.arguments.iter().enumerate() {
            let Argument::Each(values) = argument else { continue };
            if body.is_each(at) {
                if count.is_some_and(|count| count != values.len()) {
                    return Err(Trouble::Argument(at));
                }
                count = Some(values.len());
            }
        }
        // Names that are one number for all items make a sum of one.
        Ok(count.unwrap_or(1))
    }

    fn holds(&self, condition: &Condition, item: Option<usize>) -> Result<bool, Trouble> {
        let (left, right) = (self.node(&condition.left, item)?, self.node(&condition.right, item)?);
        Ok(match condition.relation {
            Relation::Less => left < right,
            Relation::AtMost => left <= right,
            Relation::Greater => left > right,
            Relation::AtLeast => left >= right,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expression::parse;
    use crate::unit::UnitTable;

    fn value(text: &str, arguments: &[(&str, Argument<'_>)]) -> Result<String, String> {
        let expression = parse(text, UnitTable::common()).map_err(|phrase| phrase.code().to_owned())?;
        let of =
            |name: &String| arguments.iter().find(|(known, _)| known == name).map(|(_, argument)| argument.clone());
        let arguments: Option<Vec<Argument<'_>>> = expression.names.iter().map(of).collect();
        evaluate(&expression, &arguments.ok_or("unknown")?, false)
            .map(|value| value.written())
            .map_err(|trouble| format!("{trouble:?}"))
    }

    fn one(number: &str) -> Argument<'static> {
        Argument::One(Value::parse(number).unwrap())
    }

    fn each(numbers: &[&str]) -> Argument<'static> {
        Argument::Each(numbers.iter().map(|number| Value::parse(number).unwrap()).collect())
    }

    #[test]
    fn formulas_have_their_values() {
        assert_eq!(value("1 + 2*3^2", &[]).unwrap(), "19");
        assert_eq!(value("-2^2", &[]).unwrap(), "-4");
        assert_eq!(value("2^-2^2", &[]).unwrap(), "0.0625");
        assert_eq!(value("V = Q × p ÷ 3", &[("Q", one("1")), ("p", one("2"))]).unwrap(), "2/3");
        assert_eq!(value("a = x + 1; b = a*a; b - a", &[("x", one("2"))]).unwrap(), "6");
        assert_eq!(
            value("sum(i, A[i]*(P - R[i]))", &[("A", each(&["1", "2"])), ("P", one("10")), ("R", each(&["3", "4"]))])
                .unwrap(),
            "19"
        );
        let slope = "case(t < 5.14: 1, t < 10.2: 2, 3)";
        for (t, s) in [("5", "1"), ("5.14", "2"), ("10.2", "3")] {
            assert_eq!(value(slope, &[("t", one(t))]).unwrap(), s);
        }
        let steps = [("0", "3000"), ("1", "5000"), ("2", "10000")]
            .map(|(a, b)| (Value::parse(a).unwrap(), Value::parse(b).unwrap()));
        assert_eq!(
            value("A*ladder(S, H)", &[("A", one("2")), ("H", one("1.5")), ("S", Argument::Steps(&steps))]).unwrap(),
            "10000"
        );
        assert!(
            value("ladder(S, H)", &[("H", one("-1")), ("S", Argument::Steps(&steps))]).unwrap_err().contains("Ladder")
        );
        assert_eq!(value("min(3, 1, 2) + max(1, 2)", &[]).unwrap(), "3");
        assert_eq!(value("exp(0) + ln(1) + log10(1000) + sin(0)", &[]).unwrap(), "4");
        assert_eq!(value("2 [万m3]", &[]).unwrap(), "20000");
    }

    #[test]
    fn what_is_no_formula_is_refused() {
        let code = |text: &str| value(text, &[("x", one("0"))]).unwrap_err();
        assert_eq!(code("1 +"), "gep.formula_ends");
        assert_eq!(code("1 ) 2"), "gep.formula_form");
        assert_eq!(code("open(x)"), "gep.formula_function");
        assert_eq!(code("sum(i, sum(j, x[j]))"), "gep.formula_nested");
        assert_eq!(code("sum(i, x)"), "gep.formula_over_nothing");
        assert_eq!(code("x[i]"), "gep.formula_index");
        assert_eq!(code("a = x; 1"), "gep.formula_idle");
        assert_eq!(code(&"(".repeat(100)), "gep.formula_deep");
        assert_eq!(code(&"1".repeat(5_000)), "gep.formula_long");
        assert_eq!(code("x = 1; x = 2; x"), "gep.formula_defined");
        assert!(code("1/x").contains("Zero"));
        assert!(code("ln(x)").contains("Large"));
    }
}
