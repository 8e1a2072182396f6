//! Whether the triggers that guard the audit log stand as they were made: a trigger of the same name that refuses nothing is none.

use super::Result;
use super::database::{Tx, values};

/// The migrations that make the log and its triggers.
const SQLITE: &str = include_str!("migrations/sqlite/0001_store.sql");
const POSTGRES: &str = include_str!("migrations/postgres/0001_store.sql");
/// The tables that are guarded.
const TABLES: [&str; 2] = ["audit", "audit_head"];

/// Whether every trigger of the log stands, is switched on and is what the migration made, and no other one stands beside them.
pub(super) async fn is_guarded(tx: &mut Tx) -> Result<bool> {
    if tx.is_postgres() { is_guarded_by_postgres(tx).await } else { is_guarded_by_sqlite(tx).await }
}

/// SQLite keeps the text of a trigger as it was given.
async fn is_guarded_by_sqlite(tx: &mut Tx) -> Result<bool> {
    let sql = "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN ('audit', 'audit_head')";
    let rows = tx.rows(sql, values![]).await?;
    let mut standing = rows.iter().map(|row| Ok(plain(&row.text("sql")?))).collect::<Result<Vec<_>>>()?;
    standing.sort_unstable();
    Ok(standing == statements(SQLITE, "CREATE TRIGGER audit", "END;"))
}

/// PostgreSQL keeps triggers taken apart; it is asked for the parts that decide: table, time, events, condition and function, and the
/// text of the function.
async fn is_guarded_by_postgres(tx: &mut Tx) -> Result<bool> {
    let sql = "SELECT pg_get_triggerdef(t.oid) AS definition, p.prosrc AS body, n.nspname AS schema, l.lanname AS language
         FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_namespace n ON n.oid = p.pronamespace
         JOIN pg_language l ON l.oid = p.prolang
         WHERE t.tgrelid IN ('audit'::regclass, 'audit_head'::regclass) AND NOT t.tgisinternal AND t.tgenabled IN ('O', 'A')";
    let rows = tx.rows(sql, values![]).await?;
    let wanted = POSTGRES.split_once("$$").and_then(|(_, rest)| rest.split_once("$$")).map_or("", |(body, _)| body);
    let mut standing = Vec::new();
    for row in &rows {
        let is_ours = plain(&row.text("body")?) == plain(wanted) && row.text("language")? == "plpgsql";
        if !is_ours {
            return Ok(false);
        }
        // The definition names tables and functions with their schema where that is not searched.
        let schema = format!("{}.", row.text("schema")?);
        standing.push(bare(&row.text("definition")?.replace(&schema, "")));
    }
    standing.sort_unstable();
    let mut made: Vec<String> =
        statements(POSTGRES, "CREATE TRIGGER audit", ";").iter().map(|text| bare(text)).collect();
    made.sort_unstable();
    Ok(standing == made)
}

/// The statements of a migration from a beginning to an end, without it; in order.
fn statements(migration: &str, begin: &str, end: &str) -> Vec<String> {
    let mut rest = migration;
    let mut found = Vec::new();
    while let Some(at) = rest.find(begin) {
        let text = rest.get(at..).unwrap_or_default();
        let (statement, after) = text.split_once(end).unwrap_or((text, ""));
        // `END` belongs to the trigger, the semicolon does not.
        let keyword = end.trim_end_matches(';');
        found.push(plain(&format!("{statement}{keyword}")));
        rest = after;
    }
    found.retain(|text| TABLES.iter().any(|table| text.contains(&format!(" ON {table}"))));
    found.sort_unstable();
    found
}

/// A text with one blank wherever it has any.
fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A trigger's definition without what PostgreSQL writes in its own way: case, brackets and `public.`.
fn bare(text: &str) -> String {
    let plain = plain(text).to_lowercase().replace("public.", "");
    plain.replace(['(', ')'], "").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_migrations_name_every_guard() {
        let names = |texts: &[String]| -> Vec<String> {
            texts.iter().filter_map(|text| text.split(' ').nth(2).map(str::to_owned)).collect()
        };
        let four = ["audit_head_forward", "audit_head_no_delete", "audit_no_delete", "audit_no_update"];
        assert_eq!(names(&statements(SQLITE, "CREATE TRIGGER audit", "END;")), four);
        let six = names(&statements(POSTGRES, "CREATE TRIGGER audit", ";"));
        assert!(six.len() == 6 && four.iter().all(|name| six.iter().any(|known| known == name)), "{six:?}");
    }
}
