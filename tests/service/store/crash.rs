//! Servers that are killed while they write, a database that goes away and comes back: nothing acknowledged is lost, nothing stays half.
use std::collections::BTreeMap;
use std::future::Future;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::common::cases;
use crate::common::cluster::{Cluster, eventually};
use ecocomp::store::{
    Caller, Claim, Expected, JobState, KeyedRequest, Moment, NewJob, NewModel, NewRun, PageRequest, RunFilter, Server,
    Store, StoreError, StoredAnswer, open,
};
use sqlx::{Connection as _, Row as _};

const ADDRESS: &str = "ECOCOMP_TEST_WRITER";

fn block<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(work)
}

fn by() -> Caller {
    Caller { org: "a".to_owned(), principal: "li".to_owned(), at: Moment::now(), request: "crash".to_owned() }
}

/// A run whose document follows from its number.
fn run(number: u64) -> NewRun {
    NewRun {
        hash: format!("{number:064x}"),
        model: "m".to_owned(),
        status: "optimal".to_owned(),
        engine: "0".to_owned(),
        request: number.to_string().into_bytes(),
        document: number.to_string().repeat(2000).into_bytes(),
        summary: "{}".to_owned(),
        labels: BTreeMap::from([("n".to_owned(), number.to_string())]),
    }
}

/// Written only when the store has said `Ok`.
fn acknowledged(what: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(format!("ack {what}\n").as_bytes());
    let _ = out.flush();
}

/// Not a test of its own: what the tests below start as a process, and kill.
#[test]
fn writer() {
    let Ok(address) = std::env::var(ADDRESS) else { return };
    let first = u64::try_from(Moment::now().0).unwrap();
    block(async {
        let store = open(&address).await.unwrap();
        let server = Server { id: format!("s{first}"), name: "writer".to_owned() };
        store.register_server(&server, Moment::now(), Moment::now().plus(Duration::from_secs(60))).await.unwrap();
        let tasks = (0..6).map(|task| {
            let (store, server) = (Arc::clone(&store), server.id.clone());
            tokio::spawn(async move {
                for turn in 0.. {
                    write(&*store, &server, first + turn * 10 + task).await;
                }
            })
        });
        futures_util::future::join_all(tasks).await;
    });
}

async fn write(store: &dyn Store, server: &str, number: u64) {
    let expires = Moment::now().plus(Duration::from_secs(3600));
    let request = KeyedRequest {
        route: "POST /runs".to_owned(),
        key: number.to_string(),
        request_hash: format!("{number:064x}"),
        expires,
        locked_until: expires,
    };
    let Claim::New { id, attempt } = store.claim(&by(), &request).await.unwrap() else { panic!() };
    store.put_run(&by(), run(number)).await.unwrap();
    acknowledged(&format!("run {number}"));
    let answer = StoredAnswer { status: 201, headers: Vec::new(), body: number.to_string().into_bytes() };
    store.complete_claim(&by(), &id, attempt, answer).await.unwrap();
    acknowledged(&format!("answer {number}"));
    let text = number.to_string();
    let new = NewModel { name: format!("m{}", number % 10), text, expected: Expected::Any };
    let version = store.put_model(&by(), new).await.unwrap().value.entry.version;
    acknowledged(&format!("model {number} {version}"));
    let job =
        NewJob { id: number.to_string(), server: server.to_owned(), kind: "sweep".to_owned(), request: Vec::new() };
    store.put_job(&by(), job).await.unwrap();
    store.add_job_event(&by(), &number.to_string(), server, "progress", "{}").await.unwrap();
    if number.is_multiple_of(2) {
        let result = number.to_string().into_bytes();
        store.finish_job(&by(), &number.to_string(), server, JobState::Done, result).await.unwrap();
        acknowledged(&format!("job {number}"));
    }
}

/// What a writer acknowledged before it was killed after `life`.
fn killed(address: &str, life: Duration) -> Vec<String> {
    let mut writer = Command::new(std::env::current_exe().unwrap())
        .args(["store::crash::writer", "--exact", "--nocapture"])
        .env(ADDRESS, address)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let (mut lines, mut out) = (Vec::new(), BufReader::new(writer.stdout.take().unwrap()));
    let mut deadline = None;
    let is_over = Arc::new(AtomicBool::new(false));
    loop {
        let mut line = String::new();
        // A line without its end was not acknowledged to anybody.
        if out.read_line(&mut line).unwrap() == 0 || !line.ends_with('\n') {
            break;
        }
        if let Some((_, what)) = line.trim_end().split_once("ack ") {
            lines.push(what.to_owned());
        }
        if deadline.is_none() && !lines.is_empty() {
            deadline = Some(Instant::now() + life);
            let (pid, is_over) = (writer.id(), Arc::clone(&is_over));
            std::thread::spawn(move || {
                std::thread::sleep(life);
                is_over.store(true, Ordering::SeqCst);
                Command::new("kill").args(["-9", &pid.to_string()]).status().unwrap();
            });
        }
    }
    writer.wait().unwrap();
    assert!(is_over.load(Ordering::SeqCst), "the writer ended by itself");
    lines
}

async fn still_there(store: &dyn Store, acknowledged: &[String]) {
    let expires = Moment::now().plus(Duration::from_secs(3600));
    for line in acknowledged {
        let words: Vec<&str> = line.split(' ').collect();
        let number: u64 = words[1].parse().unwrap();
        match words[0] {
            "run" => {
                let kept = store.run("a", &run(number).hash).await.unwrap();
                assert_eq!((kept.document, kept.request), (run(number).document, run(number).request));
                assert_eq!(kept.entry.labels, run(number).labels);
            }
            "answer" => {
                let request = KeyedRequest {
                    route: "POST /runs".to_owned(),
                    key: number.to_string(),
                    request_hash: format!("{number:064x}"),
                    expires,
                    locked_until: expires,
                };
                let Claim::Done(answer) = store.claim(&by(), &request).await.unwrap() else { panic!("{line}") };
                assert_eq!(answer.body, number.to_string().into_bytes());
            }
            "model" => {
                let name = format!("m{}", number % 10);
                let kept = store.model("a", &name, words[2].parse().ok()).await.unwrap();
                assert_eq!(kept.text, number.to_string());
            }
            "job" => {
                let kept = store.job_result("a", &number.to_string()).await.unwrap().unwrap();
                assert_eq!(kept, number.to_string().into_bytes());
            }
            other => panic!("{other}"),
        }
    }
}

/// Whatever was going on: every object is whole, and the log has one row for each change and no more.
async fn whole(store: &dyn Store) {
    let mut cursor = None;
    let (mut runs, mut jobs) = (0, 0);
    loop {
        let page = store.runs("a", &RunFilter::default(), &PageRequest { cursor, limit: 500 }).await.unwrap();
        for entry in page.items {
            let number = u64::from_str_radix(&entry.hash, 16).unwrap();
            assert_eq!(store.run("a", &entry.hash).await.unwrap().document, run(number).document);
            runs += 1;
        }
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    loop {
        let page = store.jobs("a", &PageRequest { cursor, limit: 500 }).await.unwrap();
        for job in page.items {
            let events = store.job_events("a", &job.id, 0, 500).await.unwrap();
            assert_eq!(
                events.iter().map(|event| event.id).collect::<Vec<_>>(),
                (1..=job.last_event).collect::<Vec<_>>()
            );
            let result = store.job_result("a", &job.id).await.unwrap();
            assert_eq!(result.is_some(), job.state == JobState::Done);
            jobs += 1;
        }
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    let verdict = store.verify_audit(None).await.unwrap();
    assert_eq!(verdict.broken, None);
    let (mut logged_runs, mut logged_jobs) = (0, 0);
    loop {
        let page = store.audit_rows("a", &PageRequest { cursor, limit: 500 }).await.unwrap();
        logged_runs += page.items.iter().filter(|row| row.action == "run:put").count();
        logged_jobs += page.items.iter().filter(|row| row.action == "job:put").count();
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!((runs, jobs), (logged_runs, logged_jobs));
}

/// Kills a writer at many points of its life; the points are spread by the golden ratio between 0 and 250 ms after its first answer.
fn killing(address: &str, times: u32) {
    let mut total = 0;
    let mut everything = Vec::new();
    for time in 0..times {
        let life = Duration::from_secs_f64(0.25 * (f64::from(time) * 0.618_033_988_75).fract());
        let acknowledged = killed(address, life);
        total += acknowledged.len();
        block(async {
            let store = open(address).await.unwrap();
            still_there(&*store, &acknowledged).await;
            if time % 10 == 9 || time + 1 == times {
                whole(&*store).await;
            }
            store.close().await;
        });
        everything.extend(acknowledged);
    }
    block(async {
        let store = open(address).await.unwrap();
        still_there(&*store, &everything).await;
        // A server of the same name clears away what the killed ones left unfinished.
        let server = Server { id: "last".to_owned(), name: "writer".to_owned() };
        store.register_server(&server, Moment::now(), Moment::now()).await.unwrap();
        let page = PageRequest { cursor: None, limit: 500 };
        assert!(store.jobs("a", &page).await.unwrap().items.iter().all(|job| job.state.has_ended()));
        whole(&*store).await;
        store.close().await;
    });
    eprintln!("{times} kills, {total} acknowledged writes, all there");
    assert!(total > 0);
}

#[test]
fn a_killed_server_loses_nothing_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    killing(&format!("sqlite:{}", path.display()), cases(3));
    let said: String = block(async {
        let mut connection = sqlx::SqliteConnection::connect(&format!("sqlite:{}", path.display())).await.unwrap();
        sqlx::query("PRAGMA integrity_check").fetch_one(&mut connection).await.unwrap().get(0)
    });
    assert_eq!(said, "ok");
}

#[test]
fn a_killed_server_loses_nothing_on_postgres() {
    let Some(cluster) = Cluster::shared() else { return };
    killing(&cluster.database(), cases(3));
}

/// PostgreSQL is stopped, and crashes, under load: calls say that it cannot be reached, then it serves again, and nothing is lost.
#[test]
fn postgres_comes_back() {
    let Some(cluster) = Cluster::start() else { return };
    let address = cluster.database();
    block(async {
        let store = open(&address).await.unwrap();
        for manner in ["fast", "immediate"] {
            let (is_over, refused) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
            let first = u64::try_from(Moment::now().0).unwrap();
            let tasks: Vec<_> = (0..4)
                .map(|task| {
                    let (store, is_over, refused) = (Arc::clone(&store), Arc::clone(&is_over), Arc::clone(&refused));
                    tokio::spawn(async move {
                        let mut kept = Vec::new();
                        for turn in 0.. {
                            if is_over.load(Ordering::SeqCst) {
                                break;
                            }
                            let number = first + turn * 10 + task;
                            match store.put_run(&by(), run(number)).await {
                                Ok(_) => kept.push(format!("run {number}")),
                                Err(StoreError::Unavailable(_)) => drop(refused.fetch_add(1, Ordering::SeqCst)),
                                Err(other) => panic!("{other:?}"),
                            }
                        }
                        kept
                    })
                })
                .collect();
            tokio::time::sleep(Duration::from_millis(150)).await;
            cluster.down(manner);
            eventually("calls are refused", Duration::from_secs(10), || refused.load(Ordering::SeqCst) > 0);
            assert!(matches!(store.ping().await, Err(StoreError::Unavailable(_))));
            cluster.up();
            let back = Instant::now();
            while store.ping().await.is_err() {
                assert!(back.elapsed() < Duration::from_secs(10), "not back within 10 s");
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
            is_over.store(true, Ordering::SeqCst);
            for task in tasks {
                still_there(&*store, &task.await.unwrap()).await;
            }
        }
        whole(&*store).await;
    });
}
