//! What cannot be opened says why, without a password, and is not touched.

use std::future::Future;

use ecocomp::finding::Findings;
use ecocomp::phrases::Lang;
use ecocomp::store::{open, open_existing};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Executor as _};

use crate::common::cluster::Cluster;

fn block<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(work)
}

fn refused(address: &str) -> (&'static str, String) {
    let Findings(findings) = block(open(address)).unwrap_err();
    let [finding] = &findings[..] else { panic!("{findings:?}") };
    (finding.code(), format!("{}\n{}", finding.render(Lang::Zh), finding.render(Lang::En)))
}

#[test]
fn addresses_that_lead_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| format!("sqlite:{}", folder.path().join(name).display());
    std::fs::write(folder.path().join("text.db"), "这不是数据库".repeat(100)).unwrap();
    std::fs::create_dir(folder.path().join("folder.db")).unwrap();
    let before = std::fs::read(folder.path().join("text.db")).unwrap();
    for (address, code) in [
        (at("text.db"), "store.not_sqlite"),
        (at("folder.db"), "store.is_folder"),
        (at("none/a.db"), "store.no_folder"),
        ("sqlite:".to_owned(), "store.no_path"),
        ("ecocomp.db".to_owned(), "store.scheme"),
        ("mysql://u:geheim@h/d".to_owned(), "store.scheme"),
        ("postgres://u:geheim@localhost:1/d".to_owned(), "store.unreachable"),
        ("postgres://u:geheim@localhost:99999/d".to_owned(), "store.address"),
        ("postgres://u:ge/heim@localhost/d".to_owned(), "store.address"),
        ("postgres://u:geheim@localhost/d?sslmode=maybe".to_owned(), "store.address"),
        ("postgres://localhost/d?passwort=geheim".to_owned(), "store.parameter"),
        ("postgres://u:geheim@localhost/d?host=/nonexistent".to_owned(), "store.unreachable"),
    ] {
        let (found, said) = refused(&address);
        assert_eq!(found, code, "{address}: {said}");
        assert!(!said.contains("heim"), "{said}");
    }
    assert_eq!(std::fs::read(folder.path().join("text.db")).unwrap(), before);
    let missing = block(open_existing(&at("missing.db"))).unwrap_err();
    assert_eq!(missing.0[0].code(), "store.no_file");
    assert!(!folder.path().join("missing.db").exists());
}

#[test]
fn databases_of_others_and_of_later_versions() {
    let folder = tempfile::tempdir().unwrap();
    let sql = |name: &str, sql: &str| {
        let options = SqliteConnectOptions::new().filename(folder.path().join(name)).create_if_missing(true);
        block(async { options.connect().await.unwrap().execute(sql).await.unwrap() });
    };
    let at = |name: &str| format!("sqlite:{}", folder.path().join(name).display());
    sql("other.db", "CREATE TABLE notes (id INTEGER)");
    assert_eq!(refused(&at("other.db")).0, "store.foreign");
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (999, 'x', true, '', 0)";
    let changed = "UPDATE _sqlx_migrations SET checksum = '' WHERE version = 1";
    for (name, statement, code) in [("newer.db", newer, "store.newer"), ("changed.db", changed, "store.foreign")] {
        block(async { open(&at(name)).await.unwrap().close().await });
        sql(name, statement);
        assert_eq!(refused(&at(name)).0, code);
    }
    let Some(cluster) = Cluster::shared() else { return };
    for (statement, code) in [(newer, "store.newer"), (changed, "store.foreign")] {
        let address = cluster.database();
        let name = address.split('?').next().unwrap().rsplit('/').next().unwrap();
        block(async { open(&address).await.unwrap().close().await });
        cluster.sql(name, statement);
        assert_eq!(refused(&address).0, code);
    }
    assert_eq!(refused(&cluster.address("nothing")).0, "store.no_database");
    let encrypted = format!("{}&sslmode=require", cluster.database());
    assert_eq!(refused(&encrypted).0, "store.no_tls");
}

/// Only the owner reads the file and what SQLite puts beside it.
#[test]
fn the_file_is_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let _store = block(open(&format!("sqlite:{}", path.display()))).unwrap();
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o077, 0, "{:?}", entry.path());
    }
}

/// Many servers that start at once on one empty database find it made once.
#[test]
fn servers_that_start_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut addresses = vec![format!("sqlite:{}", folder.path().join("a.db").display())];
    addresses.extend(Cluster::shared().map(Cluster::database));
    for address in addresses {
        block(async {
            let opened = futures_util::future::join_all((0..8).map(|_| open(&address))).await;
            for store in opened {
                store.unwrap_or_else(|findings| panic!("{findings}")).ping().await.unwrap();
            }
        });
    }
}
