//! `ecocomp audit verify`: whether the audit log is as it was written.

use clap::{Args, Subcommand};
use schemars::JsonSchema;
use serde::Serialize;

use crate::cli::database::{Database, refused};
use crate::cli::failure::Failure;
use crate::cli::output::{TextFormat, deliver};
use crate::finding::{Finding, Place};
use crate::phrases::{Lang, Phrase};
use crate::questions::arguments::Refused;
use crate::questions::pretty;
use crate::store::{AuditHead, AuditVerdict, Break, BreakKind};

/// Arguments of `ecocomp audit`.
#[derive(Debug, Subcommand)]
pub(super) enum Audit {
    /// Walks the chain of the audit log and names the first row that does not hold.
    Verify(Verify),
}

#[derive(Debug, Args)]
pub(super) struct Verify {
    /// Head noted at an earlier check: the log must still hold it.
    #[arg(long, value_name = "ROW:HASH", value_parser = head)]
    head: Option<AuditHead>,
    #[command(flatten)]
    database: Database,
    /// Form of the result: table (sentences) or json.
    #[arg(long, default_value = "table")]
    format: TextFormat,
}

/// Reads `ROW:HASH`.
fn head(text: &str) -> Result<AuditHead, Refused> {
    let is_hash = |hash: &str| hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    let read = text.split_once(':').and_then(|(seq, hash)| {
        let seq = seq.parse().ok().filter(|seq| *seq >= 0)?;
        is_hash(hash).then(|| AuditHead { seq, hash: hash.to_ascii_lowercase() })
    });
    read.ok_or_else(|| Refused(Phrase::new("store.not_a_head").text()))
}

/// The verdict as a document.
#[derive(Debug, Serialize, JsonSchema)]
struct VerdictDocument {
    /// `whole` or `broken`.
    status: &'static str,
    /// Rows that hold, from the first on.
    rows: i64,
    /// `ROW:HASH`, to be noted elsewhere.
    head: String,
    /// Number of the first row that does not hold.
    broken_row: Option<i64>,
    /// How it is broken.
    broken: Option<&'static str>,
}

pub(super) fn run(command: &Audit, lang: Lang) -> Result<(), Failure> {
    let Audit::Verify(command) = command;
    let noted = command.head.clone();
    let verdict = command
        .database
        .with(false, async |store| store.verify_audit(noted).await.map_err(|error| refused(&error).into()))?;
    let head = format!("{}:{}", verdict.head.seq, verdict.head.hash);
    if command.format == TextFormat::Json {
        deliver(&pretty(&document(&verdict, &head)), None, lang)?;
    }
    match verdict.broken {
        Some(broken) => {
            Err(Finding::error(code(broken.kind), Place::default()).with("row", broken.seq.to_string()).into())
        }
        None if command.format == TextFormat::Table => {
            let said = Phrase::new("store.audit_whole").with("rows", verdict.rows.to_string()).with("head", head);
            deliver(format!("{}\n", said.render(lang)).as_bytes(), None, lang)
        }
        None => Ok(()),
    }
}

fn document(verdict: &AuditVerdict, head: &str) -> VerdictDocument {
    VerdictDocument {
        status: if verdict.broken.is_some() { "broken" } else { "whole" },
        rows: verdict.rows,
        head: head.to_owned(),
        broken_row: verdict.broken.as_ref().map(|broken: &Break| broken.seq),
        broken: verdict.broken.as_ref().and_then(|broken| code(broken.kind).split_once("audit_")).map(|(_, word)| word),
    }
}

/// The sentence of a kind of break.
fn code(kind: BreakKind) -> &'static str {
    match kind {
        BreakKind::Altered => "store.audit_altered",
        BreakKind::Unlinked => "store.audit_unlinked",
        BreakKind::Missing => "store.audit_missing",
        BreakKind::Surplus => "store.audit_surplus",
        BreakKind::Unreadable => "store.audit_unreadable",
        BreakKind::Head => "store.audit_head",
        BreakKind::NoHead => "store.audit_no_head",
        BreakKind::NotedHead => "store.audit_noted_head",
        BreakKind::Unguarded => "store.audit_unguarded",
    }
}
