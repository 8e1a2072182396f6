//! What the service answers about what it keeps.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::http::limits::MODEL_MAX;
use crate::store::{AnalysisEntry, AuditRow, DatasetEntry, Job, ModelEntry, Plan, PlanComment, RunEntry, TokenEntry};

/// A part of a list; `next` is the cursor of the part after it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "ListOf{T}")]
pub struct List<T> {
    /// The items.
    pub items: Vec<T>,
    /// Cursor of the next part; null on the last.
    pub next: Option<String>,
}

/// Which part of a list.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Paging {
    /// `next` of the part before.
    pub cursor: Option<String>,
    /// Most items.
    #[schemars(range(min = 1, max = 500))]
    pub limit: Option<u32>,
}

/// One version of a model.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ModelDocument {
    /// Name.
    pub name: String,
    /// 1, 2, 3 …
    pub version: i64,
    /// SHA-256 of the text, hexadecimal.
    pub hash: String,
    /// Bytes of the text.
    pub size: i64,
    /// Who put it; absent for a model that the service ships.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// When it was put (RFC 3339); absent for a model that the service ships.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    /// Whether it is one of those that the service ships, which nobody changes.
    pub read_only: bool,
    /// The model file (TOML); absent in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

impl ModelDocument {
    /// A model of the store without its text.
    pub fn of(entry: ModelEntry) -> Self {
        Self {
            name: entry.name,
            version: entry.version,
            hash: entry.hash,
            size: entry.size,
            author: Some(entry.author),
            created_at: Some(entry.created.to_string()),
            read_only: false,
            text: None,
        }
    }
}

/// A model file to keep.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelBody {
    /// The model file (TOML).
    #[schemars(length(min = 1, max = MODEL_MAX))]
    pub text: String,
}

/// One version of a dataset.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct DatasetDocument {
    /// Name.
    pub name: String,
    /// 1, 2, 3 …
    pub version: i64,
    /// SHA-256 over names and contents of its files, hexadecimal.
    pub hash: String,
    /// Bytes of all files.
    pub size: i64,
    /// Where it comes from, as the uploader says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provenance: Option<String>,
    /// Who uploaded it; absent for a dataset that the service ships.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// When it was uploaded (RFC 3339); absent for a dataset that the service ships.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    /// Whether it is one of those that the service ships, which nobody changes.
    pub read_only: bool,
    /// Its files.
    pub files: Vec<FileDocument>,
}

/// A file of a dataset.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct FileDocument {
    /// Name.
    pub name: String,
    /// SHA-256, hexadecimal.
    pub hash: String,
    /// Bytes.
    pub size: i64,
}

impl DatasetDocument {
    /// A dataset of the store.
    pub fn of(entry: DatasetEntry) -> Self {
        let file = |file: crate::store::FileEntry| FileDocument { name: file.name, hash: file.hash, size: file.size };
        Self {
            name: entry.name,
            version: entry.version,
            hash: entry.hash,
            size: entry.size,
            provenance: Some(entry.provenance).filter(|text| !text.is_empty()),
            author: Some(entry.author),
            created_at: Some(entry.created.to_string()),
            read_only: false,
            files: entry.files.into_iter().map(file).collect(),
        }
    }
}

/// A dataset to keep, as text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DatasetBody {
    /// Text by file name: `areas.csv`, `cells.csv`, and `dataset.toml` where it has one.
    pub files: BTreeMap<String, String>,
    /// Where it comes from.
    #[serde(default)]
    #[schemars(length(max = 10_000))]
    pub provenance: String,
}

/// A run without its record.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct RunDocument {
    /// Number of the run, as its record (`hash`), its workbook and the command line show it: the same content is the same run.
    pub id: String,
    /// `optimal` or `infeasible`.
    pub status: String,
    /// Name of the model; `inline` where it came written out.
    pub model: String,
    /// Engine and version.
    pub engine: String,
    /// SHA-256 of the record as it is answered, hexadecimal.
    pub allocation_hash: String,
    /// What it is called; empty where nobody said.
    pub title: String,
    /// Remarks.
    pub note: String,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Whether it stands on top of lists.
    pub pinned: bool,
    /// Counts the changes of title, note, labels and pin from 1; the ETag.
    pub revision: i64,
    /// Its figures at a glance; absent where there is no plan, and for runs of before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<RunSummary>,
    /// Who asked first.
    pub author: String,
    /// When it was first asked (RFC 3339).
    pub created_at: String,
    /// Where its parts are.
    pub links: RunLinks,
}

/// The figures of a run at a glance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RunSummary {
    /// Everything paid, in 分.
    pub total_fen: i64,
    /// Everything entitled to, in 分.
    pub entitlement_fen: i64,
    /// Areas.
    pub areas: usize,
    /// Changes of the model and figures of the data that they changed.
    pub differences: usize,
}

/// What people say of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AboutBody {
    /// What it is called.
    #[schemars(length(max = 200))]
    pub title: String,
    /// Remarks.
    #[schemars(length(max = 10_000))]
    pub note: String,
    /// Labels; all that there are from then on.
    pub labels: BTreeMap<String, String>,
    /// Whether it stands on top of lists.
    pub pinned: bool,
}

/// What the store keeps of a run for lists.
#[derive(Debug, Serialize, Deserialize)]
pub struct Summary {
    /// Number of its record.
    pub record_hash: String,
    /// Its figures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub figures: Option<RunSummary>,
}

/// Addresses of a run's parts.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct RunLinks {
    /// The run.
    #[serde(rename = "self")]
    pub own: String,
    /// Its record.
    pub allocation: String,
}

impl RunDocument {
    /// A run of the store.
    pub fn of(entry: RunEntry) -> Self {
        let own = format!("/api/v1/runs/{}", entry.hash);
        Self {
            links: RunLinks { allocation: format!("{own}/allocation"), own },
            id: entry.hash,
            status: entry.status,
            model: entry.model,
            engine: entry.engine,
            allocation_hash: entry.document_hash,
            title: entry.about.title,
            note: entry.about.note,
            labels: entry.labels,
            pinned: entry.about.is_pinned,
            revision: entry.revision,
            summary: serde_json::from_str::<Summary>(&entry.summary).ok().and_then(|summary| summary.figures),
            author: entry.author,
            created_at: entry.created.to_string(),
        }
    }
}

/// A job.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct JobDocument {
    /// Id.
    pub id: String,
    /// What it does: `run`, `what-if`, `sweep`, `frontier` …
    pub kind: String,
    /// `queued`, `running`, `done`, `failed`, `cancelled` or `interrupted`.
    pub state: String,
    /// Who asked.
    pub author: String,
    /// When it was asked (RFC 3339).
    pub created_at: String,
    /// When work began (RFC 3339); null before.
    pub started_at: Option<String>,
    /// When it ended (RFC 3339); null before.
    pub ended_at: Option<String>,
    /// Where its parts are.
    pub links: JobLinks,
}

/// Addresses of a job's parts.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct JobLinks {
    /// The job.
    #[serde(rename = "self")]
    pub own: String,
    /// Its result.
    pub result: String,
    /// Its events.
    pub events: String,
}

impl JobDocument {
    /// A job of the store.
    pub fn of(job: &Job) -> Self {
        let own = format!("/api/v1/jobs/{}", job.id);
        Self {
            id: job.id.clone(),
            kind: job.kind.clone(),
            state: job.state.word().to_owned(),
            author: job.author.clone(),
            created_at: job.created.to_string(),
            started_at: job.started.map(|at| at.to_string()),
            ended_at: job.ended.map(|at| at.to_string()),
            links: JobLinks { result: format!("{own}/result"), events: format!("{own}/events"), own },
        }
    }
}

/// A run put forward.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct PlanDocument {
    /// Id.
    pub id: String,
    /// The run.
    pub run: String,
    /// What it is called.
    pub title: String,
    /// Remarks of the maker.
    pub note: String,
    /// `submitted`, `approved`, `rejected` or `withdrawn`.
    pub state: String,
    /// Counts its changes from 1; the ETag.
    pub revision: i64,
    /// Who put it forward.
    pub maker: String,
    /// When (RFC 3339).
    pub created_at: String,
    /// Who decided; null before.
    pub decided_by: Option<String>,
    /// When (RFC 3339); null before.
    pub decided_at: Option<String>,
    /// Reasons of who decided.
    pub comment: String,
    /// Plan of the year before; null where none is named.
    pub previous: Option<String>,
    /// Who published it; null before. What is published stays.
    pub published_by: Option<String>,
    /// When (RFC 3339); null before.
    pub published_at: Option<String>,
}

/// A remark on a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "PlanCommentDocument")]
pub struct CommentDocument {
    /// Id.
    pub id: String,
    /// Who made it.
    pub author: String,
    /// When (RFC 3339).
    pub created_at: String,
    /// Its text.
    pub text: String,
}

impl CommentDocument {
    /// A remark of the store.
    pub fn of(comment: PlanComment) -> Self {
        let PlanComment { id, author, created, text } = comment;
        Self { id, author, created_at: created.to_string(), text }
    }
}

/// A remark to make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "PlanCommentBody")]
pub struct CommentBody {
    /// Its text.
    #[schemars(length(min = 1, max = 10_000))]
    pub text: String,
}

impl PlanDocument {
    /// A plan of the store.
    pub fn of(plan: Plan) -> Self {
        Self {
            id: plan.id,
            run: plan.run,
            title: plan.title,
            note: plan.note,
            state: plan.state.word().to_owned(),
            revision: plan.revision,
            maker: plan.maker,
            created_at: plan.created.to_string(),
            decided_by: plan.decided_by,
            decided_at: plan.decided_at.map(|at| at.to_string()),
            comment: plan.comment,
            previous: plan.previous,
            published_by: plan.published_by,
            published_at: plan.published_at.map(|at| at.to_string()),
        }
    }
}

/// A run to put forward.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanBody {
    /// Id of the run.
    #[schemars(length(min = 1, max = 64))]
    pub run: String,
    /// What it is called.
    #[schemars(length(min = 1, max = 200))]
    pub title: String,
    /// Remarks.
    #[serde(default)]
    #[schemars(length(max = 10_000))]
    pub note: String,
    /// Id of the plan of the year before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64))]
    pub previous: Option<String>,
}

/// What is to become of a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DecisionBody {
    /// Approve or reject it, by somebody else than its maker; or take it back, by its maker.
    pub decision: DecisionWord,
    /// Reasons.
    #[serde(default)]
    #[schemars(length(max = 10_000))]
    pub comment: String,
}

/// A decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DecisionWord {
    /// Approve.
    Approve,
    /// Reject.
    Reject,
    /// Take back.
    Withdraw,
}

/// An analysis that was answered before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AnalysisDocument {
    /// Hash of what was asked.
    pub hash: String,
    /// What it does: `frontier`, `sweep` …
    pub kind: String,
    /// Name of the model; `inline` where it came written out.
    pub model: String,
    /// Who asked first.
    pub author: String,
    /// When (RFC 3339).
    pub created_at: String,
    /// Bytes of the document.
    pub size: i64,
    /// Where the document is.
    pub document: String,
}

impl AnalysisDocument {
    /// An analysis of the store.
    pub fn of(entry: AnalysisEntry) -> Self {
        let AnalysisEntry { hash, kind, model, author, created, size } = entry;
        let document = format!("/api/v1/analyses/{hash}");
        Self { hash, kind, model, author, created_at: created.to_string(), size, document }
    }
}

/// A row of the audit log.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct AuditDocument {
    /// Number over all organisations.
    pub seq: i64,
    /// When (RFC 3339).
    pub at: String,
    /// Who.
    pub principal: String,
    /// What was done.
    pub action: String,
    /// To what.
    pub object: String,
    /// What it became.
    pub detail: String,
    /// Id of the request.
    pub request: String,
    /// Hash of the row before.
    pub previous: String,
    /// Hash of the row.
    pub hash: String,
}

impl AuditDocument {
    /// A row of the store.
    pub fn of(row: AuditRow) -> Self {
        Self {
            seq: row.seq,
            at: row.at.to_string(),
            principal: row.principal,
            action: row.action,
            object: row.object,
            detail: row.detail,
            request: row.request,
            previous: row.previous,
            hash: row.hash,
        }
    }
}

/// A token without its secret.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct TokenDocument {
    /// Public part.
    pub id: String,
    /// Who holds it.
    pub principal: String,
    /// `viewer`, `planner`, `approver`, `admin` or `auditor`.
    pub role: String,
    /// What it is for.
    pub note: String,
    /// Who issued it.
    pub author: String,
    /// When it was issued (RFC 3339).
    pub created_at: String,
    /// When it ends (RFC 3339); null never.
    pub expires_at: Option<String>,
    /// When it was revoked (RFC 3339); null where it was not.
    pub revoked_at: Option<String>,
    /// The secret, shown once: when it is issued.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

impl TokenDocument {
    /// A token of the store.
    pub fn of(entry: TokenEntry, secret: Option<String>) -> Self {
        Self {
            id: entry.id,
            principal: entry.principal,
            role: entry.role.word().to_owned(),
            note: entry.note,
            author: entry.author,
            created_at: entry.created.to_string(),
            expires_at: entry.expires.map(|at| at.to_string()),
            revoked_at: entry.revoked.map(|at| at.to_string()),
            secret,
        }
    }
}

/// A token to issue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenBody {
    /// Who will hold it; left out, a principal of its own.
    #[serde(default)]
    #[schemars(length(min = 1, max = 200))]
    pub principal: Option<String>,
    /// What it allows.
    pub role: RoleWord,
    /// Days until it ends; left out, never.
    #[serde(default)]
    #[schemars(range(min = 1, max = 36_500))]
    pub days: Option<u32>,
    /// What it is for.
    #[serde(default)]
    #[schemars(length(max = 1_000))]
    pub note: String,
}

/// A role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RoleWord {
    /// Reads, and asks what-ifs.
    Viewer,
    /// Makes models, datasets, runs and plans.
    Planner,
    /// Decides on plans.
    Approver,
    /// Everything in its organisation, tokens included.
    Admin,
    /// Reads everything, the audit log included.
    Auditor,
}
