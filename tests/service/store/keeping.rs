//! The store does the same on SQLite and on PostgreSQL.
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use crate::common::cluster::Cluster;
use ecocomp::store::{
    Caller, Claim, Conflict, Decision, Expected, JobState, KeyedRequest, Moment, NewDataset, NewJob, NewModel, NewPlan,
    NewRun, NewToken, PageRequest, PlanState, Role, RunFilter, Server, Store, StoreError, StoredAnswer, StoredFile,
    Unfit, open,
};

pub(crate) type Any = Arc<dyn Store>;

pub(crate) fn block<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(work)
}

/// Runs a behaviour on an SQLite file, on SQLite in memory and on PostgreSQL.
pub(crate) fn on_every_database<F: Future<Output = ()>>(behaviour: impl Fn(Any) -> F) {
    let folder = tempfile::tempdir().unwrap();
    let mut addresses = vec![format!("sqlite:{}", folder.path().join("a.db").display()), "sqlite::memory:".to_owned()];
    addresses.extend(Cluster::shared().map(Cluster::database));
    for address in addresses {
        eprintln!("on {address}");
        block(async { behaviour(open(&address).await.unwrap()).await });
    }
}

/// Runs a behaviour of two servers on one database.
fn on_shared_databases<F: Future<Output = ()>>(behaviour: impl Fn(Any, Any) -> F) {
    let folder = tempfile::tempdir().unwrap();
    let mut addresses = vec![format!("sqlite:{}", folder.path().join("a.db").display())];
    addresses.extend(Cluster::shared().map(Cluster::database));
    for address in addresses {
        eprintln!("on {address}");
        // Both start at once on an empty database.
        block(async {
            let (one, other) = tokio::join!(open(&address), open(&address));
            behaviour(one.unwrap(), other.unwrap()).await;
        });
    }
}

const START: Moment = Moment(1_772_000_000_000_000);

fn later(seconds: u64) -> Moment {
    START.plus(Duration::from_secs(seconds))
}

pub(crate) fn by(org: &str, principal: &str) -> Caller {
    Caller { org: org.to_owned(), principal: principal.to_owned(), at: START, request: "test".to_owned() }
}

fn hash(number: u64) -> String {
    format!("{number:064x}")
}

pub(crate) fn page(limit: u32) -> PageRequest {
    PageRequest { cursor: None, limit }
}

fn model(name: &str, text: &str, expected: Expected) -> NewModel {
    NewModel { name: name.to_owned(), text: text.to_owned(), expected }
}

fn dataset(name: &str, files: &[(&str, &[u8])]) -> NewDataset {
    let file = |(name, bytes): &(&str, &[u8])| StoredFile { name: (*name).to_owned(), bytes: bytes.to_vec() };
    NewDataset {
        name: name.to_owned(),
        files: files.iter().map(file).collect(),
        provenance: "{\"source\":\"统计年鉴\"}".to_owned(),
        expected: Expected::Any,
    }
}

fn run(number: u64) -> NewRun {
    NewRun {
        hash: hash(number),
        model: format!("model{}", number % 3),
        status: "optimal".to_owned(),
        engine: "0.1.0".to_owned(),
        request: b"{}".to_vec(),
        document: format!("{{\"run\": {number}, \"name\": \"城桥镇\"}}\n").into_bytes(),
        summary: "{}".to_owned(),
        labels: BTreeMap::new(),
    }
}

fn keyed(key: &str, body: u64) -> KeyedRequest {
    KeyedRequest {
        route: "POST /api/v1/runs".to_owned(),
        key: key.to_owned(),
        request_hash: hash(body),
        expires: later(86_400),
        locked_until: later(60),
    }
}

fn server(id: &str, name: &str) -> Server {
    Server { id: id.to_owned(), name: name.to_owned() }
}

fn job(id: &str, server: &str) -> NewJob {
    NewJob {
        id: id.to_owned(),
        server: server.to_owned(),
        kind: "sweep".to_owned(),
        request: b"{\"draws\":100}".to_vec(),
    }
}

fn plan(id: &str, run: u64) -> NewPlan {
    NewPlan {
        id: id.to_owned(), run: hash(run), title: "2026 年方案".to_owned(), note: String::new(), previous: None
    }
}

#[test]
fn models_are_kept_in_versions() {
    on_every_database(|store| async move {
        let me = by("a", "li");
        let first = store.put_model(&me, model("崇明", "x = 1", Expected::Absent)).await.unwrap();
        assert!(first.is_new);
        assert_eq!((first.value.entry.version, first.value.entry.author.as_str()), (1, "li"));
        let again = store.put_model(&me, model("崇明", "x = 1", Expected::Any)).await.unwrap();
        assert!(!again.is_new);
        assert_eq!(again.value, first.value);
        let stale = store.put_model(&me, model("崇明", "x = 2", Expected::Absent)).await;
        assert_eq!(stale, Err(StoreError::Stale { current: Some(1) }));
        let second = store.put_model(&me, model("崇明", "x = 2", Expected::OneOf(vec![1]))).await.unwrap();
        assert_eq!(second.value.entry.version, 2);
        let stale = store.put_model(&me, model("崇明", "x = 3", Expected::OneOf(vec![1, 7]))).await;
        assert_eq!(stale, Err(StoreError::Stale { current: Some(2) }));
        let missing = store.put_model(&me, model("new", "x", Expected::Present)).await;
        assert_eq!(missing, Err(StoreError::Stale { current: None }));
        assert_eq!(store.model("a", "崇明", Some(1)).await.unwrap(), first.value);
        assert_eq!(store.model("a", "崇明", None).await.unwrap(), second.value);
        assert_eq!(store.model("a", "崇明", Some(3)).await, Err(StoreError::NotFound));
        // The same text as an older version is a version of its own: the latest is what counts.
        let third = store.put_model(&me, model("崇明", "x = 1", Expected::Any)).await.unwrap();
        assert_eq!(third.value.entry.version, 3);
        let versions = store.model_versions("a", "崇明", &page(2)).await.unwrap();
        assert_eq!(versions.items.iter().map(|entry| entry.version).collect::<Vec<_>>(), [3, 2]);
        let rest = PageRequest { cursor: versions.next, limit: 2 };
        let rest = store.model_versions("a", "崇明", &rest).await.unwrap();
        assert_eq!((rest.items.len(), rest.next), (1, None));
        assert_eq!(rest.items[0], first.value.entry);
    });
}

#[test]
fn of_many_writers_who_saw_one_version_one_writes_the_next() {
    on_shared_databases(|one, other| async move {
        one.put_model(&by("a", "li"), model("m", "0", Expected::Absent)).await.unwrap();
        let tries = (0..20).map(|number| {
            let store = if number % 2 == 0 { Arc::clone(&one) } else { Arc::clone(&other) };
            tokio::spawn(async move {
                let text = format!("{}", number + 1);
                store.put_model(&by("a", "li"), model("m", &text, Expected::OneOf(vec![1]))).await
            })
        });
        let mut written = 0;
        for outcome in futures_util::future::join_all(tries).await {
            match outcome.unwrap() {
                Ok(put) => {
                    written += 1;
                    assert_eq!(put.value.entry.version, 2);
                }
                Err(error) => assert_eq!(error, StoreError::Stale { current: Some(2) }),
            }
        }
        assert_eq!(written, 1);
    });
}

#[test]
fn datasets_keep_their_files_to_the_byte() {
    on_every_database(|store| async move {
        let me = by("a", "li");
        let bytes: Vec<u8> = (0..=255).collect();
        let new = dataset("d", &[("cells.csv", &bytes), ("areas.csv", b"")]);
        let first = store.put_dataset(&me, new.clone()).await.unwrap();
        assert!(first.is_new);
        assert_eq!(
            first.value.files.iter().map(|file| file.name.as_str()).collect::<Vec<_>>(),
            ["areas.csv", "cells.csv"]
        );
        assert_eq!(first.value.size, 256);
        let swapped = dataset("d", &[("areas.csv", b""), ("cells.csv", &bytes)]);
        assert!(!store.put_dataset(&me, swapped).await.unwrap().is_new);
        let other = store.put_dataset(&me, NewDataset { provenance: "{}".to_owned(), ..new }).await.unwrap();
        assert_eq!((other.is_new, other.value.version), (true, 2));
        assert_eq!(other.value.hash, first.value.hash);
        let (entry, files) = store.dataset_files("a", "d", Some(1)).await.unwrap();
        assert_eq!(entry, first.value);
        assert_eq!(files[1], StoredFile { name: "cells.csv".to_owned(), bytes });
        assert_eq!(store.dataset("a", "d", None).await.unwrap().version, 2);
        assert_eq!(store.dataset_versions("a", "d", &page(0)).await.unwrap().items.len(), 2);
        let twice = store.put_dataset(&me, dataset("e", &[("f", b"1"), ("f", b"2")])).await;
        assert_eq!(twice, Err(StoreError::Invalid { field: "files", why: Unfit::Twice }));
        let none = store.put_dataset(&me, dataset("e", &[])).await;
        assert_eq!(none, Err(StoreError::Invalid { field: "files", why: Unfit::Empty }));
        assert_eq!(store.dataset("a", "e", None).await, Err(StoreError::NotFound));
    });
}

#[test]
fn the_same_question_gives_the_stored_run() {
    on_every_database(|store| async move {
        let first = store.put_run(&by("a", "li"), run(1)).await.unwrap();
        assert!(first.is_new);
        let again = store.put_run(&by("a", "wang"), run(1)).await.unwrap();
        assert_eq!((again.is_new, &again.value), (false, &first.value));
        assert_eq!(store.run("a", &hash(1)).await.unwrap().document, run(1).document);
        assert_eq!(store.run_entry("a", &hash(1)).await.unwrap(), first.value);
        let differs = store.put_run(&by("a", "li"), NewRun { document: b"other".to_vec(), ..run(1) }).await;
        assert_eq!(differs, Err(StoreError::Conflict(Conflict::RunDiffers)));
        // Another organisation has its own run of the same hash.
        assert!(store.put_run(&by("b", "zhao"), run(1)).await.unwrap().is_new);
        let unfit = store.put_run(&by("a", "li"), NewRun { hash: "A".repeat(64), ..run(1) }).await;
        assert_eq!(unfit, Err(StoreError::Invalid { field: "hash", why: Unfit::Hash }));
    });
}

#[test]
fn labels_change_by_revision_and_filter_lists() {
    on_every_database(|store| async move {
        let me = by("a", "li");
        for number in 0..6 {
            store.put_run(&me, run(number)).await.unwrap();
        }
        let labels = |value: &str| BTreeMap::from([("年度".to_owned(), value.to_owned())]);
        let entry = store.label_run(&me, &hash(1), labels("2026"), Expected::OneOf(vec![1])).await.unwrap();
        assert_eq!(entry.revision, 2);
        let stale = store.label_run(&me, &hash(1), labels("2027"), Expected::OneOf(vec![1])).await;
        assert_eq!(stale, Err(StoreError::Stale { current: Some(2) }));
        store.label_run(&me, &hash(4), labels("2025"), Expected::Any).await.unwrap();
        let list = async |filter: RunFilter| {
            let found = store.runs("a", &filter, &page(0)).await.unwrap();
            found.items.into_iter().map(|entry| entry.hash).collect::<Vec<_>>()
        };
        let label = |value: Option<&str>| Some(("年度".to_owned(), value.map(str::to_owned)));
        assert_eq!(list(RunFilter { label: label(None), ..RunFilter::default() }).await, [hash(4), hash(1)]);
        assert_eq!(list(RunFilter { label: label(Some("2026")), ..RunFilter::default() }).await, [hash(1)]);
        assert_eq!(
            list(RunFilter { model: Some("model1".to_owned()), ..RunFilter::default() }).await,
            [hash(4), hash(1)]
        );
        assert!(list(RunFilter { status: Some("infeasible".to_owned()), ..RunFilter::default() }).await.is_empty());
    });
}

#[test]
fn a_run_in_a_plan_is_not_deleted() {
    on_every_database(|store| async move {
        let me = by("a", "li");
        store.put_run(&me, run(1)).await.unwrap();
        store.put_run(&me, run(2)).await.unwrap();
        store.submit_plan(&me, plan("p", 1)).await.unwrap();
        assert_eq!(store.delete_run(&me, &hash(1)).await, Err(StoreError::Conflict(Conflict::RunInPlan)));
        assert_eq!(store.delete_run(&me, &hash(2)).await, Ok(()));
        assert_eq!(store.run("a", &hash(2)).await, Err(StoreError::NotFound));
        assert_eq!(store.delete_run(&me, &hash(2)).await, Err(StoreError::NotFound));
        assert!(store.put_run(&me, run(2)).await.unwrap().is_new);
    });
}

#[test]
fn pages_stand_still_while_others_write() {
    on_every_database(|store| async move {
        let me = by("a", "li");
        for number in 0..25 {
            store.put_run(&me, run(number)).await.unwrap();
            store.put_model(&me, model(&format!("m{number:02}"), "x", Expected::Any)).await.unwrap();
        }
        let (mut seen, mut names, mut cursor, mut after) = (Vec::new(), Vec::new(), None, None);
        for turn in 0.. {
            let runs = store.runs("a", &RunFilter::default(), &PageRequest { cursor, limit: 4 }).await.unwrap();
            let models = store.models("a", &PageRequest { cursor: after, limit: 4 }).await.unwrap();
            assert!(runs.items.len() <= 4 && models.items.len() <= 4);
            seen.extend(runs.items.into_iter().map(|entry| entry.hash));
            names.extend(models.items.into_iter().map(|entry| entry.name));
            store.put_run(&me, run(100 + turn)).await.unwrap();
            store.put_model(&me, model(&format!("m00-{turn}"), "x", Expected::Any)).await.unwrap();
            (cursor, after) = (runs.next, models.next);
            if cursor.is_none() {
                assert!(after.is_none());
                break;
            }
        }
        assert_eq!(seen, (0..25).rev().map(hash).collect::<Vec<_>>());
        assert_eq!(names, (0..25).map(|number| format!("m{number:02}")).collect::<Vec<_>>());
        for wrong in ["", "x", "r-", "r-xyz", "m-00", "r--1", "r-ffffffffffffffffff", "é"] {
            let asked = PageRequest { cursor: Some(wrong.to_owned()), limit: 4 };
            let refused = store.runs("a", &RunFilter::default(), &asked).await;
            assert_eq!(refused, Err(StoreError::Invalid { field: "cursor", why: Unfit::Cursor }), "{wrong}");
        }
    });
}

#[test]
fn a_job_goes_its_way_and_its_events_are_numbered() {
    on_every_database(|store| async move {
        let me = by("a", "li");
        store.register_server(&server("s1", "host:1"), START, later(30)).await.unwrap();
        let foreign = store.put_job(&me, job("j", "nobody")).await;
        assert_eq!(foreign, Err(StoreError::Conflict(Conflict::ForeignJob)));
        let put = store.put_job(&me, job("j", "s1")).await.unwrap();
        assert_eq!((put.is_new, put.value.state, put.value.last_event), (true, JobState::Queued, 1));
        assert!(!store.put_job(&me, job("j", "s1")).await.unwrap().is_new);
        let other = NewJob { request: b"{}".to_vec(), ..job("j", "s1") };
        assert_eq!(store.put_job(&me, other).await, Err(StoreError::Conflict(Conflict::IdTaken)));
        assert_eq!(store.start_job(&me, "j", "s1").await.unwrap().state, JobState::Running);
        assert_eq!(store.add_job_event(&me, "j", "s1", "progress", "{\"done\":10}").await, Ok(3));
        let stolen = store.add_job_event(&me, "j", "s2", "progress", "{}").await;
        assert_eq!(stolen, Err(StoreError::Conflict(Conflict::ForeignJob)));
        assert_eq!(store.job_result("a", "j").await, Ok(None));
        let done = store.finish_job(&me, "j", "s1", JobState::Done, b"{\"x\":1}\n".to_vec()).await.unwrap();
        assert_eq!((done.state, done.started, done.ended), (JobState::Done, Some(START), Some(START)));
        assert_eq!(store.job_result("a", "j").await.unwrap().unwrap(), b"{\"x\":1}\n");
        assert_eq!(store.job_request("a", "j").await.unwrap(), b"{\"draws\":100}");
        let ended = Err(StoreError::Conflict(Conflict::JobEnded));
        assert_eq!(store.cancel_job(&me, "j").await, ended);
        assert_eq!(store.start_job(&me, "j", "s1").await, ended);
        let events = store.job_events("a", "j", 1, 100).await.unwrap();
        let events: Vec<_> = events.iter().map(|event| (event.id, event.kind.as_str(), event.data.as_str())).collect();
        assert_eq!(events, [(2, "state", "\"running\""), (3, "progress", "{\"done\":10}"), (4, "state", "\"done\"")]);
    });
}

#[test]
fn ended_jobs_are_forgotten_by_age_and_room() {
    on_every_database(|store| async move {
        let (one, other) = (by("a", "li"), by("b", "wang"));
        store.register_server(&server("s-1", "host:1"), START, later(30)).await.unwrap();
        for (by, id) in [(&one, "j-1"), (&one, "j-2"), (&one, "j-3"), (&other, "j-1")] {
            store.put_job(by, job(id, "s-1")).await.unwrap();
            store.start_job(by, id, "s-1").await.unwrap();
            if id != "j-3" {
                store.finish_job(by, id, "s-1", JobState::Done, vec![b'x'; 1_000]).await.unwrap();
            }
        }
        let long_ago = START.minus(Duration::from_secs(60));
        assert_eq!(store.forget_jobs(long_ago, 1 << 30).await, Ok(0));
        // Room for one result each: the older of the first organisation goes, what still runs stays.
        assert_eq!(store.forget_jobs(long_ago, 1_500).await, Ok(1));
        assert_eq!(store.job("a", "j-1").await, Err(StoreError::NotFound));
        assert!(store.job_result("a", "j-2").await.unwrap().is_some());
        assert!(store.job("a", "j-3").await.is_ok() && store.job("b", "j-1").await.is_ok());
        assert_eq!(store.forget_jobs(later(86_400), 1 << 30).await, Ok(2));
        assert!(store.job("a", "j-3").await.is_ok());
    });
}

#[test]
fn a_cancelled_job_stays_cancelled_and_its_server_hears_of_it() {
    on_shared_databases(|one, other| async move {
        let me = by("a", "li");
        one.register_server(&server("s1", "host:1"), START, later(30)).await.unwrap();
        other.register_server(&server("s2", "host:2"), START, later(30)).await.unwrap();
        one.put_job(&me, job("j", "s1")).await.unwrap();
        one.start_job(&me, "j", "s1").await.unwrap();
        assert_eq!(other.cancel_job(&me, "j").await.unwrap().state, JobState::Cancelled);
        let named = one.heartbeat("s1", later(1), later(31), START).await.unwrap();
        assert_eq!(named, [("a".to_owned(), "j".to_owned())]);
        assert!(other.heartbeat("s2", later(1), later(31), START).await.unwrap().is_empty());
        let late = one.finish_job(&me, "j", "s1", JobState::Done, b"{}".to_vec()).await;
        assert_eq!(late, Err(StoreError::Conflict(Conflict::JobEnded)));
        assert_eq!(other.job("a", "j").await.unwrap().state, JobState::Cancelled);
        assert_eq!(other.job_result("a", "j").await, Ok(None));
    });
}

#[test]
fn a_server_that_dies_takes_its_own_jobs_with_it_and_no_others() {
    on_shared_databases(|one, other| async move {
        let me = by("a", "li");
        one.register_server(&server("s1", "host:1"), START, later(30)).await.unwrap();
        other.register_server(&server("s2", "host:2"), START, later(30)).await.unwrap();
        for (id, server) in [("j1", "s1"), ("j2", "s2"), ("j3", "s1")] {
            one.put_job(&me, job(id, server)).await.unwrap();
        }
        one.finish_job(&me, "j3", "s1", JobState::Done, Vec::new()).await.unwrap();
        // It starts again at the same address before its time is over.
        let interrupted = one.register_server(&server("s3", "host:1"), later(5), later(35)).await.unwrap();
        assert_eq!(interrupted, 1);
        let states = async |store: &Any| {
            let mut states = Vec::new();
            for id in ["j1", "j2", "j3"] {
                states.push(store.job("a", id).await.unwrap().state);
            }
            states
        };
        assert_eq!(states(&one).await, [JobState::Interrupted, JobState::Queued, JobState::Done]);
        assert_eq!(one.heartbeat("s1", later(6), later(36), START).await, Err(StoreError::NotFound));
        // The other one falls silent; whoever speaks next clears up.
        assert!(one.heartbeat("s3", later(40), later(70), START).await.unwrap().is_empty());
        assert_eq!(states(&one).await, [JobState::Interrupted, JobState::Interrupted, JobState::Done]);
        let last = one.job_events("a", "j2", 0, 10).await.unwrap();
        assert_eq!(last.last().unwrap().data, "\"interrupted\"");
        one.put_job(&me, job("j4", "s3")).await.unwrap();
        assert_eq!(one.unregister_server("s3", later(41)).await, Ok(1));
    });
}

#[test]
fn events_of_many_writers_have_no_gaps() {
    on_every_database(|store| async move {
        let me = by("a", "li");
        store.register_server(&server("s1", "host:1"), START, later(30)).await.unwrap();
        store.put_job(&me, job("j", "s1")).await.unwrap();
        let adding = (0..40).map(|number| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                if number == 20 {
                    store.start_job(&by("a", "li"), "j", "s1").await.unwrap();
                    0
                } else {
                    store.add_job_event(&by("a", "li"), "j", "s1", "progress", "{}").await.unwrap()
                }
            })
        });
        futures_util::future::join_all(adding).await.into_iter().for_each(|done| assert!(done.is_ok()));
        let events = store.job_events("a", "j", 0, 500).await.unwrap();
        assert_eq!(events.iter().map(|event| event.id).collect::<Vec<_>>(), (1..=41).collect::<Vec<_>>());
        assert_eq!(store.job("a", "j").await.unwrap().last_event, 41);
    });
}

#[test]
fn of_fifty_claims_of_one_key_one_is_carried_out() {
    on_shared_databases(|one, other| async move {
        let claims = (0..50).map(|number| {
            let store = if number % 2 == 0 { Arc::clone(&one) } else { Arc::clone(&other) };
            tokio::spawn(async move { store.claim(&by("a", "li"), &keyed("k", 1)).await.unwrap() })
        });
        let claims = futures_util::future::join_all(claims).await;
        let new: Vec<_> = claims.into_iter().map(Result::unwrap).filter(|claim| *claim != Claim::InProgress).collect();
        let [Claim::New { id, attempt: 1 }] = &new[..] else { panic!("{new:?}") };
        let answer = StoredAnswer {
            status: 201,
            headers: vec![
                ("location".to_owned(), "/api/v1/runs/1".to_owned()),
                ("etag".to_owned(), "\"1\"".to_owned()),
            ],
            body: b"{}\n".to_vec(),
        };
        one.complete_claim(&by("a", "li"), id, 1, answer.clone()).await.unwrap();
        assert_eq!(other.claim(&by("a", "li"), &keyed("k", 1)).await, Ok(Claim::Done(answer)));
        let reused = other.claim(&by("a", "li"), &keyed("k", 2)).await;
        assert_eq!(reused, Err(StoreError::Conflict(Conflict::KeyReused)));
        // The key is the principal's and the route's own.
        for (who, request) in [
            (by("a", "wang"), keyed("k", 2)),
            (by("b", "li"), keyed("k", 2)),
            (by("a", "li"), KeyedRequest { route: "POST /api/v1/plans".to_owned(), ..keyed("k", 2) }),
        ] {
            assert!(matches!(one.claim(&who, &request).await, Ok(Claim::New { attempt: 1, .. })));
        }
    });
}

#[test]
fn a_claim_left_behind_is_taken_up_under_the_same_id() {
    on_every_database(|store| async move {
        let me = by("a", "li");
        let Claim::New { id, .. } = store.claim(&me, &keyed("k", 1)).await.unwrap() else { panic!() };
        let after = Caller { at: later(61), ..me.clone() };
        let again = KeyedRequest { locked_until: later(121), ..keyed("k", 1) };
        assert_eq!(store.claim(&after, &again).await, Ok(Claim::New { id: id.clone(), attempt: 2 }));
        let answer = StoredAnswer { status: 200, headers: Vec::new(), body: Vec::new() };
        assert_eq!(store.complete_claim(&me, &id, 1, answer.clone()).await, Err(StoreError::NotFound));
        store.release_claim(&after, &id, 2).await.unwrap();
        assert_eq!(store.claim(&after, &again).await, Ok(Claim::New { id: id.clone(), attempt: 3 }));
        store.complete_claim(&after, &id, 3, answer.clone()).await.unwrap();
        assert_eq!(store.claim(&after, &again).await, Ok(Claim::Done(answer)));
        // After its time the key is free, for another request too.
        let expired = Caller { at: later(86_401), ..me.clone() };
        let fresh = KeyedRequest { expires: later(200_000), locked_until: later(90_000), ..keyed("k", 2) };
        assert!(matches!(store.claim(&expired, &fresh).await, Ok(Claim::New { attempt: 1, .. })));
        assert_eq!(store.forget_expired_claims(later(300_000)).await, Ok(1));
    });
}

#[test]
fn tokens_speak_for_a_principal_until_they_end() {
    on_every_database(|store| async move {
        let me = by("a", "root");
        let new = |principal: Option<&str>, expires| NewToken {
            principal: principal.map(str::to_owned),
            role: Role::Planner,
            expires,
            note: "表格".to_owned(),
        };
        let issued = store.issue_token(&me, new(Some("li"), Some(later(100)))).await.unwrap();
        assert!(issued.secret.starts_with(&format!("ecocomp_{}_", issued.entry.id)));
        assert!(!format!("{issued:?}").contains(&issued.secret));
        let principal = store.authenticate(&issued.secret, later(1)).await.unwrap().unwrap();
        assert_eq!((principal.org.as_str(), principal.name.as_str(), principal.role), ("a", "li", Role::Planner));
        // The use is noted beside the answer, and not again within ten minutes.
        let used = async || store.tokens(Some("a"), &page(0)).await.unwrap().items[0].last_used;
        for _ in 0..500 {
            if used().await.is_some() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(used().await, Some(later(1)));
        store.authenticate(&issued.secret, later(2)).await.unwrap().unwrap();
        assert_eq!(used().await, Some(later(1)));
        assert_eq!(store.authenticate(&issued.secret, later(101)).await, Ok(None));
        let mut wrong = issued.secret.clone();
        wrong.pop();
        for secret in [wrong.as_str(), "", "ecocomp_", "Bearer x", &"ecocomp_x".repeat(1000), "ecocomp_\0"] {
            assert_eq!(store.authenticate(secret, later(1)).await, Ok(None));
        }
        let own = store.issue_token(&me, new(None, None)).await.unwrap();
        assert_eq!(own.entry.principal, format!("planner-{}", own.entry.id));
        assert_eq!(store.revoke_token(&by("b", "root"), &own.entry.id).await, Err(StoreError::NotFound));
        assert_eq!(store.revoke_token(&me, &own.entry.id).await.unwrap().revoked, Some(START));
        assert_eq!(store.authenticate(&own.secret, later(1)).await, Ok(None));
        store.issue_token(&by("b", "root"), new(None, None)).await.unwrap();
        assert_eq!(store.tokens(Some("a"), &page(0)).await.unwrap().items.len(), 2);
        assert_eq!(store.tokens(None, &page(0)).await.unwrap().items.len(), 3);
    });
}

#[test]
fn no_secret_of_a_token_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let issued = block(async {
        let store = open(&format!("sqlite:{}", path.display())).await.unwrap();
        let new = NewToken { principal: None, role: Role::Admin, expires: None, note: String::new() };
        let issued = store.issue_token(&by("a", "root"), new).await.unwrap();
        store.authenticate(&issued.secret, later(1)).await.unwrap().unwrap();
        store.close().await;
        issued
    });
    let (_, random) = issued.secret.rsplit_once('_').unwrap();
    let holds = |bytes: &[u8], text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    // The last connection to end removes the journal, which may be while the folder is read.
    let read = |entry: std::io::Result<std::fs::DirEntry>| match std::fs::read(entry.unwrap().path()) {
        Err(gone) if gone.kind() == std::io::ErrorKind::NotFound => None,
        bytes => Some(bytes.unwrap()),
    };
    let files: Vec<Vec<u8>> = std::fs::read_dir(folder.path()).unwrap().filter_map(read).collect();
    assert!(files.iter().any(|bytes| holds(bytes, &issued.entry.id)));
    assert!(!files.iter().any(|bytes| holds(bytes, random)));
}

#[test]
fn the_maker_of_a_plan_does_not_decide_on_it() {
    on_every_database(|store| async move {
        let (maker, other) = (by("a", "li"), by("a", "wang"));
        store.put_run(&maker, run(1)).await.unwrap();
        assert_eq!(store.submit_plan(&maker, plan("x", 2)).await, Err(StoreError::NotFound));
        store.put_run(&maker, NewRun { status: "infeasible".to_owned(), ..run(3) }).await.unwrap();
        let none = store.submit_plan(&maker, plan("x", 3)).await;
        assert_eq!(none, Err(StoreError::Conflict(Conflict::NoAllocation)));
        let put = store.submit_plan(&maker, plan("p", 1)).await.unwrap();
        assert_eq!((put.is_new, put.value.state, put.value.revision), (true, PlanState::Submitted, 1));
        assert!(!store.submit_plan(&maker, plan("p", 1)).await.unwrap().is_new);
        assert_eq!(store.submit_plan(&other, plan("p", 1)).await, Err(StoreError::Conflict(Conflict::IdTaken)));
        for decision in [Decision::Approve, Decision::Reject] {
            let own = store.decide_plan(&maker, "p", decision, "", Expected::Any).await;
            assert_eq!(own, Err(StoreError::Conflict(Conflict::OwnPlan)));
        }
        for name in ["Li", "l i", "\u{FF4C}i"] {
            let same = store.decide_plan(&by("a", name), "p", Decision::Approve, "", Expected::Any).await;
            assert_eq!(same, Err(StoreError::Conflict(Conflict::MakersToken)), "{name}");
        }
        let taken = store.decide_plan(&other, "p", Decision::Withdraw, "", Expected::Any).await;
        assert_eq!(taken, Err(StoreError::Conflict(Conflict::NotMaker)));
        let stale = store.decide_plan(&other, "p", Decision::Approve, "", Expected::OneOf(vec![2])).await;
        assert_eq!(stale, Err(StoreError::Stale { current: Some(1) }));
        assert_eq!(store.plan("a", "p").await.unwrap(), put.value);
        let approved =
            store.decide_plan(&other, "p", Decision::Approve, "同意", Expected::OneOf(vec![1])).await.unwrap();
        assert_eq!((approved.state, approved.decided_by.as_deref()), (PlanState::Approved, Some("wang")));
        let again = store.decide_plan(&other, "p", Decision::Reject, "", Expected::Any).await;
        assert_eq!(again, Err(StoreError::Conflict(Conflict::PlanDecided)));
        store.submit_plan(&maker, plan("q", 1)).await.unwrap();
        let withdrawn = store.decide_plan(&maker, "q", Decision::Withdraw, "", Expected::Any).await.unwrap();
        assert_eq!(withdrawn.state, PlanState::Withdrawn);
        assert_eq!(store.plans("a", &page(0)).await.unwrap().items, [withdrawn, approved]);
    });
}

#[test]
fn what_is_anothers_is_not_found() {
    on_every_database(|store| async move {
        let (me, stranger) = (by("a", "li"), by("b", "zhao"));
        store.register_server(&server("s1", "host:1"), START, later(30)).await.unwrap();
        store.put_model(&me, model("m", "x", Expected::Any)).await.unwrap();
        store.put_dataset(&me, dataset("d", &[("f", b"1")])).await.unwrap();
        store.put_run(&me, run(1)).await.unwrap();
        store.put_job(&me, job("j", "s1")).await.unwrap();
        store.submit_plan(&me, plan("p", 1)).await.unwrap();
        let Claim::New { id, attempt } = store.claim(&me, &keyed("k", 1)).await.unwrap() else { panic!() };
        let token = NewToken { principal: None, role: Role::Viewer, expires: None, note: String::new() };
        let token = store.issue_token(&me, token).await.unwrap().entry.id;
        let rows = store.audit_rows("a", &page(0)).await.unwrap().items.len();

        macro_rules! not_found {
            ($($call:expr),* $(,)?) => { $(assert_eq!($call.await.err(), Some(StoreError::NotFound), "{}", stringify!($call));)* };
        }
        let (run_hash, answer) = (hash(1), StoredAnswer { status: 200, headers: Vec::new(), body: Vec::new() });
        not_found![
            store.model("b", "m", None),
            store.model("b", "m", Some(1)),
            store.model_versions("b", "m", &page(0)),
            store.dataset("b", "d", None),
            store.dataset("b", "d", Some(1)),
            store.dataset_files("b", "d", None),
            store.dataset_versions("b", "d", &page(0)),
            store.run("b", &run_hash),
            store.run_entry("b", &run_hash),
            store.label_run(&stranger, &run_hash, BTreeMap::new(), Expected::Any),
            store.delete_run(&stranger, &run_hash),
            store.start_job(&stranger, "j", "s1"),
            store.add_job_event(&stranger, "j", "s1", "progress", "{}"),
            store.finish_job(&stranger, "j", "s1", JobState::Done, Vec::new()),
            store.cancel_job(&stranger, "j"),
            store.job("b", "j"),
            store.job_request("b", "j"),
            store.job_result("b", "j"),
            store.job_events("b", "j", 0, 10),
            store.complete_claim(&stranger, &id, attempt, answer),
            store.revoke_token(&stranger, &token),
            store.submit_plan(&stranger, plan("q", 1)),
            store.decide_plan(&stranger, "p", Decision::Approve, "", Expected::Any),
            store.plan("b", "p"),
        ];
        assert!(store.models("b", &page(0)).await.unwrap().items.is_empty());
        assert!(store.datasets("b", &page(0)).await.unwrap().items.is_empty());
        assert!(store.runs("b", &RunFilter::default(), &page(0)).await.unwrap().items.is_empty());
        assert!(store.jobs("b", &page(0)).await.unwrap().items.is_empty());
        assert!(store.plans("b", &page(0)).await.unwrap().items.is_empty());
        assert!(store.tokens(Some("b"), &page(0)).await.unwrap().items.is_empty());
        assert!(store.audit_rows("b", &page(0)).await.unwrap().items.is_empty());
        // Names are not taken by another organisation either, and nothing of all this was written down as done.
        assert_eq!(store.put_model(&stranger, model("m", "y", Expected::Absent)).await.unwrap().value.entry.version, 1);
        assert_eq!(store.audit_rows("a", &page(0)).await.unwrap().items.len(), rows);
    });
}

#[test]
fn what_cannot_be_kept_is_refused_alike() {
    on_every_database(|store| async move {
        let me = by("a", "li");
        let unfit = |field, why| Some(StoreError::Invalid { field, why });
        let put = async |name: &str| store.put_model(&me, model(name, "x", Expected::Any)).await.err();
        assert_eq!(put("").await, unfit("name", Unfit::Empty));
        assert_eq!(put(&"长".repeat(200)).await, unfit("name", Unfit::TooLong));
        assert_eq!(put("a\0b").await, unfit("name", Unfit::NullCharacter));
        assert_eq!(put(&"长".repeat(170)).await, None);
        assert_eq!(store.model("a", "a\0b", None).await.err(), unfit("text", Unfit::NullCharacter));
        let text = store.put_model(&me, model("n", "x\0", Expected::Any)).await.err();
        assert_eq!(text, unfit("text", Unfit::NullCharacter));
        let strange = ["'; DROP TABLE models; --", "\u{202e}", "%", "_", "😀", "a/b", "$1", "\\"];
        for name in strange {
            assert_eq!(put(name).await, None, "{name}");
            assert_eq!(store.model("a", name, None).await.unwrap().entry.name, name);
        }
        let listed: Vec<_> =
            store.models("a", &page(0)).await.unwrap().items.into_iter().map(|model| model.name).collect();
        let sorted: BTreeSet<_> = listed.iter().cloned().collect();
        assert_eq!(listed, sorted.into_iter().collect::<Vec<_>>());
        assert_eq!(listed.len(), strange.len() + 1);
    });
}
