//! Rounding as an agreement orders it (修约): decimals and the treatment of halves, exactly.

use num_integer::Integer;
use num_traits::{One, Signed};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::phrases::{Phrase, Text};
use crate::units::{BigInt, Exact};

/// How many decimals are kept, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rounding {
    /// Decimals kept, at most 12.
    pub decimals: u8,
    /// What becomes of the rest.
    pub by: By,
}

/// What becomes of digits that are not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// Halves go away from zero (四舍五入).
    #[default]
    HalfUp,
    /// Halves go to the even digit (四舍六入五成双, GB/T 8170-2008 3.2).
    HalfEven,
    /// Cut off, towards zero.
    Down,
}

impl By {
    /// The printed name.
    pub fn name(self) -> Text {
        Phrase::new(match self {
            Self::HalfUp => "agreement.half_up",
            Self::HalfEven => "agreement.half_even",
            Self::Down => "agreement.down",
        })
        .text()
    }

    /// The whole number of a rational.
    pub fn whole(self, value: &Exact) -> BigInt {
        let magnitude = value.abs();
        let floor = magnitude.floor().to_integer();
        let rest = (&magnitude - Exact::from_integer(floor.clone())) * Exact::from_integer(2.into());
        let one = Exact::one();
        let up = match self {
            Self::HalfUp => rest >= one,
            Self::HalfEven => rest > one || (rest == one && floor.is_odd()),
            Self::Down => false,
        };
        let whole = if up { floor + 1 } else { floor };
        if value.is_negative() { -whole } else { whole }
    }
}

impl Rounding {
    /// The rounded number.
    pub fn apply(self, value: &Exact) -> Exact {
        let scale = Exact::from_integer(BigInt::from(10_i64.pow(u32::from(self.decimals.min(12)))));
        Exact::from_integer(self.by.whole(&(value * &scale))) / scale
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Decimal;

    #[test]
    fn halves_go_where_they_are_sent() {
        let round = |text: &str, by| {
            let value = Decimal::parse(text).unwrap().exact();
            super::super::plain(&Rounding { decimals: 2, by }.apply(&value)).unwrap()
        };
        assert_eq!(round("0.125", By::HalfUp), "0.13");
        assert_eq!(round("0.125", By::HalfEven), "0.12");
        assert_eq!(round("0.135", By::HalfEven), "0.14");
        assert_eq!(round("0.1250000001", By::HalfEven), "0.13");
        assert_eq!(round("-0.125", By::HalfUp), "-0.13");
        assert_eq!(round("0.129", By::Down), "0.12");
        assert_eq!(round("-0.129", By::Down), "-0.12");
    }
}
