//! Sessions on both databases.

use std::time::Duration;

use super::keeping::{by, on_every_database, page};
use ecocomp::store::{Caller, Moment, NewSession, NewToken, Role, StoreError};

const MINUTE: Duration = Duration::from_secs(60);

fn token(name: &str, expires: Option<Moment>) -> NewToken {
    NewToken { principal: Some(name.to_owned()), role: Role::Planner, expires, note: String::new() }
}

fn at(by: &Caller, minutes: u32) -> Moment {
    by.at.plus(MINUTE * minutes)
}

#[test]
fn a_session_ends_by_idleness_by_age_by_hand_and_with_its_token() {
    on_every_database(|store| async move {
        let li = by("o", "李明");
        let issued = store.issue_token(&li, token("李明", None)).await.unwrap().entry.id;
        let new = || NewSession { token: issued.clone(), idle: MINUTE * 30, whole: MINUTE * 60 };
        let open = async || store.open_session(&li, new()).await.unwrap();
        let is_in = async |secret: &str, minutes: u32| store.session(secret, at(&li, minutes)).await.unwrap().is_some();
        // idleness: a question moves the end on, and nothing else does
        let first = open().await;
        let (principal, entry) = store.session(&first.secret, li.at).await.unwrap().unwrap();
        assert_eq!((principal.name.as_str(), principal.role, &principal.token), ("李明", Role::Planner, &issued));
        assert_eq!(entry, first.entry);
        assert!(is_in(&first.secret, 29).await && !is_in(&first.secret, 91).await);
        for _ in 0..200 {
            // Who was seen is written beside the answer.
            if store.session(&first.secret, at(&li, 29)).await.unwrap().unwrap().1.seen == at(&li, 29) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert!(is_in(&first.secret, 58).await, "what was asked at 29 lasts until 59");
        let second = open().await;
        assert!(!is_in(&second.secret, 30).await, "nobody asked for half an hour");
        // age
        assert!(!is_in(&first.secret, 60).await);
        // by hand, once
        let third = open().await;
        store.end_session(&by("o", "李明"), Some("李明"), &third.entry.id).await.unwrap();
        assert!(!is_in(&third.secret, 0).await);
        let again = store.end_session(&li, None, &third.entry.id).await;
        assert_eq!(again.unwrap_err(), StoreError::NotFound);
        // with its token
        let fourth = open().await;
        store.revoke_token(&li, &issued).await.unwrap();
        assert!(!is_in(&fourth.secret, 0).await);
        assert_eq!(store.open_session(&li, new()).await.unwrap_err(), StoreError::NotFound);
        for secret in ["", "x", "x\0"] {
            assert!(!matches!(store.session(secret, li.at).await, Ok(Some(_))), "{secret:?}");
        }
        let issued = store.issue_token(&li, token("李明", Some(at(&li, 5)))).await.unwrap().entry.id;
        let fifth = store.open_session(&li, NewSession { token: issued, ..new() }).await.unwrap();
        assert!(is_in(&fifth.secret, 4).await && !is_in(&fifth.secret, 5).await);
    });
}

#[test]
fn sessions_are_their_owners_and_their_ends_are_noted() {
    on_every_database(|store| async move {
        let (li, wang, foreign) = (by("o", "李明"), by("o", "王芳"), by("x", "李明"));
        let mut opened = Vec::new();
        for who in [&li, &wang, &foreign] {
            let issued = store.issue_token(who, token(&who.principal, None)).await.unwrap().entry.id;
            let new = NewSession { token: issued, idle: MINUTE * 30, whole: MINUTE * 60 };
            opened.push(store.open_session(who, new.clone()).await.unwrap());
            // A token that is somebody else's opens nothing.
            let other = by("o", "张三");
            assert_eq!(store.open_session(&other, new).await.unwrap_err(), StoreError::NotFound);
        }
        let ids = |list: ecocomp::store::Page<ecocomp::store::SessionEntry>| {
            list.items.into_iter().map(|entry| entry.id).collect::<Vec<_>>()
        };
        let all = ids(store.sessions("o", None, li.at, &page(50)).await.unwrap());
        assert_eq!(all, [opened[1].entry.id.clone(), opened[0].entry.id.clone()]);
        assert_eq!(
            ids(store.sessions("o", Some("李明"), li.at, &page(50)).await.unwrap()),
            [opened[0].entry.id.clone()]
        );
        assert!(ids(store.sessions("o", None, at(&li, 31), &page(50)).await.unwrap()).is_empty());
        for (who, whose) in [(&wang, Some("王芳")), (&foreign, None)] {
            let refused = store.end_session(who, whose, &opened[0].entry.id).await;
            assert_eq!(refused.unwrap_err(), StoreError::NotFound);
        }
        store.end_session(&wang, None, &opened[0].entry.id).await.unwrap();
        // What ran out is noted where it ran out, and forgotten later.
        assert_eq!(store.forget_sessions(at(&li, 31), li.at).await.unwrap(), 0);
        let rows = store.audit_rows("o", &page(50)).await.unwrap().items;
        let actions: Vec<(&str, &str)> =
            rows.iter().map(|row| (row.action.as_str(), row.principal.as_str())).take(2).collect();
        assert_eq!(actions, [("session:expire", "system"), ("session:end", "王芳")]);
        assert!(rows[0].detail.contains(&at(&li, 30).to_string()), "{}", rows[0].detail);
        assert_eq!(store.forget_sessions(at(&li, 90), at(&li, 60)).await.unwrap(), 3);
        assert_eq!(store.audit_rows("o", &page(50)).await.unwrap().items.len(), rows.len());
    });
}
