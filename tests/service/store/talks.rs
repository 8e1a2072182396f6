//! Negotiations: who has a seat finds its own, and nobody anything else, on either database.

use ecocomp::store::{Conflict, Expected, NewNegotiation, NewPrivateFile, NewRound, StoreError};

use super::keeping::{by, on_every_database, page};

fn talk(id: &str, mediator: Option<&str>) -> NewNegotiation {
    let parties = [("up", "a"), ("down", "b")].map(|(party, org)| (party.to_owned(), org.to_owned()));
    NewNegotiation {
        id: id.to_owned(),
        name: "{}".to_owned(),
        hash: "0".repeat(64),
        document: "{\"公开\":1}".to_owned(),
        parties: parties.into_iter().collect(),
        mediator: mediator.map(str::to_owned),
    }
}

fn file(party: &str, text: &str, mediation: bool, expected: Expected) -> NewPrivateFile {
    let (negotiation, party, document) = ("t".to_owned(), party.to_owned(), text.to_owned());
    NewPrivateFile { negotiation, party, document, mediation, expected }
}

fn offer(party: &str, id: &str, number: i64) -> NewRound {
    let hash = |number: i64| if number == 0 { String::new() } else { format!("{number:064x}") };
    NewRound {
        negotiation: "t".to_owned(),
        id: id.to_owned(),
        party: party.to_owned(),
        number,
        line: format!("{{\"number\":{number}}}\n"),
        hash: hash(number),
        previous: hash(number - 1),
    }
}

#[test]
fn a_seat_is_needed_for_everything() {
    on_every_database(|store| async move {
        let (a, b, c) = (by("a", "ann"), by("b", "ben"), by("c", "cat"));
        assert!(store.put_negotiation(&a, talk("t", Some("m"))).await.unwrap().is_new);
        assert!(!store.put_negotiation(&a, talk("t", Some("m"))).await.unwrap().is_new);
        let taken = store.put_negotiation(&b, talk("t", Some("m"))).await;
        assert_eq!(taken, Err(StoreError::Conflict(Conflict::IdTaken)));
        // Who has no seat keeps nothing.
        assert_eq!(store.put_negotiation(&c, talk("u", None)).await, Err(StoreError::NotFound));
        store.put_negotiation(&b, talk("v", None)).await.unwrap();
        let seats = |org: &'static str| {
            let store = store.clone();
            async move {
                let page = store.negotiations(org, &page(10)).await.unwrap();
                page.items.into_iter().map(|item| (item.id, item.party)).collect::<Vec<_>>()
            }
        };
        let seat = |id: &str, party: Option<&str>| (id.to_owned(), party.map(str::to_owned));
        assert_eq!(seats("a").await, [seat("v", Some("up")), seat("t", Some("up"))]);
        assert_eq!(seats("m").await, [seat("t", None)]);
        assert!(seats("c").await.is_empty());
        let first = store.negotiations("b", &page(1)).await.unwrap();
        assert_eq!((first.items.len(), first.next.is_some()), (1, true));
        assert_eq!(store.negotiation("c", "t").await, Err(StoreError::NotFound));
        assert_eq!(store.rounds("c", "t").await, Err(StoreError::NotFound));
        let kept = store.negotiation("b", "t").await.unwrap();
        assert_eq!((kept.document.as_str(), kept.mediator.as_deref()), ("{\"公开\":1}", Some("m")));
        assert_eq!((kept.entry.org.as_str(), kept.entry.rounds), ("a", 0));
    });
}

#[test]
fn a_private_file_is_found_by_its_own_party_alone() {
    on_every_database(|store| async move {
        let (a, b, m) = (by("a", "ann"), by("b", "ben"), by("m", "mia"));
        store.put_negotiation(&a, talk("t", Some("m"))).await.unwrap();
        let first = store.put_private_file(&a, file("up", "{}", false, Expected::Absent)).await.unwrap().value;
        assert_eq!((first.revision, first.mediation, first.salt.len()), (1, false, 64));
        let stale = store.put_private_file(&a, file("up", "[]", false, Expected::Absent)).await;
        assert_eq!(stale, Err(StoreError::Stale { current: Some(1) }));
        let same = store.put_private_file(&a, file("up", "{}", false, Expected::OneOf(vec![1]))).await.unwrap();
        assert!(!same.is_new && same.value == first);
        let second = store.put_private_file(&a, file("up", "{}", true, Expected::OneOf(vec![1]))).await.unwrap().value;
        assert!(second.revision == 2 && second.salt != first.salt && second.seal != first.seal);
        // Another's, the mediator's, none: all alike, whatever was expected.
        for (who, party) in [(&b, "up"), (&m, "up"), (&m, ""), (&a, "down"), (&a, "none"), (&by("c", "cat"), "up")] {
            for expected in [Expected::Any, Expected::Absent, Expected::OneOf(vec![2])] {
                let put = store.put_private_file(who, file(party, "{}", true, expected)).await;
                assert_eq!(put, Err(StoreError::NotFound), "{} {party}", who.org);
            }
            assert_eq!(store.private_file(&who.org, "t", party).await, Err(StoreError::NotFound));
        }
        assert_eq!(store.private_files("m", "t").await, Ok(None));
        store.put_private_file(&b, file("down", "{}", false, Expected::Absent)).await.unwrap();
        assert_eq!(store.private_files("m", "t").await, Ok(None));
        store.put_private_file(&b, file("down", "{}", true, Expected::Present)).await.unwrap();
        assert_eq!(store.private_files("m", "t").await.unwrap().map(|files| files.len()), Some(2));
        for org in ["a", "b", "c"] {
            assert_eq!(store.private_files(org, "t").await, Err(StoreError::NotFound));
        }
        let log = store.audit_rows("a", &page(50)).await.unwrap().items;
        let of_file: Vec<_> = log.iter().filter(|row| row.action == "negotiation.file").collect();
        assert_eq!(of_file.len(), 2);
        assert!(
            of_file.iter().all(|row| !row.detail.contains(&second.salt)) && of_file[0].detail.contains(&second.seal)
        );
        assert!(store.verify_audit(None).await.unwrap().broken.is_none());
    });
}

#[test]
fn rounds_follow_each_other_and_stay() {
    on_every_database(|store| async move {
        let (a, b) = (by("a", "ann"), by("b", "ben"));
        store.put_negotiation(&a, talk("t", Some("m"))).await.unwrap();
        assert!(store.add_round(&a, offer("up", "1", 1)).await.unwrap().is_new);
        // The same id is the same round; another round must follow the last.
        assert!(!store.add_round(&a, offer("up", "1", 2)).await.unwrap().is_new);
        let stolen = store.add_round(&b, offer("down", "1", 2)).await;
        assert_eq!(stolen, Err(StoreError::Conflict(Conflict::IdTaken)));
        assert_eq!(store.add_round(&b, offer("down", "2", 1)).await, Err(StoreError::Stale { current: Some(1) }));
        assert_eq!(store.add_round(&b, offer("down", "2", 3)).await, Err(StoreError::Stale { current: Some(1) }));
        for (who, party) in [(&b, "up"), (&by("m", "mia"), ""), (&by("m", "mia"), "up"), (&by("c", "cat"), "up")] {
            assert_eq!(store.add_round(who, offer(party, "3", 2)).await, Err(StoreError::NotFound));
        }
        store.add_round(&b, offer("down", "2", 2)).await.unwrap();
        let rounds = store.rounds("m", "t").await.unwrap();
        let who: Vec<_> =
            rounds.iter().map(|round| (round.number, round.party.as_str(), round.author.as_str())).collect();
        assert_eq!(who, [(1, "up", "ann"), (2, "down", "ben")]);
        assert_eq!(store.negotiation("a", "t").await.unwrap().entry.rounds, 2);
        assert!(store.verify_audit(None).await.unwrap().broken.is_none());
    });
}
