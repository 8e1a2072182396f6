//! Idempotency keys: of many requests with one key, one is carried out.

use std::sync::Arc;

use uuid::Uuid;

use super::database::{Database, Row, Tx, transact, values};
use super::names::{fit, fit_hash};
use super::{Caller, Conflict, Moment, Result, StoreError};

/// A request that carries an Idempotency-Key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyedRequest {
    /// Method and route, such as `POST /api/v1/runs`.
    pub route: String,
    /// The key as it was sent.
    pub key: String,
    /// SHA-256 of the request's body (and of what else makes it another request), 64 hexadecimal digits.
    pub request_hash: String,
    /// When the key is forgotten.
    pub expires: Moment,
    /// Until when nobody else may carry the request out, should this process end without an answer.
    pub locked_until: Moment,
}

/// What became of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// Carry it out, then [`complete_claim`](super::Store::complete_claim) or [`release_claim`](super::Store::release_claim).
    New {
        /// The same id whenever the same request is claimed again after its process ended without an answer. Used as the id of
        /// what the request makes (a job, a plan), it keeps a crash from making two of them.
        id: String,
        /// Which claiming this is; a later one takes the right to answer from the earlier.
        attempt: i64,
    },
    /// Another request with this key is being carried out.
    InProgress,
    /// It was carried out; this was the answer.
    Done(StoredAnswer),
}

/// An HTTP answer as it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAnswer {
    /// Status code.
    pub status: u16,
    /// Headers in their order.
    pub headers: Vec<(String, String)>,
    /// The body before compression.
    pub body: Vec<u8>,
}

pub(super) async fn claim(database: Arc<Database>, by: Caller, request: KeyedRequest) -> Result<Claim> {
    fit("principal", &by.principal)?;
    fit("route", &request.route)?;
    fit("key", &request.key)?;
    fit_hash("request_hash", &request.request_hash)?;
    let id = Uuid::now_v7().to_string();
    let (by, request, id) = (&by, &request, &id);
    transact!(database.begin_write(), tx => {
        tx.execute(
            "DELETE FROM claims WHERE org = $1 AND principal = $2 AND route = $3 AND key = $4 AND expires <= $5",
            values![&by.org, &by.principal, &request.route, &request.key, by.at],
        )
        .await?;
        let made = tx
            .execute(
                "INSERT INTO claims (org, principal, route, key, request_hash, id, attempt, locked_until, expires)
                     VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $8)
                     ON CONFLICT (org, principal, route, key) DO NOTHING",
                values![
                    &by.org,
                    &by.principal,
                    &request.route,
                    &request.key,
                    &request.request_hash,
                    id,
                    request.locked_until,
                    request.expires
                ],
            )
            .await?;
        if made == 1 {
            return Ok(Claim::New { id: id.clone(), attempt: 1 });
        }
        claim_again(tx, by, request).await
    })
}

/// The key is there already: answered, being worked on, or left behind by a process that ended.
async fn claim_again(tx: &mut Tx, by: &Caller, request: &KeyedRequest) -> Result<Claim> {
    let there = tx
        .optional(
            "SELECT request_hash, id, attempt, locked_until, status, headers, body FROM claims
             WHERE org = $1 AND principal = $2 AND route = $3 AND key = $4",
            values![&by.org, &by.principal, &request.route, &request.key],
        )
        .await?;
    let Some(there) = there else { return Err(tx.clash("idempotency key")) };
    if there.text("request_hash")? != request.request_hash {
        return Err(StoreError::Conflict(Conflict::KeyReused));
    }
    if let Some(answer) = answer(&there)? {
        return Ok(Claim::Done(answer));
    }
    if there.moment("locked_until")? > by.at {
        return Ok(Claim::InProgress);
    }
    let (id, attempt) = (there.text("id")?, there.int("attempt")?);
    let taken = tx
        .execute(
            "UPDATE claims SET attempt = attempt + 1, locked_until = $3, expires = $4
             WHERE id = $1 AND attempt = $2 AND status IS NULL",
            values![&id, attempt, request.locked_until, request.expires],
        )
        .await?;
    Ok(if taken == 1 { Claim::New { id, attempt: attempt + 1 } } else { Claim::InProgress })
}

fn answer(row: &Row) -> Result<Option<StoredAnswer>> {
    let Some(status) = row.optional_int("status")? else { return Ok(None) };
    let headers = row.optional_text("headers")?.unwrap_or_default();
    Ok(Some(StoredAnswer {
        status: u16::try_from(status).map_err(|error| StoreError::Failed(error.to_string()))?,
        headers: serde_json::from_str(&headers).map_err(|error| StoreError::Failed(error.to_string()))?,
        body: row.optional_bytes("body")?.unwrap_or_default(),
    }))
}

pub(super) async fn complete(
    database: Arc<Database>,
    by: Caller,
    (id, attempt): (String, i64),
    answer: StoredAnswer,
) -> Result<()> {
    let headers = serde_json::to_string(&answer.headers).map_err(|error| StoreError::Failed(error.to_string()))?;
    let (by, id, answer, headers) = (&by, &id, &answer, &headers);
    transact!(database.begin_write(), tx => {
        let kept = tx
            .execute(
                "UPDATE claims SET status = $5, headers = $6, body = $7
                 WHERE org = $1 AND principal = $2 AND id = $3 AND attempt = $4 AND status IS NULL",
                values![
                    &by.org,
                    &by.principal,
                    id,
                    attempt,
                    i64::from(answer.status),
                    headers,
                    &answer.body
                ],
            )
            .await?;
        if kept == 1 { Ok(()) } else { Err(StoreError::NotFound) }
    })
}

pub(super) async fn release(database: Arc<Database>, by: Caller, id: String, attempt: i64) -> Result<()> {
    let (by, id) = (&by, &id);
    transact!(database.begin_write(), tx => {
        tx.execute(
            "UPDATE claims SET locked_until = $5
             WHERE org = $1 AND principal = $2 AND id = $3 AND attempt = $4 AND status IS NULL",
            values![&by.org, &by.principal, id, attempt, by.at],
        )
        .await?;
        Ok(())
    })
}

pub(super) async fn forget_expired(database: Arc<Database>, at: Moment) -> Result<u64> {
    transact!(database.begin_write(), tx => tx.execute("DELETE FROM claims WHERE expires <= $1", values![at]).await)
}
