//! The audit log: every change has its row, and no tampering with a row goes unseen.
use std::future::Future;
use std::path::Path;
use std::sync::Arc;

use crate::common::cluster::Cluster;
use ecocomp::store::{
    AuditHead, AuditVerdict, Break, BreakKind, Caller, Expected, Moment, NewModel, PageRequest, Store, open,
};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Executor as _};

fn block<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(work)
}

fn by(principal: &str) -> Caller {
    Caller {
        org: "a".to_owned(),
        principal: principal.to_owned(),
        at: Moment(1_772_000_000_000_000),
        request: "r".to_owned(),
    }
}

async fn put(store: &dyn Store, name: &str, text: &str) {
    let new = NewModel { name: name.to_owned(), text: text.to_owned(), expected: Expected::Any };
    store.put_model(&by("li"), new).await.unwrap();
}

/// A log of ten rows.
async fn filled(address: &str) -> AuditVerdict {
    let store = open(address).await.unwrap();
    for number in 0..10 {
        put(&*store, "m", &number.to_string()).await;
    }
    let verdict = store.verify_audit(None).await.unwrap();
    store.close().await;
    verdict
}

/// SQL past the store, on an SQLite file.
fn sqlite(path: &Path, sql: &str) -> Result<(), sqlx::Error> {
    block(async {
        let mut connection = SqliteConnectOptions::new().filename(path).connect().await?;
        connection.execute(sql).await.map(drop)
    })
}

const UNGUARDED: &str = "DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete; DROP TRIGGER audit_head_forward;
    DROP TRIGGER audit_head_no_delete;";

const OFF: &str = "SET session_replication_role = replica;";

/// What somebody with the database in hand does, what the walk says then.
fn tampering(head: &AuditHead) -> Vec<(String, Option<Break>)> {
    let found = |seq, kind| Some(Break { seq, kind });
    let mut cases: Vec<(String, Option<Break>)> = Vec::new();
    for column in ["org", "principal", "action", "object", "request", "previous", "hash"] {
        // One byte of one column.
        let flip = format!("UPDATE audit SET {column} = 'x' || substr({column}, 2) WHERE seq = 4");
        cases.push((flip, found(4, BreakKind::Altered)));
    }
    let detail = "UPDATE audit SET detail = replace(detail, 'version\":4', 'version\":5') WHERE seq = 4";
    cases.push((detail.to_owned(), found(4, BreakKind::Altered)));
    cases.push(("UPDATE audit SET at = at + 1 WHERE seq = 4".to_owned(), found(4, BreakKind::Altered)));
    cases.push(("UPDATE audit SET seq = 11 WHERE seq = 4".to_owned(), found(4, BreakKind::Missing)));
    cases.push(("UPDATE audit SET seq = 0 WHERE seq = 4".to_owned(), found(0, BreakKind::Surplus)));
    cases.push(("DELETE FROM audit WHERE seq = 1".to_owned(), found(1, BreakKind::Missing)));
    cases.push(("DELETE FROM audit WHERE seq BETWEEN 4 AND 6".to_owned(), found(4, BreakKind::Missing)));
    cases.push(("DELETE FROM audit WHERE seq > 7".to_owned(), found(8, BreakKind::Missing)));
    cases.push(("DELETE FROM audit".to_owned(), found(1, BreakKind::Missing)));
    let swap = "UPDATE audit SET seq = 100 WHERE seq = 4; UPDATE audit SET seq = 4 WHERE seq = 5; UPDATE audit SET seq = 5 WHERE seq = 100";
    cases.push((swap.to_owned(), found(4, BreakKind::Altered)));
    let closed = "DELETE FROM audit WHERE seq = 4; UPDATE audit SET seq = 4 WHERE seq = 10";
    cases.push((closed.to_owned(), found(4, BreakKind::Altered)));
    let surplus = "INSERT INTO audit SELECT 11, at, org, principal, action, object, detail, request, hash, hash FROM audit WHERE seq = 10";
    cases.push((surplus.to_owned(), found(11, BreakKind::Altered)));
    cases.push(("UPDATE audit_head SET hash = 'x' || substr(hash, 2)".to_owned(), found(10, BreakKind::Head)));
    cases.push(("UPDATE audit_head SET seq = 9".to_owned(), found(10, BreakKind::Surplus)));
    cases.push(("DELETE FROM audit_head".to_owned(), found(10, BreakKind::NoHead)));
    // The tail cut off, the head put where it then belongs: only a head noted elsewhere tells.
    let cut =
        "DELETE FROM audit WHERE seq > 7; UPDATE audit_head SET seq = 7, hash = (SELECT hash FROM audit WHERE seq = 7)";
    cases.push((cut.to_owned(), found(head.seq, BreakKind::NotedHead)));
    cases
}

#[test]
fn tampering_with_sqlite_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole.db");
    let verdict = block(filled(&format!("sqlite:{}", whole.display())));
    assert_eq!((verdict.rows, &verdict.broken), (10, &None));
    for (sql, expected) in tampering(&verdict.head) {
        let path = folder.path().join("tampered.db");
        std::fs::copy(&whole, &path).unwrap();
        sqlite(&path, &format!("{UNGUARDED}{sql}")).unwrap();
        let found = block(async {
            let store = open(&format!("sqlite:{}", path.display())).await.unwrap();
            let found = store.verify_audit(Some(verdict.head.clone())).await.unwrap();
            store.close().await;
            found
        });
        assert_eq!(found.broken, expected, "{sql}");
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{end}", path.display()));
        }
    }
}

/// A trigger of the same name that refuses nothing, one that refuses something else, and one more beside them.
#[test]
fn replaced_triggers_of_sqlite_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole.db");
    block(filled(&format!("sqlite:{}", whole.display())));
    for sql in [
        "DROP TRIGGER audit_no_update",
        "DROP TRIGGER audit_no_update; CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT 1; END",
        "DROP TRIGGER audit_no_delete; CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit WHEN OLD.seq > 5 \
         BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END",
        "CREATE TRIGGER audit_more BEFORE INSERT ON audit BEGIN SELECT RAISE(IGNORE); END",
    ] {
        let path = folder.path().join("replaced.db");
        std::fs::copy(&whole, &path).unwrap();
        sqlite(&path, sql).unwrap();
        let found =
            block(async { open(&format!("sqlite:{}", path.display())).await.unwrap().verify_audit(None).await });
        assert_eq!(found.unwrap().broken, Some(Break { seq: 10, kind: BreakKind::Unguarded }), "{sql}");
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{end}", path.display()));
        }
    }
}

#[test]
fn tampering_with_postgres_is_named() {
    let Some(cluster) = Cluster::shared() else { return };
    let address = cluster.database();
    let name = address.split('?').next().unwrap().rsplit('/').next().unwrap().to_owned();
    let verdict = block(filled(&address));
    for (number, (sql, expected)) in tampering(&verdict.head).into_iter().enumerate() {
        let copy = format!("{name}_{number}");
        cluster.sql("postgres", &format!("CREATE DATABASE {copy} TEMPLATE {name}"));
        cluster.sql(&copy, &format!("{OFF}{sql}"));
        let found = block(async {
            let store = open(&cluster.address(&copy)).await.unwrap();
            let found = store.verify_audit(Some(verdict.head.clone())).await.unwrap();
            store.close().await;
            found
        });
        assert_eq!(found.broken, expected, "{sql}");
    }
    for (number, sql) in [
        "DROP TRIGGER audit_no_update ON audit; CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit FOR EACH ROW \
         WHEN (OLD.seq > 5) EXECUTE FUNCTION audit_refuse()",
        "CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    ]
    .into_iter()
    .enumerate()
    {
        let copy = format!("{name}_guard_{number}");
        cluster.sql("postgres", &format!("CREATE DATABASE {copy} TEMPLATE {name}"));
        cluster.sql(&copy, sql);
        let found = block(async { open(&cluster.address(&copy)).await.unwrap().verify_audit(None).await.unwrap() });
        assert_eq!(found.broken, Some(Break { seq: 10, kind: BreakKind::Unguarded }), "{sql}");
    }
    cluster.sql(&name, "ALTER TABLE audit DISABLE TRIGGER audit_no_update");
    let found = block(async { open(&address).await.unwrap().verify_audit(None).await.unwrap() });
    assert_eq!(found.broken, Some(Break { seq: 10, kind: BreakKind::Unguarded }));
}

/// Every byte of the texts of a row as they lie in the file, whatever it becomes: no longer UTF-8, no longer JSON.
#[test]
fn a_flipped_byte_in_the_file_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole.db");
    let verdict = block(filled(&format!("sqlite:{}", whole.display())));
    let bytes = std::fs::read(&whole).unwrap();
    let hash = verdict.head.hash.as_bytes();
    // The last row's hash stands in the row and in the head, the action in every row.
    let places: Vec<usize> =
        bytes.windows(hash.len()).enumerate().filter(|(_, w)| *w == hash).map(|(at, _)| at).collect();
    assert!(places.len() >= 2);
    let action = bytes.windows(9).position(|window| window == b"model:put").unwrap();
    for at in [places[0], places[1] + 63, action, action + 8, action + 9] {
        for flip in [0x01, 0x80] {
            let mut changed = bytes.clone();
            changed[at] ^= flip;
            let path = folder.path().join("flipped.db");
            std::fs::write(&path, changed).unwrap();
            let found = block(async {
                let store = open(&format!("sqlite:{}", path.display())).await.unwrap();
                let found = store.verify_audit(None).await.unwrap();
                store.close().await;
                found
            });
            assert!(found.broken.is_some(), "byte {at} ^ {flip}");
            for end in ["-wal", "-shm"] {
                let _ = std::fs::remove_file(format!("{}{end}", path.display()));
            }
        }
    }
}

#[test]
fn the_log_refuses_to_be_changed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    block(filled(&format!("sqlite:{}", path.display())));
    let attempts = [
        "UPDATE audit SET detail = '{}' WHERE seq = 3",
        "DELETE FROM audit WHERE seq = 3",
        "DELETE FROM audit",
        "UPDATE audit_head SET seq = 3",
        "DELETE FROM audit_head",
    ];
    for sql in attempts {
        assert!(sqlite(&path, sql).unwrap_err().to_string().contains("append-only"), "{sql}");
    }
    let Some(cluster) = Cluster::shared() else { return };
    let address = cluster.database();
    let name = address.split('?').next().unwrap().rsplit('/').next().unwrap();
    block(filled(&address));
    for sql in attempts.into_iter().chain(["TRUNCATE audit", "TRUNCATE audit_head"]) {
        let refused = std::panic::catch_unwind(|| cluster.sql(name, sql)).unwrap_err();
        assert!(refused.downcast_ref::<String>().unwrap().contains("append-only"), "{sql}");
    }
}

#[test]
fn the_chain_holds_under_many_writers_of_two_servers() {
    let folder = tempfile::tempdir().unwrap();
    let mut addresses = vec![format!("sqlite:{}", folder.path().join("a.db").display())];
    addresses.extend(Cluster::shared().map(Cluster::database));
    for address in addresses {
        block(async {
            let stores = [open(&address).await.unwrap(), open(&address).await.unwrap()];
            let writing = (0..8).map(|writer| {
                let store: Arc<dyn Store> = Arc::clone(&stores[writer % 2]);
                tokio::spawn(async move {
                    for number in 0..10 {
                        put(&*store, &format!("m{}", (writer + number) % 5), &format!("{writer} {number}")).await;
                    }
                })
            });
            futures_util::future::join_all(writing).await.into_iter().for_each(|done| done.unwrap());
            let verdict = stores[0].verify_audit(None).await.unwrap();
            assert_eq!((verdict.rows, verdict.head.seq, verdict.broken), (80, 80, None));
            let page = PageRequest { cursor: None, limit: 500 };
            let rows = stores[1].audit_rows("a", &page).await.unwrap().items;
            assert_eq!(rows.iter().map(|row| row.seq).collect::<Vec<_>>(), (1..=80).rev().collect::<Vec<_>>());
            // Each row tells of a version that is there, with the hash that is there.
            for row in rows {
                let detail: serde_json::Value = serde_json::from_str(&row.detail).unwrap();
                let version = stores[0].model("a", &row.object, detail["version"].as_i64()).await.unwrap();
                assert_eq!(detail["hash"], version.entry.hash);
                assert_eq!(
                    (row.action.as_str(), row.principal.as_str(), row.request.as_str()),
                    ("model:put", "li", "r")
                );
            }
        });
    }
}

#[test]
fn a_head_noted_earlier_is_found_again() {
    block(async {
        let store = open("sqlite::memory:").await.unwrap();
        let empty = store.verify_audit(None).await.unwrap();
        assert_eq!((empty.rows, empty.head.seq, empty.broken), (0, 0, None));
        put(&*store, "m", "1").await;
        let noted = store.verify_audit(Some(empty.head)).await.unwrap();
        assert_eq!(noted.broken, None);
        put(&*store, "m", "2").await;
        assert_eq!(store.verify_audit(Some(noted.head.clone())).await.unwrap().broken, None);
        let other = AuditHead { hash: "0".repeat(64), ..noted.head };
        let found = store.verify_audit(Some(other)).await.unwrap();
        assert_eq!(found.broken, Some(Break { seq: 1, kind: BreakKind::NotedHead }));
    });
}
