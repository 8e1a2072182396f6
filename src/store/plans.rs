//! Plans: runs put forward for a decision by somebody else than their maker.

use std::sync::Arc;

use serde_json::json;

use super::database::{Database, Row, Tx, transact, values};
use super::names::{fit, fit_text, sha256};
use super::persons::Hands;
use super::{Caller, Conflict, Expected, Moment, Page, PageRequest, Put, Result, StoreError, audit};

/// How far a plan is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PlanState {
    /// Waits for a decision.
    Submitted,
    /// Approved.
    Approved,
    /// Rejected.
    Rejected,
    /// Taken back by its maker.
    Withdrawn,
}

impl PlanState {
    /// `submitted`, `approved`, `rejected`, `withdrawn`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// A run to put forward.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPlan {
    /// Id chosen by the caller; the same id again gives the plan there is.
    pub id: String,
    /// Hash of the run.
    pub run: String,
    /// What it is called.
    pub title: String,
    /// Remarks of the maker.
    pub note: String,
    /// Plan of the year before, with which it is compared.
    pub previous: Option<String>,
}

/// A plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Id, unique in the organisation.
    pub id: String,
    /// Hash of the run.
    pub run: String,
    /// What it is called.
    pub title: String,
    /// Remarks of the maker.
    pub note: String,
    /// How far it is.
    pub state: PlanState,
    /// Counts the changes from 1; the version for If-Match.
    pub revision: i64,
    /// Who put it forward.
    pub maker: String,
    /// When.
    pub created: Moment,
    /// Who decided.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<Moment>,
    /// Reasons of who decided.
    pub comment: String,
    /// Plan of the year before.
    pub previous: Option<String>,
    /// Who published it; `None` before. What is published stays.
    pub published_by: Option<String>,
    /// When.
    pub published_at: Option<Moment>,
}

/// A remark on a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanComment {
    /// Id, unique in the organisation.
    pub id: String,
    /// Who made it.
    pub author: String,
    /// When.
    pub created: Moment,
    /// Its text.
    pub text: String,
}

/// What is to become of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Approve; by somebody else than the maker.
    Approve,
    /// Reject; by somebody else than the maker.
    Reject,
    /// Take back; by the maker.
    Withdraw,
}

const LIST: &str = "p";

/// Status of a run that has an allocation.
const OPTIMAL: &str = "optimal";

fn plan(row: &Row) -> Result<Plan> {
    use PlanState::{Approved, Rejected, Submitted, Withdrawn};
    let word = row.text("state")?;
    let state = [Submitted, Approved, Rejected, Withdrawn].into_iter().find(|state| state.word() == word);
    Ok(Plan {
        id: row.text("id")?,
        run: row.text("run")?,
        title: row.text("title")?,
        note: row.text("note")?,
        state: state.ok_or_else(|| StoreError::Failed(format!("unknown state {word}")))?,
        revision: row.int("revision")?,
        maker: row.text("maker")?,
        created: row.moment("created")?,
        decided_by: row.optional_text("decided_by")?,
        decided_at: row.optional_moment("decided_at")?,
        comment: row.text("comment")?,
        previous: row.optional_text("previous")?,
        published_by: row.optional_text("published_by")?,
        published_at: row.optional_moment("published_at")?,
    })
}

async fn find(tx: &mut Tx, org: &str, id: &str) -> Result<Option<Plan>> {
    let row = tx
        .optional(
            "SELECT id, run, title, note, state, revision, maker, created, decided_by, decided_at, comment, previous, published_by, published_at FROM plans
             WHERE org = $1 AND id = $2",
            values![org, id],
        )
        .await?;
    row.as_ref().map(plan).transpose()
}

pub(super) async fn submit(database: Arc<Database>, by: Caller, new: NewPlan) -> Result<Put<Plan>> {
    fit("id", &new.id)?;
    let wanted = Plan {
        id: new.id,
        run: new.run,
        title: new.title,
        note: new.note,
        state: PlanState::Submitted,
        revision: 1,
        maker: by.principal.clone(),
        created: by.at,
        decided_by: None,
        decided_at: None,
        comment: String::new(),
        previous: new.previous,
        published_by: None,
        published_at: None,
    };
    let (by, wanted) = (&by, &wanted);
    transact!(database.begin_change(), tx => {
        if let Some(there) = find(tx, &by.org, &wanted.id).await? {
            let content = |plan: &Plan| {
                (plan.run.clone(), plan.title.clone(), plan.note.clone(), plan.maker.clone(), plan.previous.clone())
            };
            return if content(&there) == content(wanted) {
                Ok(Put { value: there, is_new: false })
            } else {
                Err(StoreError::Conflict(Conflict::IdTaken))
            };
        }
        let run = tx.row("SELECT status FROM runs WHERE org = $1 AND hash = $2", values![&by.org, &wanted.run]).await?;
        if run.text("status")? != OPTIMAL {
            return Err(StoreError::Conflict(Conflict::NoAllocation));
        }
        if let Some(previous) = &wanted.previous {
            find(tx, &by.org, previous).await?.ok_or(StoreError::Conflict(Conflict::NoPreviousPlan))?;
        }
        tx.execute(
            "INSERT INTO plans (org, id, run, title, note, state, revision, maker, created, comment, previous)
             VALUES ($1, $2, $3, $4, $5, 'submitted', 1, $6, $7, '', $8)",
            values![
                &by.org,
                &wanted.id,
                &wanted.run,
                &wanted.title,
                &wanted.note,
                &wanted.maker,
                wanted.created,
                wanted.previous.as_deref()
            ],
        )
        .await?;
        audit::note(tx, by, "plan:submit", &wanted.id, &json!({ "run": wanted.run, "title": wanted.title })).await?;
        Ok(Put { value: wanted.clone(), is_new: true })
    })
}

/// The change itself asks whether the maker decides, so that no path to it can leave the question out; only why nothing was changed is
/// found out afterwards.
pub(super) async fn decide(
    database: Arc<Database>,
    by: Caller,
    id: String,
    (decision, comment): (Decision, String),
    expected: Expected,
) -> Result<Plan> {
    let (state, action) = match decision {
        Decision::Approve => (PlanState::Approved, "plan:approve"),
        Decision::Reject => (PlanState::Rejected, "plan:reject"),
        Decision::Withdraw => (PlanState::Withdrawn, "plan:withdraw"),
    };
    let (by, id, comment, expected) = (&by, &id, &comment, &expected);
    transact!(database.begin_change(), tx => {
        let there = find(tx, &by.org, id).await?.ok_or(StoreError::NotFound)?;
        expected.check(Some(there.revision))?;
        // What has been decided is told before who may not decide.
        if decision != Decision::Withdraw && there.state == PlanState::Submitted && there.maker != by.principal {
            let hands = Hands::of(tx, &by.org).await?;
            if hands.meet((&by.principal, by.at), (&there.maker, there.created)) {
                return Err(StoreError::Conflict(Conflict::MakersToken));
            }
        }
        let changed = tx
            .optional(
                "UPDATE plans SET state = $4, revision = revision + 1, decided_by = $3, decided_at = $5, comment = $6
                     WHERE org = $1 AND id = $2 AND state = 'submitted'
                       AND ((maker <> $3 AND $4 IN ('approved', 'rejected')) OR (maker = $3 AND $4 = 'withdrawn'))
                     RETURNING id, run, title, note, state, revision, maker, created, decided_by, decided_at, comment, previous, published_by, published_at",
                values![&by.org, id, &by.principal, state.word(), by.at, comment],
            )
            .await?;
        let Some(changed) = changed else {
            return Err(StoreError::Conflict(match decision {
                _ if there.state != PlanState::Submitted => Conflict::PlanDecided,
                Decision::Withdraw => Conflict::NotMaker,
                Decision::Approve | Decision::Reject => Conflict::OwnPlan,
            }));
        };
        let plan = plan(&changed)?;
        let detail = json!({ "run": plan.run, "maker": plan.maker, "revision": plan.revision, "comment": comment });
        audit::note(tx, by, action, id, &detail).await?;
        Ok(plan)
    })
}

/// Freezes an approved plan for good.
pub(super) async fn publish(database: Arc<Database>, by: Caller, id: String, expected: Expected) -> Result<Plan> {
    let (by, id, expected) = (&by, &id, &expected);
    transact!(database.begin_change(), tx => {
        let there = find(tx, &by.org, id).await?.ok_or(StoreError::NotFound)?;
        expected.check(Some(there.revision))?;
        if there.state != PlanState::Approved || there.published_at.is_some() {
            return Err(StoreError::Conflict(Conflict::NotApproved));
        }
        let plan = Plan {
            revision: there.revision + 1,
            published_by: Some(by.principal.clone()),
            published_at: Some(by.at),
            ..there
        };
        tx.execute(
            "UPDATE plans SET revision = $3, published_by = $4, published_at = $5 WHERE org = $1 AND id = $2",
            values![&by.org, id, plan.revision, &by.principal, by.at],
        )
        .await?;
        audit::note(tx, by, "plan:publish", id, &json!({ "run": plan.run, "revision": plan.revision })).await?;
        Ok(plan)
    })
}

const COMMENTS: &str = "c";

fn comment_of(row: &Row) -> Result<PlanComment> {
    Ok(PlanComment {
        id: row.text("id")?,
        author: row.text("author")?,
        created: row.moment("created")?,
        text: row.text("text")?,
    })
}

/// Adds a remark; the same id again gives the remark there is.
pub(super) async fn comment(
    database: Arc<Database>,
    by: Caller,
    plan: String,
    (id, text): (String, String),
) -> Result<Put<PlanComment>> {
    fit("id", &id)?;
    fit_text("text", &text)?;
    let (by, plan, id, text) = (&by, &plan, &id, &text);
    transact!(database.begin_change(), tx => {
        find(tx, &by.org, plan).await?.ok_or(StoreError::NotFound)?;
        let known = tx
            .optional(
                "SELECT id, plan, author, created, text FROM plan_comments WHERE org = $1 AND id = $2",
                values![&by.org, id],
            )
            .await?;
        if let Some(row) = known {
            let there = comment_of(&row)?;
            let is_same = there.text == *text && there.author == by.principal && row.text("plan")? == *plan;
            return if is_same {
                Ok(Put { value: there, is_new: false })
            } else {
                Err(StoreError::Conflict(Conflict::IdTaken))
            };
        }
        tx.execute(
            "INSERT INTO plan_comments (org, plan, id, author, created, text) VALUES ($1, $2, $3, $4, $5, $6)",
            values![&by.org, plan, id, &by.principal, by.at, text],
        )
        .await?;
        audit::note(tx, by, "plan:comment", plan, &json!({ "comment": id, "hash": sha256(text.as_bytes()) })).await?;
        let value = PlanComment { id: id.clone(), author: by.principal.clone(), created: by.at, text: text.clone() };
        Ok(Put { value, is_new: true })
    })
}

pub(super) async fn comments(
    database: Arc<Database>,
    org: String,
    plan: String,
    page: PageRequest,
) -> Result<Page<PlanComment>> {
    let mut tx = database.snapshot().await?;
    find(&mut tx, &org, &plan).await?.ok_or(StoreError::NotFound)?;
    let rows = tx
        .rows(
            "SELECT seq, id, author, created, text FROM plan_comments
             WHERE org = $1 AND plan = $2 AND seq < $3 ORDER BY seq DESC LIMIT $4",
            values![&org, &plan, page.below(COMMENTS)?, page.rows()],
        )
        .await?;
    let rows = rows.iter().map(|row| Ok((row.int("seq")?, comment_of(row)?)));
    Ok(page.by_number(COMMENTS, rows.collect::<Result<_>>()?))
}

pub(super) async fn get(database: Arc<Database>, org: String, id: String) -> Result<Plan> {
    find(&mut database.snapshot().await?, &org, &id).await?.ok_or(StoreError::NotFound)
}

pub(super) async fn list(database: Arc<Database>, org: String, page: PageRequest) -> Result<Page<Plan>> {
    let rows = database
        .rows(
            "SELECT seq, id, run, title, note, state, revision, maker, created, decided_by, decided_at, comment, previous, published_by, published_at FROM plans
             WHERE org = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3",
            values![&org, page.below(LIST)?, page.rows()],
        )
        .await?;
    let rows = rows.iter().map(|row| Ok((row.int("seq")?, plan(row)?)));
    Ok(page.by_number(LIST, rows.collect::<Result<_>>()?))
}
