//! The servers that work on jobs: each says from time to time that it lives.

use std::sync::Arc;

use super::database::{Database, Tx, transact, values};
use super::jobs::interrupt_orphans;
use super::names::fit;
use super::{Moment, Result, StoreError};

/// A server process that works on jobs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// A new id of this process (a UUID), never used again.
    pub id: String,
    /// What at most one living process can be, such as `host:port` it listens on. A process that registers under a name
    /// takes the place of one that ended without saying so.
    pub name: String,
}

pub(super) async fn register(database: Arc<Database>, server: Server, at: Moment, until: Moment) -> Result<u64> {
    fit("id", &server.id)?;
    fit("name", &server.name)?;
    let server = &server;
    transact!(database.begin_change(), tx => {
        tx.execute("DELETE FROM servers WHERE name = $1", values![&server.name]).await?;
        tx.execute(
            "INSERT INTO servers (id, name, alive_until) VALUES ($1, $2, $3)",
            values![&server.id, &server.name, until],
        )
        .await?;
        forget_dead(tx, &server.id, at).await
    })
}

pub(super) async fn heartbeat(
    database: Arc<Database>,
    server: String,
    (at, until): (Moment, Moment),
    cancelled_since: Moment,
) -> Result<Vec<(String, String)>> {
    let server = &server;
    let (cancelled, dead) = transact!(database.begin_write(), tx => {
        let lives = tx.execute("UPDATE servers SET alive_until = $2 WHERE id = $1", values![server, until]).await?;
        if lives == 0 {
            return Err(StoreError::NotFound);
        }
        let cancelled = tx
            .rows(
                "SELECT org, id FROM jobs WHERE server = $1 AND state = 'cancelled' AND ended >= $2 ORDER BY seq",
                values![server, cancelled_since],
            )
            .await?;
        let dead = tx.optional("SELECT id FROM servers WHERE alive_until < $1 LIMIT 1", values![at]).await?;
        Ok((cancelled, dead.is_some()))
    })?;
    if dead {
        transact!(database.begin_change(), tx => forget_dead(tx, server, at).await)?;
    }
    cancelled.iter().map(|row| Ok((row.text("org")?, row.text("id")?))).collect()
}

pub(super) async fn lives(database: Arc<Database>, server: String, at: Moment) -> Result<bool> {
    let sql = "SELECT id FROM servers WHERE id = $1 AND alive_until >= $2";
    Ok(!database.rows(sql, values![&server, at]).await?.is_empty())
}

/// A row that did not change would not be written, so it changes by as little as it can.
pub(super) async fn try_write(database: Arc<Database>, server: String) -> Result<()> {
    let server = &server;
    transact!(database.begin_write(), tx => {
        let sql = "UPDATE servers SET alive_until = alive_until + 1 WHERE id = $1";
        match tx.execute(sql, values![server]).await? {
            0 => Err(StoreError::NotFound),
            _ => Ok(()),
        }
    })
}

pub(super) async fn unregister(database: Arc<Database>, server: String, at: Moment) -> Result<u64> {
    let server = &server;
    transact!(database.begin_change(), tx => {
        tx.execute("DELETE FROM servers WHERE id = $1", values![server]).await?;
        interrupt_orphans(tx, server, at).await
    })
}

/// Forgets the servers whose time is over and interrupts what they worked on. A server does not forget itself.
async fn forget_dead(tx: &mut Tx, server: &str, at: Moment) -> Result<u64> {
    tx.execute("DELETE FROM servers WHERE alive_until < $1 AND id <> $2", values![at, server]).await?;
    interrupt_orphans(tx, server, at).await
}
