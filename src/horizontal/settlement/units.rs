//! Units of monitoring files, converted exactly.

use crate::units::Exact;

/// Units of concentration with their value in ng/L.
const CONCENTRATIONS: &[(&str, i64)] = &[
    ("mg/L", 1_000_000),
    ("毫克/升", 1_000_000),
    ("ug/L", 1_000),
    ("µg/L", 1_000),
    ("μg/L", 1_000),
    ("微克/升", 1_000),
    ("ng/L", 1),
    ("g/L", 1_000_000_000),
];
/// Units of volume with their value in m³.
const VOLUMES: &[(&str, i64)] = &[
    ("m3", 1),
    ("m³", 1),
    ("立方米", 1),
    ("万m3", 10_000),
    ("万m³", 10_000),
    ("万立方米", 10_000),
    ("亿m3", 100_000_000),
    ("亿m³", 100_000_000),
    ("亿立方米", 100_000_000),
];
/// Units of flow, all of them m³/s.
const FLOWS: &[&str] = &["m3/s", "m³/s", "立方米/秒"];
const OTHERS: &[&str] = &["无量纲", "个/L", "MPN/L", "%", "无", "-", "次", "NTU", "℃", "μS/cm", "us/cm"];

fn find(units: &[(&str, i64)], unit: &str) -> Option<i64> {
    units.iter().find(|(known, _)| known.eq_ignore_ascii_case(unit)).map(|(_, value)| *value)
}

/// Whether a text in brackets is a unit, and not part of a name.
pub(super) fn is_unit(text: &str) -> bool {
    find(CONCENTRATIONS, text).is_some()
        || find(VOLUMES, text).is_some()
        || FLOWS.iter().chain(OTHERS).any(|known| known.eq_ignore_ascii_case(text))
}

/// What one `from` is in `to`; `None` where they do not convert.
pub(super) fn concentration(from: &str, to: &str) -> Option<Exact> {
    if from.eq_ignore_ascii_case(to) {
        return Some(Exact::from_integer(1.into()));
    }
    let dimensionless = |unit: &str| matches!(unit, "无量纲" | "无" | "-" | "");
    if dimensionless(from) && dimensionless(to) {
        return Some(Exact::from_integer(1.into()));
    }
    let (from, to) = (find(CONCENTRATIONS, from)?, find(CONCENTRATIONS, to)?);
    Some(Exact::new(from.into(), to.into()))
}

/// What one unit of volume is in m³.
pub(super) fn volume(unit: &str) -> Option<Exact> {
    find(VOLUMES, unit).map(|value| Exact::from_integer(value.into()))
}

/// Whether a unit is one of flow.
pub(super) fn is_flow(unit: &str) -> bool {
    FLOWS.iter().any(|known| known.eq_ignore_ascii_case(unit))
}

/// The units that may be written, for messages.
pub(super) const CONCENTRATION_NAMES: &str = "mg/L, μg/L, g/L, ng/L";
/// Units of volume, for messages.
pub(super) const VOLUME_NAMES: &str = "m3, 万m3, 亿m3";
/// Units of flow, for messages.
pub(super) const FLOW_NAMES: &str = "m3/s";

/// Days of a month, or of a year where no month is given (Gregorian calendar).
pub(super) fn days(year: i32, month: Option<u8>) -> i64 {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        None => 365 + i64::from(is_leap),
        Some(2) => 28 + i64::from(is_leap),
        Some(4 | 6 | 9 | 11) => 30,
        Some(_) => 31,
    }
}
