//! `[uncertainty]`: uncertain inputs, their distributions and correlations.

use crate::document::sections::{Reader, Section, unknown_word};
use crate::document::tree::{Node, Value};
use crate::finding::Finding;
use crate::phrases::Text;
use crate::policy::is_id;
use crate::uncertainty::distribution::LEAST_MASS;
use crate::uncertainty::{Action, Copula, Distribution, Input, Sampling, Uncertainty};
use crate::units::{Decimal, split_unit};

/// Draws where neither model nor user says how many.
const DRAWS: u64 = 1000;
/// Words of the distributions.
const DISTRIBUTIONS: [(&str, Form); 4] = [
    ("uniform", Form::Uniform),
    ("triangular", Form::Triangular),
    ("normal", Form::Normal),
    ("lognormal", Form::Lognormal),
];

#[derive(Debug, Clone, Copy)]
enum Form {
    Uniform,
    Triangular,
    Normal,
    Lognormal,
}

/// Reads the section; `None` where the model has none, or it is wrong.
pub(super) fn read(reader: &Reader, node: Option<&Node>) -> Option<Uncertainty> {
    let section = reader.section(node?, "uncertainty")?;
    let whole = |key: &'static str| -> Option<u64> {
        let value = section.decimal(key)?;
        let whole = num_traits::ToPrimitive::to_u64(&value.exact().to_integer())
            .filter(|whole| *whole <= i64::MAX.unsigned_abs() && Decimal::from_integer(whole.cast_signed()) == value);
        if whole.is_none() {
            section.report(Finding::error("sweep.not_whole", section.place_of(key)).with("value", value.to_string()));
        }
        whole
    };
    let seed = whole("seed").unwrap_or(1);
    let draws = whole("draws").unwrap_or(DRAWS);
    if draws == 0 {
        section.report(Finding::error("sweep.zero_draws", section.place_of("draws")));
    }
    let sampling = section.choice("sampling", &Sampling::WORDS).unwrap_or(Sampling::Random);
    let inputs = inputs(reader, &section);
    let copula = section.get("correlation").and_then(|node| correlation(reader, node, &inputs));
    section.finish();
    (!inputs.is_empty()).then_some(Uncertainty { seed, draws, sampling, inputs, copula })
}

fn inputs(reader: &Reader, section: &Section<'_>) -> Vec<Input> {
    let Some(node) = section.need("input") else { return Vec::new() };
    let mut inputs: Vec<Input> = Vec::new();
    for (index, item) in reader.list(node, "uncertainty.input").iter().enumerate() {
        let Some(section) = reader.section(item, format!("uncertainty.input[{}]", index + 1)) else { continue };
        if let Some(input) = input(reader, &section) {
            if inputs.iter().any(|known| known.id == input.id) {
                section.report(Finding::error("policy.duplicate_id", section.place_of("id")).with("id", &input.id));
            }
            inputs.push(input);
        }
        section.finish();
    }
    if inputs.is_empty() {
        section.report(Finding::error("policy.none", section.place_of("input")).with("what", "uncertainty.input"));
    }
    inputs
}

fn input(reader: &Reader, section: &Section<'_>) -> Option<Input> {
    let id = section.need("id").and_then(|node| reader.text(node, &section.at("id")));
    if let Some(id) = id.as_ref().filter(|id| !is_id(id)) {
        section.report(Finding::error("policy.id_form", section.place_of("id")).with("id", id));
    }
    let path = section.need("path").and_then(|node| reader.text(node, &section.at("path")));
    let action = section
        .need("op")
        .and_then(|_| section.choice("op", &[("scale", Action::Scale), ("add", Action::Add), ("set", Action::Set)]));
    let label = section.label("label");
    let mut numbers = Numbers { section, unit: None };
    let grid = numbers.list("grid");
    let form = section.choice("distribution", &DISTRIBUTIONS);
    if form.is_none() && section.get("distribution").is_none() && grid.is_empty() {
        section.report(Finding::error("policy.key_missing", section.place()).with("key", "distribution"));
    }
    let distribution = form.and_then(|form| distribution(section, &mut numbers, form));
    let unit = numbers.unit.unwrap_or_default();
    if action == Some(Action::Scale) && !unit.is_empty() {
        section.report(Finding::error("sweep.factor_unit", section.place()).with("unit", &unit));
    }
    if distribution.is_none() && grid.is_empty() {
        return None;
    }
    let id = id?;
    Some(Input {
        label: label.unwrap_or_else(|| Text::same(&id)),
        id,
        path: path?,
        action: action?,
        distribution,
        unit,
        grid,
        line: section.line,
        place: section.path.clone(),
    })
}

/// The numbers of one input: plain, or all with the same unit.
struct Numbers<'s, 'a> {
    section: &'s Section<'a>,
    unit: Option<String>,
}

impl Numbers<'_, '_> {
    fn number(&mut self, node: &Node, key: &'static str) -> Option<Decimal> {
        let reader = self.section.reader();
        let at = self.section.at(key);
        let (number, unit) = match &node.value {
            Value::Text(text) => match split_unit(text) {
                (_, "" | "%") => (reader.decimal(node, &at)?, ""),
                (number, unit) => {
                    let plain = Node { line: node.line, value: Value::Number(number.to_owned()) };
                    (reader.decimal(&plain, &at)?, unit)
                }
            },
            _ => (reader.decimal(node, &at)?, ""),
        };
        match &self.unit {
            Some(known) if known != unit => {
                let place = reader.place(node.line, &at);
                reader.report(
                    Finding::error("sweep.mixed_units", place).with("unit", unit).with("known", known.as_str()),
                );
                return None;
            }
            _ => self.unit = Some(unit.to_owned()),
        }
        Some(number)
    }

    fn get(&mut self, key: &'static str) -> Option<f64> {
        let node = self.section.get(key)?;
        self.number(node, key).map(Decimal::to_f64)
    }

    fn need(&mut self, key: &'static str) -> Option<f64> {
        self.section.need(key)?;
        self.get(key)
    }

    fn list(&mut self, key: &'static str) -> Vec<Decimal> {
        let Some(node) = self.section.get(key) else { return Vec::new() };
        let items = self.section.reader().list(node, &self.section.at(key));
        items.iter().filter_map(|item| self.number(item, key)).collect()
    }
}

fn distribution(section: &Section<'_>, numbers: &mut Numbers<'_, '_>, form: Form) -> Option<Distribution> {
    let refuse = |code: &'static str, key: &'static str| {
        section.report(Finding::error(code, section.place_of(key)));
        None
    };
    match form {
        Form::Uniform => {
            let (low, high) = (numbers.need("low"), numbers.need("high"));
            let (low, high) = (low?, high?);
            if low < high { Some(Distribution::Uniform { low, high }) } else { refuse("sweep.low_high", "low") }
        }
        Form::Triangular => {
            let (low, mode, high) = (numbers.need("low"), numbers.need("mode"), numbers.need("high"));
            let (low, mode, high) = (low?, mode?, high?);
            if low >= high {
                return refuse("sweep.low_high", "low");
            }
            if !(low..=high).contains(&mode) {
                return refuse("sweep.mode_outside", "mode");
            }
            Some(Distribution::Triangular { low, mode, high })
        }
        Form::Normal => {
            let (mean, sd) = (numbers.need("mean"), numbers.need("sd"));
            let (low, high) = (numbers.get("low"), numbers.get("high"));
            let (mean, sd) = (mean?, sd?);
            if sd <= 0.0 {
                return refuse("sweep.spread_not_positive", "sd");
            }
            if low.zip(high).is_some_and(|(low, high)| low >= high) {
                return refuse("sweep.low_high", "low");
            }
            let normal = Distribution::Normal { mean, sd, low, high };
            if normal.mass() < LEAST_MASS { refuse("sweep.truncated_away", "low") } else { Some(normal) }
        }
        Form::Lognormal => lognormal(section, numbers),
    }
}

/// By `median` or `mean`, and by `sigma` (of the logarithm) or `sd` (of the value).
fn lognormal(section: &Section<'_>, numbers: &mut Numbers<'_, '_>) -> Option<Distribution> {
    let (median, mean) = (numbers.get("median"), numbers.get("mean"));
    // The spread of the logarithm has no unit, whatever the unit of the values.
    let sigma = section.decimal("sigma").map(Decimal::to_f64);
    let sd = numbers.get("sd");
    let refuse = |code: &'static str| {
        section.report(Finding::error(code, section.place()));
        None
    };
    if median.is_some() == mean.is_some() || sigma.is_some() == sd.is_some() {
        return refuse("sweep.lognormal_form");
    }
    if median.or(mean).is_some_and(|centre| centre <= 0.0) {
        return refuse("sweep.lognormal_not_positive");
    }
    if sigma.or(sd).is_some_and(|spread| spread <= 0.0) {
        return refuse("sweep.spread_not_positive");
    }
    // sd² = m²·w·(w−1) with median m and w = exp(σ²); sd² = mean²·(w−1) (Johnson, Kotz & Balakrishnan 1994, ch. 14).
    let sigma = match (sigma, sd, median, mean) {
        (Some(sigma), _, _, _) => sigma,
        (_, Some(sd), Some(median), _) => {
            let ratio = sd / median;
            ((1.0 + (1.0 + 4.0 * ratio * ratio).sqrt()) / 2.0).ln().sqrt()
        }
        (_, Some(sd), _, Some(mean)) => (sd / mean).powi(2).ln_1p().sqrt(),
        _ => return None,
    };
    let mu = match (median, mean) {
        (Some(median), _) => median.ln(),
        (_, Some(mean)) => mean.ln() - sigma * sigma / 2.0,
        _ => return None,
    };
    Some(Distribution::Lognormal { mu, sigma })
}

fn correlation(reader: &Reader, node: &Node, inputs: &[Input]) -> Option<Copula> {
    let section = reader.section(node, "uncertainty.correlation")?;
    let names = section.need("inputs").map(|node| (node, reader.words(node, &section.at("inputs"))));
    let rows = section.need("matrix").map(|node| (node, matrix(reader, node, &section.at("matrix"))));
    section.finish();
    let ((names_node, names), (node, matrix)) = (names?, rows?);
    let place = || reader.place(node.line, "uncertainty.correlation.matrix");
    let mut positions = Vec::new();
    for name in &names {
        let known = inputs.iter().position(|input| input.id == *name);
        match known {
            Some(position) if positions.contains(&position) => {
                let place = reader.place(names_node.line, "uncertainty.correlation.inputs");
                reader.report(Finding::error("policy.duplicate_id", place).with("id", name));
                return None;
            }
            Some(position) => positions.push(position),
            None => {
                let place = reader.place(names_node.line, "uncertainty.correlation.inputs");
                reader.report(unknown_word(place, name, inputs.iter().map(|input| input.id.as_str())));
                return None;
            }
        }
    }
    let size = names.len();
    let matrix = matrix?;
    if matrix.len() != size || matrix.iter().any(|row| row.len() != size) {
        reader.report(Finding::error("sweep.matrix_size", place()).with("size", size.to_string()));
        return None;
    }
    let pair = |a: usize, b: usize| {
        let name = |at: usize| names.get(at).map_or("?", String::as_str);
        format!("{} × {}", name(a), name(b))
    };
    for (a, row) in matrix.iter().enumerate() {
        for (b, value) in row.iter().enumerate() {
            let mirrored = matrix.get(b).and_then(|row| row.get(a)).copied().unwrap_or_default();
            let code = if a == b && *value != Decimal::ONE {
                "sweep.matrix_diagonal"
            } else if mirrored != *value {
                "sweep.matrix_symmetry"
            } else if *value > Decimal::ONE || *value < Decimal::from_integer(-1) {
                "sweep.matrix_range"
            } else {
                continue;
            };
            let phrase = crate::phrases::Phrase::new(code)
                .with("pair", pair(a, b))
                .with("value", value.to_string())
                .with("mirrored", mirrored.to_string());
            reader.report(Finding::from_phrase(phrase, place()));
            return None;
        }
    }
    let matrix = matrix.iter().map(|row| row.iter().map(|value| value.to_f64()).collect()).collect();
    match Copula::new(positions, matrix) {
        Ok(copula) => Some(copula),
        Err(refused) => {
            reader.report(
                Finding::error("sweep.not_positive_definite", place())
                    .with("eigenvalue", format!("{:.6}", refused.eigenvalue))
                    .with("pair", pair(refused.pair.0, refused.pair.1)),
            );
            None
        }
    }
}

fn matrix(reader: &Reader, node: &Node, path: &str) -> Option<Vec<Vec<Decimal>>> {
    let row = |node: &Node| -> Option<Vec<Decimal>> {
        reader.list(node, path).iter().map(|item| reader.decimal(item, path)).collect()
    };
    reader.list(node, path).iter().map(row).collect()
}
