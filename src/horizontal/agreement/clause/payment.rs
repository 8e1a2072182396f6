//! Fixed payments (出资、定额补助): the same every year, or by year; whatever the water is like.

use num_traits::One as _;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::agreement::check::Check;
use crate::agreement::clause::frame::{Call, Occasion};
use crate::agreement::clause::{Kind, Pay};
use crate::finding::Finding;
use crate::units::Exact;

/// Payments that are made in any case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Payment {
    /// The payments.
    pub pay: Vec<Pay>,
}

impl Kind for Payment {
    fn check(&self, path: &str, check: &mut Check<'_>) {
        check.some(self.pay.len(), &format!("{path}.pay"));
        for (index, pay) in self.pay.iter().enumerate() {
            pay.check(&format!("{path}.pay[{}]", index + 1), check, (false, false));
        }
    }

    fn settle(&self, call: &mut Call<'_, '_>) -> Result<(), Finding> {
        for pay in &self.pay {
            pay.pay(call, Occasion::default(), None, &Exact::one())?;
        }
        Ok(())
    }
}
