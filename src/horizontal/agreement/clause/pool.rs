//! A common fund (共同资金): contributions by ratio, distribution by ratio, both closed to the 分 (赤水河 1:5:4 in, 3:4:3 out).

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::agreement::check::Check;
use crate::agreement::clause::Kind;
use crate::agreement::clause::frame::{Call, Occasion};
use crate::agreement::clause::pay::{nothing, write};
use crate::agreement::model::Role;
use crate::agreement::written::{Amount, Number, Side, shown};
use crate::finding::Finding;
use crate::phrases::{Phrase, Text};
use crate::units::Money;

/// A common fund.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pool {
    /// The party that is the fund.
    pub fund: String,
    /// What is paid in every year.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
    /// Who pays it in, by ratio.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub contribute: BTreeMap<String, Number>,
    /// Who receives, by ratio, what the fund holds: what was really paid in, balances of earlier years included; it stays there
    /// where nobody is named.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub distribute: BTreeMap<String, Number>,
}

impl Kind for Pool {
    fn check(&self, path: &str, check: &mut Check<'_>) {
        check.party(&self.fund, &format!("{path}.fund"), false);
        let role = check.agreement.party_of(&self.fund).map(|party| party.role);
        if role.is_some_and(|role| role != Role::Pool) {
            let name = check.agreement.party_name(&self.fund);
            check.error("agreement.not_a_pool", &format!("{path}.fund"), |f| f.with("party", name));
        }
        for (key, shares) in [("contribute", &self.contribute), ("distribute", &self.distribute)] {
            let path = format!("{path}.{key}");
            for party in shares.keys() {
                check.party(party, &format!("{path}.{party}"), false);
                if *party == self.fund {
                    let name = check.agreement.party_name(party);
                    check.error("agreement.to_itself", &path, |f| f.with("party", name));
                }
            }
            check.ratios(shares.values().map(|share| &share.0), !shares.is_empty() && nothing(shares), &path);
        }
        if self.amount.is_some() == self.contribute.is_empty() {
            check.error("agreement.pool_amount", path, |f| f);
        }
        if self.contribute.is_empty() && self.distribute.is_empty() {
            check.some(0, &format!("{path}.distribute"));
        }
    }

    fn settle(&self, call: &mut Call<'_, '_>) -> Result<(), Finding> {
        call.looked = true;
        let fund = Side::One(self.fund.clone());
        if let Some(amount) = self.amount.filter(|_| !self.contribute.is_empty()) {
            call.tell(&ratio_step("settlement.step_pool_in", amount.0, &self.contribute, call));
            write(call, (&Side::Several(self.contribute.clone()), &fund), amount.0, Occasion::default())?;
        }
        if self.distribute.is_empty() {
            return Ok(());
        }
        // Only what was paid in can be given out: contributions are posted first, less what a cap or budget does not allow.
        call.post()?;
        let (held, free) = (call.book.funds.held(&self.fund), call.book.free(&self.fund));
        if free < held {
            let owed = Money::from_fen(held.fen() - free.fen());
            let step =
                Phrase::new("settlement.step_fund_owes").with("fund", call.frame.agreement.party_name(&self.fund));
            call.tell(&step.with("held", held).with("owed", owed));
        }
        call.tell(&ratio_step("settlement.step_pool_out", free, &self.distribute, call));
        write(call, (&fund, &Side::Several(self.distribute.clone())), free, Occasion::default())
    }
}

fn ratio_step(code: &'static str, amount: Money, shares: &BTreeMap<String, Number>, call: &Call<'_, '_>) -> Phrase {
    let names = shares.keys().map(|party| call.frame.agreement.party_name(party));
    let (zh, en): (Vec<String>, Vec<String>) = names.map(|name| (name.zh, name.en)).unzip();
    let ratio: Vec<String> = shares.values().map(|share| shown(&share.0)).collect();
    Phrase::new(code)
        .with("amount", amount)
        .with("parties", Text { zh: zh.join(":"), en: en.join(" : ") })
        .with("ratio", ratio.join(":"))
}
