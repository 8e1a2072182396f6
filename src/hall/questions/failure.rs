//! Why a question has no answer, as text or JSON, with its exit code.

use schemars::JsonSchema;
use serde::Serialize;

use crate::analysis::repair::{Diagnosis, diagnose};
use crate::analysis::robust::RobustError;
use crate::finding::{Finding, Findings, Place, Severity};
use crate::phrases::{Lang, Phrase};
use crate::remark;
use crate::report::forms::Unprinted;
use crate::run::{Prepared, RunError};
use crate::solver::SolveOptions;

/// A failed command or question.
#[derive(Debug)]
pub enum Failure {
    /// Wrong inputs, or files that cannot be read or written: exit code 1.
    Findings(Findings),
    /// No plan exists, or none that can be rounded: exit code 3.
    Infeasible(Findings, Option<Box<Diagnosis>>),
    /// Time or interrupt: exit code 4.
    Limit(Findings),
    /// A command line that cannot be carried out: exit code 2.
    Usage(Findings),
}

impl From<Findings> for Failure {
    fn from(findings: Findings) -> Self {
        // A limit is no error of the input.
        if findings.limit().is_some() { Self::Limit(findings) } else { Self::Findings(findings) }
    }
}

impl From<Finding> for Failure {
    fn from(finding: Finding) -> Self {
        Findings::from(finding).into()
    }
}

impl From<Unprinted> for Failure {
    fn from(error: Unprinted) -> Self {
        match error {
            Unprinted::Absent(finding) => Self::Usage(finding.into()),
            Unprinted::Failed(finding) => Self::Findings(finding.into()),
        }
    }
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Self {
        Self::of(error, &SolveOptions::default())
    }
}

impl From<RobustError> for Failure {
    fn from(error: RobustError) -> Self {
        match error {
            RobustError::Findings(findings) => Self::Findings(findings),
            RobustError::Infeasible(finding) => Self::Infeasible(finding.into(), None),
            RobustError::Limit(finding) => Self::Limit(finding.into()),
        }
    }
}

/// The document of a failure: what `--json` prints on standard error.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Failed {
    /// `error`, `usage`, `infeasible` or `limit`.
    pub status: &'static str,
    /// 1 error, 2 usage, 3 infeasible, 4 limit.
    pub exit_code: u8,
    /// What is wrong.
    pub findings: Vec<FindingPart>,
    /// Conflict and repairs of an infeasible model, where they could be found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diagnosis: Option<Diagnosis>,
    /// The diagnosis in words, as the command line prints it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explanation: Option<String>,
}

/// A finding in one language.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct FindingPart {
    /// `error` or `warning`.
    pub severity: Severity,
    /// Stable code, such as `dataset.duplicate_area`.
    pub code: &'static str,
    /// Where it stands.
    pub place: Place,
    /// What is wrong.
    pub cause: String,
    /// What to do about it.
    pub remedy: String,
}

impl FindingPart {
    /// A finding in one language.
    pub fn of(finding: &Finding, lang: Lang) -> Self {
        Self {
            severity: finding.severity,
            code: finding.code(),
            place: finding.place.clone(),
            cause: finding.phrase.render(lang),
            remedy: finding.phrase.render_fix(lang),
        }
    }
}

impl Failure {
    /// The failure of a run; an infeasible model is diagnosed within the same limits.
    pub fn of(error: RunError, options: &SolveOptions) -> Self {
        match error {
            RunError::Findings(findings) => Self::Findings(findings),
            RunError::Infeasible(prepared) => {
                let finding = Finding::error("solver.infeasible", Place::file(&prepared.model_file));
                // What cannot be diagnosed (a limit, a failure) is reported without diagnosis.
                let diagnosis = diagnose(&prepared, options).ok().map(Box::new);
                Self::Infeasible(finding.into(), diagnosis).beside(&prepared)
            }
            RunError::Limit(_, finding) => Self::Limit(finding.into()),
            RunError::Unroundable(finding, _) => Self::Infeasible(finding.into(), None),
            RunError::Failed(finding) => Self::Findings(finding.into()),
        }
    }

    /// The failure with the warnings about the inputs, each once: a slip of units may be why there is no plan.
    #[must_use]
    pub fn beside(mut self, prepared: &Prepared) -> Self {
        if let Self::Infeasible(Findings(list), _) | Self::Limit(Findings(list)) = &mut self {
            for warning in remark::of_inputs(prepared) {
                if !list.contains(&warning) {
                    list.push(warning);
                }
            }
        }
        self
    }

    /// A command line that cannot be carried out.
    pub fn usage(finding: Finding) -> Self {
        Self::Usage(finding.into())
    }

    /// 1 error, 2 usage, 3 infeasible, 4 limit.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Findings(_) => 1,
            Self::Usage(_) => 2,
            Self::Infeasible(_, _) => 3,
            Self::Limit(_) => 4,
        }
    }

    /// What is wrong.
    pub fn findings(&self) -> &[Finding] {
        match self {
            Self::Findings(Findings(list))
            | Self::Infeasible(Findings(list), _)
            | Self::Limit(Findings(list))
            | Self::Usage(Findings(list)) => list,
        }
    }

    /// The failure with its findings told otherwise.
    pub fn map(self, tell: impl FnOnce(Findings) -> Findings) -> Self {
        match self {
            Self::Findings(findings) => Self::Findings(tell(findings)),
            Self::Infeasible(findings, diagnosis) => Self::Infeasible(tell(findings), diagnosis),
            Self::Limit(findings) => Self::Limit(tell(findings)),
            Self::Usage(findings) => Self::Usage(tell(findings)),
        }
    }

    /// One paragraph a finding.
    pub fn text(&self, lang: Lang) -> String {
        let word = |severity: Severity| {
            Phrase::new(match severity {
                Severity::Error if matches!(self, Self::Usage(_)) => "cli.usage_error",
                Severity::Error => "cli.error",
                Severity::Warning => "cli.warning",
            })
            .render(lang)
        };
        let line = |finding: &Finding| format!("{}: {}", word(finding.severity), finding.render(lang));
        // Warnings about inputs that could be read were shown when they were read.
        let is_shown = matches!(self, Self::Infeasible(..) | Self::Limit(_));
        let told = self.findings().iter().filter(|finding| !is_shown || finding.severity == Severity::Error);
        let mut text = told.map(line).collect::<Vec<_>>().join("\n");
        if let Self::Infeasible(_, Some(diagnosis)) = self {
            text.push('\n');
            text.push_str(&crate::report::diagnosis::text(diagnosis, lang));
        }
        text
    }

    /// The failure as a document.
    pub fn document(&self, lang: Lang) -> Failed {
        let (status, diagnosis) = match self {
            Self::Findings(_) => ("error", None),
            Self::Usage(_) => ("usage", None),
            Self::Infeasible(_, diagnosis) => ("infeasible", diagnosis.as_deref().cloned()),
            Self::Limit(_) => ("limit", None),
        };
        let findings = self.findings().iter().map(|finding| FindingPart::of(finding, lang)).collect();
        let explanation = diagnosis.as_ref().map(|diagnosis| crate::report::diagnosis::text(diagnosis, lang));
        let explanation = explanation.map(|text| text.trim().to_owned());
        Failed { status, exit_code: self.exit_code(), findings, diagnosis, explanation }
    }

    /// `{"status": …, "exit_code": …, "findings": […]}`.
    pub fn json(&self, lang: Lang) -> String {
        serde_json::to_string_pretty(&self.document(lang)).unwrap_or_default()
    }
}
