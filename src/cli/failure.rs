//! Why a command failed, as text or JSON, with its exit code.

use serde_json::{Value, json};

use crate::analysis::repair::{Diagnosis, diagnose};
use crate::finding::{Finding, Findings, Place, Severity};
use crate::phrases::{Lang, Phrase};
use crate::run::RunError;
use crate::solver::SolveOptions;

/// A failed command.
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
        Self::Findings(findings)
    }
}

impl From<Finding> for Failure {
    fn from(finding: Finding) -> Self {
        Self::Findings(finding.into())
    }
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Findings(findings) => Self::Findings(findings),
            RunError::Infeasible(prepared) => {
                let finding = Finding::error("solver.infeasible", Place::file(&prepared.model_file));
                // What cannot be diagnosed (a limit, a failure) is reported without diagnosis.
                let diagnosis = diagnose(&prepared, &SolveOptions::default()).ok().map(Box::new);
                Self::Infeasible(finding.into(), diagnosis)
            }
            RunError::Limit(_, finding) => Self::Limit(finding.into()),
            RunError::Unroundable(finding) => Self::Infeasible(finding.into(), None),
            RunError::Failed(finding) => Self::Findings(finding.into()),
        }
    }
}

impl Failure {
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

    fn findings(&self) -> &[Finding] {
        match self {
            Self::Findings(Findings(list))
            | Self::Infeasible(Findings(list), _)
            | Self::Limit(Findings(list))
            | Self::Usage(Findings(list)) => list,
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
        let mut text = self.findings().iter().map(line).collect::<Vec<_>>().join("\n");
        if let Self::Infeasible(_, Some(diagnosis)) = self {
            text.push('\n');
            text.push_str(&crate::report::diagnosis::text(diagnosis, lang));
        }
        text
    }

    /// `{"status": …, "exit_code": …, "findings": […]}`.
    pub fn json(&self, lang: Lang) -> String {
        let status = match self {
            Self::Findings(_) => "error",
            Self::Usage(_) => "usage",
            Self::Infeasible(_, _) => "infeasible",
            Self::Limit(_) => "limit",
        };
        let finding = |finding: &Finding| -> Value {
            json!({
                "severity": finding.severity,
                "code": finding.code(),
                "place": finding.place,
                "cause": finding.phrase.render(lang),
                "remedy": finding.phrase.render_fix(lang),
            })
        };
        let findings: Vec<Value> = self.findings().iter().map(finding).collect();
        let mut object = json!({ "status": status, "exit_code": self.exit_code(), "findings": findings });
        if let (Self::Infeasible(_, Some(diagnosis)), Some(entries)) = (self, object.as_object_mut()) {
            entries.insert("diagnosis".to_owned(), serde_json::to_value(diagnosis).unwrap_or_default());
        }
        serde_json::to_string_pretty(&object).unwrap_or_default()
    }
}
