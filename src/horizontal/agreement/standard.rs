//! GB 3838-2002 地表水环境质量标准: names, units and class limits, as data; the class is that of the worst indicator (单因子评价).

use std::sync::OnceLock;

use serde::Deserialize;

use crate::agreement::written::Class;
use crate::phrases::Text;
use crate::units::{Decimal, Exact};

/// One basic item of the standard.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    id: String,
    zh: String,
    en: String,
    #[serde(default)]
    aliases: Vec<String>,
    unit: String,
    #[serde(default)]
    at_most: Option<[String; 5]>,
    #[serde(default)]
    lake_at_most: Option<[String; 5]>,
    #[serde(default)]
    at_least: Option<[String; 5]>,
    #[serde(default)]
    between: Option<[String; 2]>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[expect(dead_code, reason = "says where the limits come from")]
    source: String,
    indicator: Vec<Row>,
}

/// Limits of classes I to V.
#[derive(Debug, Clone, PartialEq)]
pub enum Limits {
    /// More is worse: the value may be at most the limit.
    AtMost(Vec<Exact>),
    /// More is better: the value must be at least the limit (dissolved oxygen).
    AtLeast(Vec<Exact>),
    /// One range for every class (pH); outside it the water is worse than V.
    Between(Exact, Exact),
}

impl Limits {
    /// The class of a concentration.
    pub fn class(&self, value: &Exact) -> Class {
        let reached = match self {
            Self::AtMost(limits) => limits.iter().position(|limit| value <= limit),
            Self::AtLeast(limits) => limits.iter().position(|limit| value >= limit),
            Self::Between(least, most) => (value >= least && value <= most).then_some(0),
        };
        Class(reached.and_then(|index| u8::try_from(index + 1).ok()).unwrap_or(6))
    }

    /// The limit of a class above which, by more, it is exceeded; `None` where more is not worse.
    pub fn at_most(&self, class: Class) -> Option<&Exact> {
        match self {
            Self::AtMost(limits) => limits.get(usize::from(class.0).saturating_sub(1)),
            _ => None,
        }
    }
}

/// An indicator of the standard.
#[derive(Debug, Clone)]
pub struct Substance {
    /// Short name.
    pub id: String,
    /// Printed name.
    pub name: Text,
    /// Further names.
    pub aliases: Vec<String>,
    /// Unit of its limits.
    pub unit: String,
    river: Option<Limits>,
    lake: Option<Limits>,
}

impl Substance {
    /// Its class limits in rivers, or in lakes and reservoirs; `None` where the standard has none.
    pub fn limits(&self, lake: bool) -> Option<&Limits> {
        if lake { self.lake.as_ref().or(self.river.as_ref()) } else { self.river.as_ref() }
    }
}

/// All indicators of the standard.
pub fn substances() -> &'static [Substance] {
    static TABLE: OnceLock<Vec<Substance>> = OnceLock::new();
    // A table that does not parse is caught by the test below; then no indicator is known.
    TABLE.get_or_init(|| {
        let text = include_str!("../../../datasets/horizontal/gb3838-2002.toml");
        let file: Option<File> = toml::from_str(text).ok();
        file.map(|file| file.indicator.into_iter().map(substance_of).collect()).unwrap_or_default()
    })
}

/// The indicator of an id.
pub fn substance(id: &str) -> Option<&'static Substance> {
    substances().iter().find(|known| known.id == id)
}

fn numbers(texts: &[String]) -> Vec<Exact> {
    texts.iter().filter_map(|text| Decimal::parse(text).ok()).map(Decimal::exact).collect()
}

fn substance_of(row: Row) -> Substance {
    let between = row.between.as_ref().map(|ends| numbers(ends)).and_then(|ends| match ends.as_slice() {
        [least, most] => Some(Limits::Between(least.clone(), most.clone())),
        _ => None,
    });
    let at_most = row.at_most.as_ref().map(|limits| Limits::AtMost(numbers(limits)));
    let at_least = row.at_least.as_ref().map(|limits| Limits::AtLeast(numbers(limits)));
    Substance {
        id: row.id,
        name: Text { zh: row.zh, en: row.en },
        aliases: row.aliases,
        unit: row.unit,
        river: at_most.or(at_least).or(between),
        lake: row.lake_at_most.as_ref().map(|limits| Limits::AtMost(numbers(limits))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_whole_and_monotone() {
        assert!(substances().len() >= 20);
        for known in substances() {
            for limits in [known.limits(false), known.limits(true)].into_iter().flatten() {
                match limits {
                    Limits::AtMost(limits) => {
                        assert!(limits.len() == 5 && limits.windows(2).all(|pair| pair[0] <= pair[1]), "{}", known.id);
                    }
                    Limits::AtLeast(limits) => {
                        assert!(limits.len() == 5 && limits.windows(2).all(|pair| pair[0] >= pair[1]), "{}", known.id);
                    }
                    Limits::Between(least, most) => assert!(least < most),
                }
            }
        }
    }

    #[test]
    fn a_limit_belongs_to_its_class() {
        let class = |id: &str, text: &str| {
            substance(id).unwrap().limits(false).unwrap().class(&Decimal::parse(text).unwrap().exact()).0
        };
        assert_eq!(
            [class("nh3_n", "0.15"), class("nh3_n", "0.151"), class("nh3_n", "2"), class("nh3_n", "2.01")],
            [1, 2, 5, 6]
        );
        assert_eq!([class("do", "7.5"), class("do", "7.49"), class("do", "1.9")], [1, 2, 6]);
        assert_eq!([class("ph", "6"), class("ph", "9.01")], [1, 6]);
        assert_eq!(class("tp", "0.05"), 2);
    }
}
