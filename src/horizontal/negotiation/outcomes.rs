//! Outcomes drawn from distributions: equally likely, the same for the same seed, kept to six decimals.

use std::collections::{BTreeMap, BTreeSet};

use num_traits::One;

use crate::bargaining::Number;
use crate::finding::{Finding, FindingLog, Findings, Place};
use crate::negotiation::case::{Drawn, Draws, Every, Form};
use crate::phrases::Text;
use crate::uncertainty::{Distribution, Sampler, Sampling};
use crate::units::{BigInt, Exact};

/// Most outcomes.
pub(super) const OUTCOMES: usize = 2_000;

/// One outcome.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Outcome {
    pub id: String,
    pub label: Text,
    pub probability: Exact,
    /// Values by variable, year by year.
    pub years: Vec<BTreeMap<String, Exact>>,
}

/// Draws outcomes over so many years.
///
/// # Errors
/// Counts out of range, distributions that are none.
pub(super) fn drawn(draws: &Draws, years: u32) -> Result<Vec<Outcome>, Findings> {
    let mut log = FindingLog::default();
    let count = draws.count as usize;
    if count == 0 || count > OUTCOMES || draws.variables.is_empty() {
        let finding = Finding::error("negotiate.draws", Place::default().column("draws.count"));
        log.push(finding.with("most", OUTCOMES.to_string()));
    }
    let mut ids = BTreeSet::new();
    let mut forms: Vec<Option<Distribution>> = Vec::new();
    for (index, variable) in draws.variables.iter().enumerate() {
        let at = format!("draws.variable[{}]", index + 1);
        if variable.id.trim().is_empty() || !ids.insert(variable.id.as_str()) {
            log.push(
                Finding::error("bargain.id_twice", Place::default().column(format!("{at}.id")))
                    .with("id", &variable.id),
            );
        }
        match distribution(variable) {
            Some(form) => forms.push(form),
            None => log.push(
                Finding::error("negotiate.distribution", Place::default().column(at)).with("variable", &variable.id),
            ),
        }
    }
    let dimensions = |variable: &Drawn| if variable.every == Every::Year { years as usize } else { 1 };
    let all: usize = draws.variables.iter().map(dimensions).sum();
    let sampler = Sampler::new(Sampling::LatinHypercube, draws.seed, u64::from(draws.count.max(1)), all);
    let Some(sampler) = sampler.filter(|_| log.errors() == 0) else { return Err(Findings(log.into_findings())) };
    let probability = Exact::new(BigInt::one(), BigInt::from(count));
    let outcome = |draw: u32| {
        let levels = sampler.point(u64::from(draw));
        let mut levels = levels.into_iter();
        let mut by_year: Vec<BTreeMap<String, Exact>> = vec![BTreeMap::new(); years as usize];
        for (variable, form) in draws.variables.iter().zip(&forms) {
            let mut value = Exact::default();
            for (year, values) in by_year.iter_mut().enumerate() {
                if year == 0 || variable.every == Every::Year {
                    value = at_level(variable, form.as_ref(), levels.next().unwrap_or(0.5));
                }
                values.insert(variable.id.clone(), value.clone());
            }
        }
        let id = format!("{}", draw + 1);
        Outcome { label: Text::same(&id), id, probability: probability.clone(), years: by_year }
    };
    Ok((0..draws.count).map(outcome).collect())
}

fn at_level(variable: &Drawn, form: Option<&Distribution>, level: f64) -> Exact {
    let value = match form {
        Some(form) => form.quantile(level),
        None => f64::from(u8::from(level < variable.chance.unwrap_or(0.0))),
    };
    Number::parse(&format!("{value:.6}")).map(|number| number.0).unwrap_or_default()
}

/// The distribution; `None` inside for yes-or-no, `None` outside where parameters are missing or wrong.
fn distribution(variable: &Drawn) -> Option<Option<Distribution>> {
    let finite = |value: Option<f64>| value.filter(|value| value.is_finite() && value.abs() < 1e12);
    let given = [variable.low, variable.mode, variable.high, variable.mean, variable.sd, variable.mu, variable.sigma];
    if given.into_iter().flatten().any(|value| !value.is_finite() || value.abs() >= 1e12) {
        return None;
    }
    let (low, high) = (finite(variable.low), finite(variable.high));
    // A parameter of another form is a mistake, not a spare.
    let used: &[bool] = match variable.distribution {
        Form::Uniform => &[true, false, true, false, false, false, false, false],
        Form::Triangular => &[true, true, true, false, false, false, false, false],
        Form::Normal => &[true, false, true, true, true, false, false, false],
        Form::Lognormal => &[false, false, false, false, false, true, true, false],
        Form::YesNo => &[false, false, false, false, false, false, false, true],
    };
    if given.iter().chain([&variable.chance]).zip(used).any(|(given, used)| given.is_some() && !used) {
        return None;
    }
    let form = match variable.distribution {
        Form::Uniform => Distribution::Uniform { low: low?, high: high.filter(|high| *high > low.unwrap_or(0.0))? },
        Form::Triangular => {
            let (low, mode, high) = (low?, finite(variable.mode)?, high?);
            if !(low <= mode && mode <= high && low < high) {
                return None;
            }
            Distribution::Triangular { low, mode, high }
        }
        Form::Normal => {
            let sd = finite(variable.sd).filter(|sd| *sd > 0.0)?;
            if low.zip(high).is_some_and(|(low, high)| low >= high) {
                return None;
            }
            let form = Distribution::Normal { mean: finite(variable.mean)?, sd, low, high };
            if form.mass() < crate::uncertainty::distribution::LEAST_MASS {
                return None;
            }
            form
        }
        Form::Lognormal => {
            let (mu, sigma) = (finite(variable.mu)?, finite(variable.sigma).filter(|sigma| *sigma > 0.0)?);
            if mu.abs() > 20.0 || sigma > 3.0 {
                return None;
            }
            Distribution::Lognormal { mu, sigma }
        }
        Form::YesNo => return variable.chance.filter(|chance| (0.0..=1.0).contains(chance)).map(|_| None),
    };
    Some(Some(form))
}
