//! The exact split of amounts among channels of use.

use schemars::JsonSchema;
use serde::Serialize;

use crate::phrases::Text;
use crate::rules::RuleKind;
use crate::rules::naming::group_name;
use crate::run::Prepared;
use crate::units::Money;

/// What a group spends through one channel.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ChannelPart {
    /// Rule id.
    pub rule: String,
    /// Printed name of the rule.
    pub rule_label: Text,
    /// Group.
    pub group: String,
    /// Printed name of the group.
    pub name: Text,
    /// Channel id.
    pub channel: String,
    /// Printed name.
    pub label: Text,
    /// In 分.
    pub amount_fen: i64,
}

/// What every group spends through every channel.
pub(super) fn parts(prepared: &Prepared, amounts: &[Money]) -> Vec<ChannelPart> {
    let mut parts = Vec::new();
    for rule in &prepared.problem.rules {
        let RuleKind::Channel(channel) = &rule.kind else { continue };
        for split in channel.split(&prepared.problem.frame, amounts) {
            for (one, amount) in channel.shares.iter().zip(split.amounts) {
                parts.push(ChannelPart {
                    rule: rule.id.clone(),
                    rule_label: rule.label.clone(),
                    name: group_name(&prepared.problem.frame, &split.group),
                    group: split.group.clone(),
                    channel: one.id.clone(),
                    label: one.label.clone(),
                    amount_fen: amount.fen(),
                });
            }
        }
    }
    parts
}
