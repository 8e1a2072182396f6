//! What people say of runs and plans, sheets and analyses, on both databases.

use std::collections::BTreeMap;

use super::keeping::{by, on_every_database, page};
use ecocomp::store::{
    About, AuditFilter, Conflict, Decision, Expected, NewAnalysis, NewPlan, NewRun, NewSheet, RunFilter, StoreError,
};

fn run(number: u64, model: &str) -> NewRun {
    NewRun {
        hash: format!("{number:064x}"),
        model: model.to_owned(),
        status: "optimal".to_owned(),
        engine: "e".to_owned(),
        request: Vec::new(),
        document: vec![1],
        summary: "{}".to_owned(),
        labels: BTreeMap::new(),
    }
}

#[test]
fn runs_are_found_by_what_is_said_of_them() {
    on_every_database(|store| async move {
        let who = by("o", "李明");
        for (number, model) in [(1, "Chongming"), (2, "other")] {
            store.put_run(&who, run(number, model)).await.unwrap();
        }
        let hash = run(1, "").hash;
        let about = About { title: "上报稿 50%_A\\b".to_owned(), note: "第二轮".to_owned(), is_pinned: true };
        let labels = BTreeMap::from([("轮次".to_owned(), "二".to_owned())]);
        let describe = |about: About, version: i64| {
            store.describe_run(&who, &hash, about, labels.clone(), Expected::OneOf(vec![version]))
        };
        let told = describe(about.clone(), 1).await.unwrap();
        assert_eq!((told.revision, &told.about, &told.labels), (2, &about, &labels));
        assert_eq!(describe(about.clone(), 2).await.unwrap().revision, 2);
        assert_eq!(describe(about.clone(), 1).await.unwrap_err(), StoreError::Stale { current: Some(2) });
        assert_eq!(store.run_entry("o", &hash).await.unwrap(), told);
        let count = async |filter: RunFilter| store.runs("o", &filter, &page(50)).await.unwrap().items.len();
        let text = |text: &str| RunFilter { text: Some(text.to_owned()), ..RunFilter::default() };
        for (part, found) in [
            ("上报", 1),
            ("50%_a", 1),
            ("50%%", 0),
            ("\\B", 1),
            ("_b", 0),
            ("第二", 1),
            ("CHONG", 1),
            ("0002", 1),
            ("", 2),
        ] {
            assert_eq!(count(text(part)).await, found, "{part}");
        }
        for (pinned, found) in [(Some(true), 1), (Some(false), 1), (None, 2)] {
            assert_eq!(count(RunFilter { pinned, ..RunFilter::default() }).await, found);
        }
        for (author, found) in [("李明", 2), ("x", 0)] {
            assert_eq!(count(RunFilter { author: Some(author.to_owned()), ..RunFilter::default() }).await, found);
        }
    });
}

#[test]
fn plans_are_remarked_on_and_published_once() {
    on_every_database(|store| async move {
        let (maker, other) = (by("o", "李明"), by("o", "王芳"));
        store.put_run(&maker, run(1, "m")).await.unwrap();
        let new = |id: &str, previous: Option<&str>| NewPlan {
            id: id.to_owned(),
            run: run(1, "").hash,
            title: "t".to_owned(),
            note: String::new(),
            previous: previous.map(str::to_owned),
        };
        let none = store.submit_plan(&maker, new("b", Some("a"))).await;
        assert_eq!(none.unwrap_err(), StoreError::Conflict(Conflict::NoPreviousPlan));
        store.submit_plan(&maker, new("a", None)).await.unwrap();
        assert_eq!(store.submit_plan(&maker, new("b", Some("a"))).await.unwrap().value.previous.as_deref(), Some("a"));
        let publish = async |version: i64| store.publish_plan(&other, "b", Expected::OneOf(vec![version])).await;
        assert_eq!(publish(1).await.unwrap_err(), StoreError::Conflict(Conflict::NotApproved));
        store.decide_plan(&other, "b", Decision::Approve, "", Expected::Any).await.unwrap();
        assert_eq!(publish(1).await.unwrap_err(), StoreError::Stale { current: Some(2) });
        let published = publish(2).await.unwrap();
        assert_eq!((published.published_by.as_deref(), published.published_at), (Some("王芳"), Some(other.at)));
        assert_eq!(store.plan("o", "b").await.unwrap(), published);
        assert_eq!(publish(3).await.unwrap_err(), StoreError::Conflict(Conflict::NotApproved));
        // Remarks: one an id.
        assert!(store.comment_plan(&other, "b", "1", "好").await.unwrap().is_new);
        assert!(!store.comment_plan(&other, "b", "1", "好").await.unwrap().is_new);
        let taken = store.comment_plan(&maker, "b", "1", "好").await;
        assert_eq!(taken.unwrap_err(), StoreError::Conflict(Conflict::IdTaken));
        store.comment_plan(&maker, "b", "2", "再议").await.unwrap();
        for (plan, text) in [("none", "x"), ("b", " ")] {
            assert!(store.comment_plan(&maker, plan, "3", text).await.is_err());
        }
        let texts = store.plan_comments("o", "b", &page(50)).await.unwrap().items;
        assert_eq!(texts.iter().map(|comment| comment.text.as_str()).collect::<Vec<_>>(), ["再议", "好"]);
        assert_eq!(store.plan_comments("x", "b", &page(50)).await.unwrap_err(), StoreError::NotFound);
        // The log is asked by part.
        let rows = async |filter: AuditFilter| store.audit_rows_of("o", &filter, &page(50)).await.unwrap().items.len();
        let action = |action: &str| AuditFilter { action: Some(action.to_owned()), ..AuditFilter::default() };
        assert_eq!(
            (rows(action("plan")).await, rows(action("plan:comment")).await, rows(action("pla")).await),
            (6, 2, 0)
        );
        let of =
            AuditFilter {
                object: Some("b".to_owned()), principal: Some("王芳".to_owned()), ..AuditFilter::default()
            };
        assert_eq!(rows(of).await, 3);
        let later =
            AuditFilter { from: Some(maker.at.plus(std::time::Duration::from_secs(1))), ..AuditFilter::default() };
        assert_eq!(rows(later).await, 0);
        let all = store.audit_rows_after("o", 0, 100).await.unwrap();
        assert!(
            all.windows(2).all(|pair| pair[0].seq < pair[1].seq) && all.len() == rows(AuditFilter::default()).await
        );
        assert_eq!(store.audit_rows_after("o", all[2].seq, 1).await.unwrap(), [all[3].clone()]);
    });
}

#[test]
fn sheets_have_versions_and_analyses_are_found_by_hash() {
    on_every_database(|store| async move {
        let who = by("o", "李明");
        let new = |kind: &str, text: &str, expected: Expected| NewSheet {
            kind: kind.to_owned(),
            name: "s".to_owned(),
            text: text.to_owned(),
            expected,
        };
        let put =
            async |kind: &str, text: &str, expected: Expected| store.put_sheet(&who, new(kind, text, expected)).await;
        assert_eq!(put("scenario", "1", Expected::Absent).await.unwrap().value.entry.version, 1);
        assert!(put("scenario", "1", Expected::Absent).await.is_err());
        assert!(!put("scenario", "1", Expected::OneOf(vec![1])).await.unwrap().is_new);
        assert_eq!(put("scenario", "2", Expected::OneOf(vec![1])).await.unwrap().value.entry.version, 2);
        assert_eq!(put("map", "3", Expected::Absent).await.unwrap().value.entry.version, 1);
        let text =
            async |kind: &str, version: Option<i64>| store.sheet("o", kind, "s", version).await.map(|sheet| sheet.text);
        assert_eq!(
            (text("scenario", None).await.unwrap(), text("scenario", Some(1)).await.unwrap()),
            ("2".to_owned(), "1".to_owned())
        );
        assert_eq!(store.sheet("x", "scenario", "s", None).await.unwrap_err(), StoreError::NotFound);
        let list = store.sheets("o", "scenario", &page(50)).await.unwrap().items;
        assert!(list.len() == 1 && list[0].version == 2);
        assert!(store.delete_sheet(&who, "scenario", "s", Expected::OneOf(vec![1])).await.is_err());
        store.delete_sheet(&who, "scenario", "s", Expected::OneOf(vec![2])).await.unwrap();
        assert!(text("scenario", None).await.is_err() && text("map", None).await.is_ok());
        let analysis = |number: u64| NewAnalysis {
            hash: format!("{number:064x}"),
            kind: "ranges".to_owned(),
            model: "m".to_owned(),
            document: vec![u8::try_from(number).unwrap(); 100],
        };
        for number in [1, 2, 1, 3] {
            store.put_analysis(&who, analysis(number)).await.unwrap();
        }
        let (entry, document) = store.analysis("o", &analysis(2).hash).await.unwrap();
        assert!(entry.size == 100 && document == [2; 100] && entry.author == "李明");
        assert_eq!(store.analysis("x", &analysis(2).hash).await.unwrap_err(), StoreError::NotFound);
        assert_eq!(store.forget_analyses(250).await.unwrap(), 1);
        let left = store.analyses("o", &page(50)).await.unwrap().items;
        assert_eq!(
            left.iter().map(|entry| entry.hash.clone()).collect::<Vec<_>>(),
            [analysis(3).hash, analysis(2).hash]
        );
    });
}
