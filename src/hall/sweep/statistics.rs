//! Statistics of one series of the draws, built in several passes over the stored draws.

use crate::uncertainty::moments::{BinaryMoments, Moments};
use crate::uncertainty::quantile::{Selector, ordered, rank, unordered};
use crate::units::Decimal;

/// Mean, spread, ends and quantiles of one series.
#[derive(Debug, Clone)]
pub struct Series {
    moments: Sums,
    selector: Option<Selector>,
}

#[derive(Debug, Clone)]
enum Sums {
    Whole(Moments),
    Binary(BinaryMoments),
}

/// A value of a series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value {
    /// Money in 分.
    Whole(i64),
    /// Anything else.
    Binary(f64),
}

impl Value {
    fn key(self) -> i64 {
        match self {
            Self::Whole(value) => value,
            Self::Binary(value) => ordered(value),
        }
    }
}

impl Series {
    /// A series of whole numbers.
    pub fn whole() -> Self {
        Self { moments: Sums::Whole(Moments::default()), selector: None }
    }

    /// A series of binary numbers.
    pub fn binary() -> Self {
        Self { moments: Sums::Binary(BinaryMoments::default()), selector: None }
    }

    /// Sees a value in the first pass.
    pub fn add(&mut self, value: Value) {
        match (&mut self.moments, value) {
            (Sums::Whole(moments), Value::Whole(value)) => moments.add(value),
            (Sums::Binary(moments), Value::Binary(value)) => moments.add(value),
            _ => {}
        }
    }

    /// Sees a value in a later pass.
    pub fn observe(&mut self, value: Value) {
        if let Some(selector) = &mut self.selector {
            selector.observe(value.key());
        }
    }

    /// Ends the first pass.
    pub fn begin_selection(&mut self, levels: &[Decimal]) {
        let (count, ends) = match &self.moments {
            Sums::Whole(moments) => (moments.count(), moments.ends()),
            Sums::Binary(moments) => (moments.count(), moments.ends().map(|(a, b)| (ordered(a), ordered(b)))),
        };
        let ranks: Vec<u64> = levels.iter().filter_map(|level| rank(*level, count)).collect();
        self.selector = ends.map(|ends| Selector::new(&ranks, ends, count));
    }

    /// Whether another pass is needed.
    pub fn is_open(&self) -> bool {
        self.selector.as_ref().is_some_and(|selector| !selector.is_done())
    }

    /// Ends a later pass.
    pub fn end_pass(&mut self) {
        if let Some(selector) = &mut self.selector {
            selector.end_pass();
        }
    }

    /// Mean.
    pub fn mean(&self) -> Option<f64> {
        match &self.moments {
            Sums::Whole(moments) => moments.mean(),
            Sums::Binary(moments) => moments.mean(),
        }
    }

    /// Standard deviation.
    pub fn deviation(&self) -> Option<f64> {
        match &self.moments {
            Sums::Whole(moments) => moments.deviation(),
            Sums::Binary(moments) => moments.deviation(),
        }
    }

    /// Least and largest whole number.
    pub fn ends(&self) -> Option<(i64, i64)> {
        if let Sums::Whole(moments) = &self.moments { moments.ends() } else { None }
    }

    /// Least and largest binary number.
    pub fn binary_ends(&self) -> Option<(f64, f64)> {
        if let Sums::Binary(moments) = &self.moments { moments.ends() } else { None }
    }

    /// The quantiles as whole numbers.
    pub fn quantiles(&self) -> Vec<i64> {
        self.selector.as_ref().map(|selector| selector.values().iter().copied().flatten().collect()).unwrap_or_default()
    }

    /// The quantiles as binary numbers.
    pub fn binary_quantiles(&self) -> Vec<f64> {
        self.quantiles().into_iter().map(unordered).collect()
    }
}
