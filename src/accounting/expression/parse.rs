//! Words and signs as a formula: definitions (`name = …;`), then what is computed.

use std::collections::BTreeMap;

use crate::expression::scan::{Kind, Token, tokens, unexpected};
use crate::expression::{Condition, Expression, Function, Node, Operator, Relation};
use crate::finding::hint;
use crate::phrases::Phrase;
use crate::unit::UnitTable;

/// Deepest nesting, and most parts of a formula with its definitions written out.
const DEEPEST: usize = 60;
const PARTS_MAX: usize = 2_000;

const FUNCTIONS: &[&str] = &["pow", "exp", "ln", "log10", "sin", "min", "max", "sum", "case", "ladder"];

/// Reads a formula; units in it are those of the table.
///
/// # Errors
/// What stands where it may not, with its position; a function that is not known; a sum within a sum; too many parts.
pub fn parse(text: &str, units: &UnitTable) -> Result<Expression, Phrase> {
    let mut reader = Reader {
        tokens: tokens(text)?,
        next: 0,
        depth: 0,
        names: Vec::new(),
        defined: BTreeMap::new(),
        index: None,
        units,
    };
    let mut found = reader.statement()?;
    while reader.takes(";") {
        if reader.next >= reader.tokens.len() {
            break;
        }
        // What is computed last is the result, what came before is a name for it.
        if let (Some(name), node) = found {
            reader.defined.insert(name, node);
        } else {
            return Err(reader.refused());
        }
        found = reader.statement()?;
        if found.1.size() > PARTS_MAX {
            return Err(Phrase::new("gep.formula_long").with("limit", PARTS_MAX.to_string()));
        }
    }
    if reader.next < reader.tokens.len() {
        return Err(reader.refused());
    }
    let used: Vec<usize> = (0..reader.names.len()).filter(|name| found.1.names(*name)).collect();
    if used.len() < reader.names.len() {
        let idle = (0..reader.names.len()).find(|name| !used.contains(name));
        let name = idle.and_then(|name| reader.names.get(name)).cloned().unwrap_or_default();
        return Err(Phrase::new("gep.formula_idle").with("name", name));
    }
    Ok(Expression { root: found.1, names: reader.names, result: found.0 })
}

struct Reader<'a> {
    tokens: Vec<Token>,
    next: usize,
    depth: usize,
    names: Vec<String>,
    defined: BTreeMap<String, Node>,
    index: Option<String>,
    units: &'a UnitTable,
}

impl Reader<'_> {
    fn refused(&self) -> Phrase {
        match self.tokens.get(self.next) {
            Some(token) => unexpected(
                token.at,
                match &token.kind {
                    Kind::Number(value) => value.written(),
                    Kind::Name(name) => name.clone(),
                    Kind::Sign(sign) => (*sign).to_owned(),
                    Kind::Bracket(text) => format!("[{text}]"),
                }
                .as_str(),
            ),
            None => Phrase::new("gep.formula_ends"),
        }
    }

    fn sees(&self, sign: &str) -> bool {
        matches!(self.tokens.get(self.next), Some(Token { kind: Kind::Sign(found), .. }) if *found == sign)
    }

    fn takes(&mut self, sign: &str) -> bool {
        let found = self.sees(sign);
        self.next += usize::from(found);
        found
    }

    fn need(&mut self, sign: &str) -> Result<(), Phrase> {
        if self.takes(sign) { Ok(()) } else { Err(self.refused()) }
    }

    fn statement(&mut self) -> Result<(Option<String>, Node), Phrase> {
        let name = match (self.tokens.get(self.next), self.tokens.get(self.next + 1)) {
            (Some(Token { kind: Kind::Name(name), .. }), Some(Token { kind: Kind::Sign("="), .. })) => {
                Some(name.clone())
            }
            _ => None,
        };
        if let Some(name) = &name {
            if self.defined.contains_key(name) || self.names.contains(name) {
                return Err(Phrase::new("gep.formula_defined").with("name", name));
            }
            self.next += 2;
        }
        Ok((name, self.sum_of()?))
    }

    fn deeper(&mut self) -> Result<(), Phrase> {
        self.depth += 1;
        if self.depth > DEEPEST {
            Err(Phrase::new("gep.formula_deep").with("limit", DEEPEST.to_string()))
        } else {
            Ok(())
        }
    }

    /// Sums and differences.
    fn sum_of(&mut self) -> Result<Node, Phrase> {
        self.deeper()?;
        let mut left = self.product()?;
        loop {
            let operator = if self.takes("+") {
                Operator::Add
            } else if self.takes("-") {
                Operator::Subtract
            } else {
                break;
            };
            left = Node::Two(operator, Box::new(left), Box::new(self.product()?));
        }
        self.depth -= 1;
        Ok(left)
    }

    fn product(&mut self) -> Result<Node, Phrase> {
        let mut left = self.signed()?;
        loop {
            let operator = if self.takes("*") {
                Operator::Multiply
            } else if self.takes("/") {
                Operator::Divide
            } else {
                break;
            };
            left = Node::Two(operator, Box::new(left), Box::new(self.signed()?));
        }
        Ok(left)
    }

    fn signed(&mut self) -> Result<Node, Phrase> {
        self.deeper()?;
        let found = if self.takes("-") {
            Node::Minus(Box::new(self.signed()?))
        } else {
            let _ = self.takes("+");
            self.power()?
        };
        self.depth -= 1;
        Ok(found)
    }

    fn power(&mut self) -> Result<Node, Phrase> {
        let base = self.operand()?;
        if !self.takes("^") {
            return Ok(base);
        }
        // Powers of powers are read from the right, as mathematics does.
        Ok(Node::Two(Operator::Power, Box::new(base), Box::new(self.signed()?)))
    }

    fn operand(&mut self) -> Result<Node, Phrase> {
        let Some(token) = self.tokens.get(self.next).cloned() else { return Err(self.refused()) };
        match token.kind {
            Kind::Number(value) => {
                self.next += 1;
                let unit = match self.tokens.get(self.next) {
                    Some(Token { kind: Kind::Bracket(text), .. }) => Some(self.units.parse(text)?),
                    _ => None,
                };
                self.next += usize::from(unit.is_some());
                Ok(Node::Number(value, unit))
            }
            Kind::Sign("(") => {
                self.next += 1;
                let found = self.sum_of()?;
                self.need(")")?;
                Ok(found)
            }
            Kind::Name(name) => {
                self.next += 1;
                if self.takes("(") {
                    return self.function(&name);
                }
                self.name(name)
            }
            _ => Err(self.refused()),
        }
    }

    fn name(&mut self, name: String) -> Result<Node, Phrase> {
        if FUNCTIONS.contains(&name.as_str()) {
            self.next -= 1;
            return Err(self.refused());
        }
        let subscript = match self.tokens.get(self.next) {
            Some(Token { kind: Kind::Bracket(text), .. }) => Some(text.clone()),
            _ => None,
        };
        if let Some(text) = &subscript {
            if self.index.as_ref() != Some(text) {
                return Err(Phrase::new("gep.formula_index").with("name", &name).with("index", text));
            }
            self.next += 1;
        }
        if let Some(node) = self.defined.get(&name) {
            return if subscript.is_some() { Err(self.refused()) } else { Ok(node.clone()) };
        }
        Ok(Node::Name { at: self.at(name), each: subscript.is_some() })
    }

    fn at(&mut self, name: String) -> usize {
        match self.names.iter().position(|known| *known == name) {
            Some(at) => at,
            None => {
                self.names.push(name);
                self.names.len() - 1
            }
        }
    }

    fn function(&mut self, name: &str) -> Result<Node, Phrase> {
        let one = |function: Function| move |part: Node| Node::Of(function, Box::new(part));
        let found = match name {
            "exp" => one(Function::Exp)(self.sum_of()?),
            "ln" => one(Function::Ln)(self.sum_of()?),
            "log10" => one(Function::Log10)(self.sum_of()?),
            "sin" => one(Function::Sin)(self.sum_of()?),
            "pow" => {
                let base = self.sum_of()?;
                self.need(",")?;
                Node::Two(Operator::Power, Box::new(base), Box::new(self.sum_of()?))
            }
            "min" | "max" => {
                let mut of = vec![self.sum_of()?];
                while self.takes(",") {
                    of.push(self.sum_of()?);
                }
                Node::Extreme { least: name == "min", of }
            }
            "sum" => self.over_items()?,
            "case" => self.cases()?,
            "ladder" => {
                let Some(Token { kind: Kind::Name(table), .. }) = self.tokens.get(self.next).cloned() else {
                    return Err(self.refused());
                };
                self.next += 1;
                self.need(",")?;
                let of = self.sum_of()?;
                Node::Ladder(self.at(table), Box::new(of))
            }
            _ => {
                let like = hint(name, FUNCTIONS.iter().copied()).text();
                return Err(Phrase::new("gep.formula_function").with("name", name).with("like", like));
            }
        };
        self.need(")")?;
        Ok(found)
    }

    fn over_items(&mut self) -> Result<Node, Phrase> {
        let Some(Token { kind: Kind::Name(index), .. }) = self.tokens.get(self.next).cloned() else {
            return Err(self.refused());
        };
        if self.index.is_some() {
            return Err(Phrase::new("gep.formula_nested"));
        }
        self.next += 1;
        self.need(",")?;
        self.index = Some(index.clone());
        let body = self.sum_of()?;
        self.index = None;
        if !(0..self.names.len()).any(|name| body.is_each(name)) {
            return Err(Phrase::new("gep.formula_over_nothing").with("index", index));
        }
        Ok(Node::Sum(Box::new(body)))
    }

    fn cases(&mut self) -> Result<Node, Phrase> {
        let mut cases = Vec::new();
        loop {
            let left = self.sum_of()?;
            let relation =
                [("<=", Relation::AtMost), ("<", Relation::Less), (">=", Relation::AtLeast), (">", Relation::Greater)];
            let Some((_, relation)) = relation.into_iter().find(|(sign, _)| self.takes(sign)) else {
                return if cases.is_empty() { Err(self.refused()) } else { Ok(Node::Cases(cases, Box::new(left))) };
            };
            let right = self.sum_of()?;
            self.need(":")?;
            cases.push((Condition { left, relation, right }, self.sum_of()?));
            self.need(",")?;
        }
    }
}
