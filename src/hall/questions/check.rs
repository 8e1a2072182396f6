//! A model checked without solving.

use schemars::JsonSchema;
use serde::Serialize;

use crate::finding::{Finding, Findings};
use crate::phrases::Lang;
use crate::questions::FindingPart;
use crate::run::Prepared;

/// What a model checked without solving comes to.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CheckDocument {
    /// Whether model and data can be solved.
    pub valid: bool,
    /// Areas, cells, funds, rules and objectives; absent where it is not valid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<SizePart>,
    /// Errors and warnings.
    pub findings: Vec<FindingPart>,
}

/// How large a model is.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct SizePart {
    /// Areas.
    pub areas: usize,
    /// Cells.
    pub cells: usize,
    /// Funds.
    pub funds: usize,
    /// Rules.
    pub rules: usize,
    /// Objectives.
    pub stages: usize,
}

impl CheckDocument {
    /// What reading a model and its data came to.
    pub fn of(read: Result<&Prepared, &Findings>, lang: Lang) -> Self {
        let part = |finding: &Finding| FindingPart::of(finding, lang);
        match read {
            Ok(prepared) => {
                let problem = &prepared.problem;
                let size = SizePart {
                    areas: problem.frame.dataset.areas().len(),
                    cells: problem.frame.dataset.cells().len(),
                    funds: problem.frame.funds.len(),
                    rules: problem.rules.len(),
                    stages: problem.stages.len(),
                };
                let findings = prepared.data_warnings.iter().chain(&prepared.warnings).map(part).collect();
                Self { valid: true, size: Some(size), findings }
            }
            Err(findings) => Self { valid: false, size: None, findings: findings.0.iter().map(part).collect() },
        }
    }
}
