//! Exact numbers beside those of another library: whole numbers and rationals of any size and sign.

use ecocomp::units::{BigInt, Exact, Finite, from_binary};
use num_bigint::BigInt as Other;
use num_integer::Integer;
use num_rational::Ratio;
use num_traits::{Signed, ToPrimitive, Zero};
use proptest::prelude::*;

/// Whole numbers: small ones around zero, machine words, and far longer ones.
fn whole() -> impl Strategy<Value = String> {
    let digits = (1_usize..60).prop_flat_map(|length| proptest::collection::vec(0_u8..10, length));
    let long = (any::<bool>(), digits).prop_map(|(negative, digits)| {
        let text: String = digits.iter().map(|digit| char::from(b'0' + digit)).collect();
        let text = text.trim_start_matches('0').to_owned();
        if text.is_empty() { "0".to_owned() } else { format!("{}{text}", if negative { "-" } else { "" }) }
    });
    prop_oneof![(-9_i64..10).prop_map(|n| n.to_string()), any::<i128>().prop_map(|n| n.to_string()), long]
}

fn both(text: &str) -> (BigInt, Other) {
    (text.parse().unwrap(), text.parse().unwrap())
}

fn ratio() -> impl Strategy<Value = (String, String)> {
    (whole(), whole().prop_filter("a denominator", |text| text != "0"))
}

fn ratios((above, below): &(String, String)) -> (Exact, Ratio<Other>) {
    let ((a, b), (c, d)) = (both(above), both(below));
    (Exact::new(a, c), Ratio::new(b, d))
}

#[track_caller]
fn same(ours: &Exact, other: &Ratio<Other>) {
    assert_eq!(
        (ours.numer().to_string(), ours.denom().to_string()),
        (other.numer().to_string(), other.denom().to_string())
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whole_numbers(a in whole(), b in whole()) {
        let ((a, x), (b, y)) = (both(&a), both(&b));
        prop_assert_eq!(a.cmp(&b), x.cmp(&y));
        for (ours, other) in [
            (&a + &b, &x + &y),
            (&a - &b, &x - &y),
            (&a * &b, &x * &y),
            (-&a, -&x),
            (a.abs(), x.abs()),
            (a.signum(), x.signum()),
            (a.gcd(&b), x.gcd(&y)),
            (a.lcm(&b), x.lcm(&y)),
            (a.pow(3), x.pow(3)),
        ] {
            prop_assert_eq!(ours.to_string(), other.to_string());
        }
        prop_assert_eq!((a.is_even(), a.is_odd()), (x.is_even(), x.is_odd()));
        prop_assert_eq!((a.to_i64(), a.to_u64(), a.to_i128()), (x.to_i64(), x.to_u64(), x.to_i128()));
        prop_assert_eq!(a.to_f64(), x.to_f64());
        if !b.is_zero() {
            prop_assert_eq!(a.is_multiple_of(&b), x.is_multiple_of(&y));
            for (ours, other) in [
                (&a / &b, &x / &y),
                (&a % &b, &x % &y),
                (a.div_floor(&b), x.div_floor(&y)),
                (a.mod_floor(&b), x.mod_floor(&y)),
            ] {
                prop_assert_eq!(ours.to_string(), other.to_string());
            }
        }
    }

    #[test]
    fn rationals(a in ratio(), b in ratio()) {
        let ((a, x), (b, y)) = (ratios(&a), ratios(&b));
        same(&a, &x);
        prop_assert_eq!(a.cmp(&b), x.cmp(&y));
        same(&(&a + &b), &(&x + &y));
        same(&(&a - &b), &(&x - &y));
        same(&(&a * &b), &(&x * &y));
        if !b.is_zero() {
            same(&(&a / &b), &(&x / &y));
        }
        same(&a.floor(), &x.floor());
        same(&a.ceil(), &x.ceil());
        same(&a.round(), &x.round());
        same(&a.trunc(), &x.trunc());
        prop_assert_eq!(a.to_string(), x.to_string());
    }

    /// No other binary number is nearer.
    #[test]
    fn binary_numbers(a in ratio(), bits in any::<u64>()) {
        let (a, _) = ratios(&a);
        let near = Finite::from_exact(&a).unwrap().get();
        let distance = |value: f64| (from_binary(value).unwrap() - &a).abs();
        prop_assert!(distance(near) <= distance(near.next_up()) && distance(near) <= distance(near.next_down()));
        let value = f64::from_bits(bits);
        match from_binary(value) {
            Some(exact) => prop_assert_eq!(Finite::from_exact(&exact).unwrap().get(), value),
            None => prop_assert!(!value.is_finite()),
        }
    }
}

#[test]
fn rationals_around_zero_are_in_order() {
    let numbers: Vec<Exact> = [(-3, 2), (-1, 1), (-2, 3), (-1, 2), (-1, 3), (0, 1), (1, 3), (1, 2)]
        .map(|(above, below)| Exact::new(above.into(), below.into()))
        .to_vec();
    assert!(numbers.is_sorted_by(|a, b| a < b));
}
