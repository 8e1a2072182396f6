//! Payments by quantity (按水量补偿): a price for every m³ of a volume, by steps.
//!
//! `marginal`: every part of the volume at the price of its step. `whole`: the whole volume at the price of the step it reaches.

use num_traits::{Signed, Zero};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::agreement::check::Check;
use crate::agreement::clause::Kind;
use crate::agreement::clause::frame::{Call, Occasion};
use crate::agreement::clause::pay::write;
use crate::agreement::measure::MeasureKind;
use crate::agreement::written::{Number, Side, plain, shown};
use crate::finding::Finding;
use crate::phrases::{Phrase, Text};
use crate::units::{Exact, Money, number_and_unit};

/// A price for every m³.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Quantity {
    /// The measure, in m³.
    pub on: String,
    /// Who pays.
    pub from: Side,
    /// Who receives.
    pub to: Side,
    /// How the steps count.
    pub method: Method,
    /// The steps, from the lowest.
    pub step: Vec<Step>,
}

/// How steps count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Every part of the volume at the price of its step.
    Marginal,
    /// The whole volume at the price of the step that it reaches.
    Whole,
}

/// A step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Volume at which it ends, itself included, in m³; the last step has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub up_to: Option<Number>,
    /// Its price.
    pub price: Price,
}

/// A price such as `"0.06 元/m3"`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Price(pub String);

impl Price {
    /// The price in 分 for one m³; `None` where it is not one.
    pub fn fen(&self) -> Option<Exact> {
        let (number, unit) = number_and_unit(&self.0).ok()?;
        let (money, volume) = unit.split_once('/')?;
        let fen = |money: &str| Money::of(crate::units::Decimal::ONE, money).ok().map(|money| money.exact());
        let cubic: i64 = match volume.trim() {
            "m3" | "m³" | "立方米" | "方" | "吨" => 1,
            "万m3" | "万m³" | "万立方米" | "万方" => 10_000,
            "亿m3" | "亿m³" | "亿立方米" | "亿方" => 100_000_000,
            _ => return None,
        };
        let value = number.exact() * fen(money.trim())? / Exact::from_integer(cubic.into());
        (!value.is_negative()).then_some(value)
    }
}

impl Quantity {
    /// Parts of a volume with the price of each, in 分.
    fn parts(&self, volume: &Exact) -> Vec<(Exact, Exact)> {
        let price = |step: &Step| step.price.fen().unwrap_or_else(Exact::zero);
        let reached = |step: &&Step| step.up_to.as_ref().is_none_or(|end| *volume <= end.0);
        if self.method == Method::Whole {
            let step = self.step.iter().find(reached);
            return step.map(|step| (volume.clone(), price(step))).into_iter().collect();
        }
        let mut parts = Vec::new();
        let mut from = Exact::zero();
        for step in &self.step {
            let end = step.up_to.as_ref().map_or_else(|| volume.clone(), |end| end.0.clone().min(volume.clone()));
            if end > from {
                parts.push((&end - &from, price(step)));
                from = end;
            }
        }
        parts
    }
}

impl Kind for Quantity {
    fn check(&self, path: &str, check: &mut Check<'_>) {
        if let Some(measure) = check.measure(&self.on, &format!("{path}.on"))
            && !matches!(measure.kind(), Some(MeasureKind::Volume(_) | MeasureKind::Given(_)))
        {
            check.error("agreement.not_a_volume", &format!("{path}.on"), |f| f.with("measure", measure.label()));
        }
        check.sides((&self.from, &self.to), path, false);
        check.some(self.step.len(), &format!("{path}.step"));
        let mut last = Exact::zero();
        for (index, step) in self.step.iter().enumerate() {
            let path = format!("{path}.step[{}]", index + 1);
            if step.price.fen().is_none() {
                check.error("agreement.price", &format!("{path}.price"), |f| f.with("value", &step.price.0));
            }
            let is_last = index + 1 == self.step.len();
            match &step.up_to {
                Some(end) if !is_last && end.0 > last => last = end.0.clone(),
                None if is_last => {}
                Some(end) if !is_last => {
                    let (end, last) = (shown(&end.0), shown(&last));
                    check.error("agreement.step_order", &path, |f| f.with("end", end).with("last", last));
                }
                _ => check.error("agreement.step_end", &path, |f| f),
            }
        }
    }

    fn settle(&self, call: &mut Call<'_, '_>) -> Result<(), Finding> {
        let measure = call.frame.agreement.measure_of(&self.on);
        let name = measure.map_or_else(|| Text::same(&self.on), |measure| measure.label());
        for valued in call.values(&self.on)? {
            let parts = self.parts(&valued.value);
            let exact = parts.iter().fold(Exact::zero(), |sum, (volume, price)| sum + volume * price);
            let amount = call.money(&exact)?;
            let yuan = |fen: &Exact| shown(&(fen / Exact::from_integer(100.into())));
            let sum: Vec<String> =
                parts.iter().map(|(volume, price)| format!("{} × {}", shown(volume), yuan(price))).collect();
            let step = Phrase::new("settlement.step_quantity")
                .with("measure", name.clone())
                .with("value", plain(&valued.value).unwrap_or_else(|| shown(&valued.value)))
                .with("sum", if sum.is_empty() { "0".to_owned() } else { sum.join(" + ") })
                .with("amount", amount);
            call.tell(&step);
            write(call, (&self.from, &self.to), amount, Occasion::default())?;
        }
        Ok(())
    }
}
