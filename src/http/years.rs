//! A plan against the year before: line by line, from the records that are kept.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::phrases::Text;

/// What is read of a record.
#[derive(Debug, Deserialize)]
pub struct Amounts {
    hash: String,
    areas: Vec<Group>,
    ecosystems: Vec<Group>,
    total: Group,
}

#[derive(Debug, Clone, Deserialize)]
struct Group {
    code: String,
    name: Text,
    amount_fen: i64,
    last_year_fen: Option<i64>,
}

/// The amounts of a record; `None` where it is none of a plan.
pub fn amounts(record: &[u8]) -> Option<Amounts> {
    serde_json::from_slice(record).ok()
}

/// What a plan is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "YearBasis")]
pub enum Basis {
    /// The plan that is named as the one of the year before.
    Plan,
    /// Last year's amounts in the data.
    Data,
}

/// A plan against the year before.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct YearDifference {
    /// Id of the plan.
    pub plan: String,
    /// Number of its run.
    pub run: String,
    /// What it is compared with.
    pub basis: Basis,
    /// Id of the plan of the year before; null where the data are the basis.
    pub previous: Option<String>,
    /// Number of its run; null where the data are the basis.
    pub previous_run: Option<String>,
    /// Areas, by code; those of either year.
    pub areas: Vec<Change>,
    /// Ecosystems, by id.
    pub ecosystems: Vec<Change>,
    /// Everything.
    pub total: Change,
}

/// One line of two years.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "YearChange")]
pub struct Change {
    /// Area code, ecosystem id, or `total`.
    pub code: String,
    /// Printed name.
    pub name: Text,
    /// Amount, in 分; null where the plan has no such line.
    pub amount_fen: Option<i64>,
    /// Amount of the year before, in 分; null where it has no such line.
    pub before_fen: Option<i64>,
    /// Amount less that of the year before, in 分; what is not there counts as nothing.
    pub change_fen: i64,
    /// The same as a share of the year before; null where that is nothing.
    pub change: Option<f64>,
}

impl Change {
    fn of((code, name): (&str, &Text), amount: Option<i64>, before: Option<i64>) -> Self {
        let change_fen = amount.unwrap_or(0).saturating_sub(before.unwrap_or(0));
        let base = before.filter(|before| *before != 0);
        Self {
            code: code.to_owned(),
            name: name.clone(),
            amount_fen: amount,
            before_fen: before,
            change_fen,
            change: base.map(|before| change_fen as f64 / before as f64),
        }
    }
}

fn lines(now: &[Group], before: Option<&[Group]>) -> Vec<Change> {
    let Some(before) = before else {
        let line = |group: &Group| Change::of((&group.code, &group.name), Some(group.amount_fen), group.last_year_fen);
        return now.iter().map(line).collect();
    };
    let by_code = |groups: &'_ [Group]| -> BTreeMap<String, Group> {
        groups.iter().map(|group| (group.code.clone(), group.clone())).collect()
    };
    let (now, before) = (by_code(now), by_code(before));
    let codes: BTreeSet<&String> = now.keys().chain(before.keys()).collect();
    let line = |code: &String| {
        let (now, before) = (now.get(code), before.get(code));
        let name = now.or(before).map(|group| &group.name)?;
        let amount = |group: Option<&Group>| group.map(|group| group.amount_fen);
        Some(Change::of((code, name), amount(now), amount(before)))
    };
    codes.into_iter().filter_map(line).collect()
}

impl YearDifference {
    /// The difference; `None` where there is nothing to compare with.
    pub fn of(plan: String, previous: Option<String>, now: &Amounts, before: Option<&Amounts>) -> Option<Self> {
        if before.is_none() && now.areas.iter().all(|area| area.last_year_fen.is_none()) {
            return None;
        }
        let total = before.map_or(now.total.last_year_fen, |before| Some(before.total.amount_fen));
        Some(Self {
            plan,
            run: now.hash.clone(),
            basis: if before.is_some() { Basis::Plan } else { Basis::Data },
            previous,
            previous_run: before.map(|before| before.hash.clone()),
            areas: lines(&now.areas, before.map(|before| before.areas.as_slice())),
            ecosystems: lines(&now.ecosystems, before.map(|before| before.ecosystems.as_slice())),
            total: Change::of((&now.total.code, &now.total.name), Some(now.total.amount_fen), total),
        })
    }
}
