//! Whole numbers of any size: up to two machine words they take no memory of their own.
//!
//! A thin coat over [`dashu_int::IBig`]: its own `num_integer::Integer` rounds −½ up where it should round down, which would
//! put rationals in a wrong order; here floor and remainder come from its division alone.

use std::fmt;
use std::iter::{Product, Sum};
use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Rem, RemAssign, Sub, SubAssign};
use std::str::FromStr;

use dashu_int::IBig;
use dashu_int::ops::{DivRem as _, Gcd as _};
use num_integer::Integer;
use num_traits::{Num, One, Signed, ToPrimitive, Zero};

/// A whole number of any size.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct BigInt(IBig);

impl BigInt {
    /// The number to a power.
    #[must_use]
    pub fn pow(&self, power: usize) -> Self {
        Self(self.0.pow(power))
    }

    /// The number as the library has it.
    pub(crate) fn inner(&self) -> &IBig {
        &self.0
    }
}

impl From<IBig> for BigInt {
    fn from(value: IBig) -> Self {
        Self(value)
    }
}

macro_rules! words {
    ($($word:ty)*) => {$(
        impl From<$word> for BigInt {
            fn from(value: $word) -> Self {
                Self(IBig::from(value))
            }
        }

        with_word! { $word, Add add AddAssign add_assign, Sub sub SubAssign sub_assign, Mul mul MulAssign mul_assign }
    )*};
}

macro_rules! with_word {
    ($word:ty, $($operation:ident $call:ident $assign:ident $assign_call:ident),*) => {$(
        impl $operation<$word> for BigInt {
            type Output = Self;
            fn $call(self, other: $word) -> Self {
                Self(self.0.$call(IBig::from(other)))
            }
        }

        impl $operation<$word> for &BigInt {
            type Output = BigInt;
            fn $call(self, other: $word) -> BigInt {
                BigInt((&self.0).$call(IBig::from(other)))
            }
        }

        impl $assign<$word> for BigInt {
            fn $assign_call(&mut self, other: $word) {
                self.0.$assign_call(IBig::from(other));
            }
        }
    )*};
}

words! { i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize }

macro_rules! operations {
    ($($operation:ident $call:ident $assign:ident $assign_call:ident)*) => {$(
        impl $operation for BigInt {
            type Output = Self;
            fn $call(self, other: Self) -> Self {
                Self(self.0.$call(other.0))
            }
        }

        impl $operation<&Self> for BigInt {
            type Output = Self;
            fn $call(self, other: &Self) -> Self {
                Self(self.0.$call(&other.0))
            }
        }

        impl $operation<BigInt> for &BigInt {
            type Output = BigInt;
            fn $call(self, other: BigInt) -> BigInt {
                BigInt((&self.0).$call(other.0))
            }
        }

        impl $operation for &BigInt {
            type Output = BigInt;
            fn $call(self, other: Self) -> BigInt {
                BigInt((&self.0).$call(&other.0))
            }
        }

        impl $assign for BigInt {
            fn $assign_call(&mut self, other: Self) {
                self.0.$assign_call(other.0);
            }
        }

        impl $assign<&Self> for BigInt {
            fn $assign_call(&mut self, other: &Self) {
                self.0.$assign_call(&other.0);
            }
        }
    )*};
}

operations! {
    Add add AddAssign add_assign
    Sub sub SubAssign sub_assign
    Mul mul MulAssign mul_assign
    Div div DivAssign div_assign
    Rem rem RemAssign rem_assign
}

impl Neg for BigInt {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl Neg for &BigInt {
    type Output = BigInt;
    fn neg(self) -> BigInt {
        BigInt(-&self.0)
    }
}

impl<T> Sum<T> for BigInt
where
    Self: Add<T, Output = Self>,
{
    fn sum<I: Iterator<Item = T>>(numbers: I) -> Self {
        numbers.fold(Self::zero(), Add::add)
    }
}

impl<T> Product<T> for BigInt
where
    Self: Mul<T, Output = Self>,
{
    fn product<I: Iterator<Item = T>>(numbers: I) -> Self {
        numbers.fold(Self::one(), Mul::mul)
    }
}

impl Zero for BigInt {
    fn zero() -> Self {
        Self(IBig::ZERO)
    }

    fn is_zero(&self) -> bool {
        self.0.is_zero()
    }
}

impl One for BigInt {
    fn one() -> Self {
        Self(IBig::ONE)
    }

    fn is_one(&self) -> bool {
        self.0.is_one()
    }
}

impl Num for BigInt {
    type FromStrRadixErr = <IBig as FromStr>::Err;
    fn from_str_radix(text: &str, radix: u32) -> Result<Self, Self::FromStrRadixErr> {
        IBig::from_str_radix(text, radix).map(Self)
    }
}

impl Signed for BigInt {
    fn abs(&self) -> Self {
        if self.is_negative() { -self } else { self.clone() }
    }

    fn abs_sub(&self, other: &Self) -> Self {
        if self <= other { Self::zero() } else { self - other }
    }

    fn signum(&self) -> Self {
        Self(self.0.signum())
    }

    fn is_positive(&self) -> bool {
        self.0 > IBig::ZERO
    }

    fn is_negative(&self) -> bool {
        self.0 < IBig::ZERO
    }
}

impl Integer for BigInt {
    fn div_floor(&self, other: &Self) -> Self {
        self.div_mod_floor(other).0
    }

    fn mod_floor(&self, other: &Self) -> Self {
        self.div_mod_floor(other).1
    }

    fn div_mod_floor(&self, other: &Self) -> (Self, Self) {
        let (quotient, rest) = self.div_rem(other);
        if !rest.is_zero() && rest.is_negative() != other.is_negative() {
            (quotient - Self::one(), rest + other)
        } else {
            (quotient, rest)
        }
    }

    fn gcd(&self, other: &Self) -> Self {
        if self.is_zero() && other.is_zero() {
            return Self::zero();
        }
        Self(IBig::from((&self.0).gcd(&other.0)))
    }

    fn lcm(&self, other: &Self) -> Self {
        if self.is_zero() || other.is_zero() {
            return Self::zero();
        }
        (self / self.gcd(other) * other).abs()
    }

    fn is_multiple_of(&self, other: &Self) -> bool {
        if other.is_zero() { self.is_zero() } else { (self % other).is_zero() }
    }

    fn is_even(&self) -> bool {
        (self % Self::from(2)).is_zero()
    }

    fn is_odd(&self) -> bool {
        !self.is_even()
    }

    fn div_rem(&self, other: &Self) -> (Self, Self) {
        let (quotient, rest) = (&self.0).div_rem(&other.0);
        (Self(quotient), Self(rest))
    }
}

impl ToPrimitive for BigInt {
    fn to_i64(&self) -> Option<i64> {
        i64::try_from(&self.0).ok()
    }

    fn to_u64(&self) -> Option<u64> {
        u64::try_from(&self.0).ok()
    }

    fn to_i128(&self) -> Option<i128> {
        i128::try_from(&self.0).ok()
    }

    fn to_u128(&self) -> Option<u128> {
        u128::try_from(&self.0).ok()
    }

    fn to_f64(&self) -> Option<f64> {
        Some(self.0.to_f64().value())
    }
}

impl FromStr for BigInt {
    type Err = <IBig as FromStr>::Err;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        IBig::from_str_radix(text, 10).map(Self)
    }
}

impl fmt::Display for BigInt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
