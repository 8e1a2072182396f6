//! What is missing, not asked for or not counted is told, and is never a zero or another's share.

use ecocomp::accounting::book::Book;
use ecocomp::accounting::checks::check;
use ecocomp::accounting::downscale::account_of_parts;
use ecocomp::accounting::ledger::Chosen;
use ecocomp::accounting::statement::account;
use ecocomp::accounting::trace::{Asked, explain};
use ecocomp::dataset::Source;
use ecocomp::finding::Findings;
use ecocomp::phrases::Lang;
use ecocomp::report::gep::explanation;

use crate::shelf::{files, shipped};

/// The shipped account of Chongming with a text of one of its files replaced.
fn changed(file: &str, from: &str, to: &str) -> Book {
    let source = files("chongming");
    let change = |(name, bytes): (String, Vec<u8>)| {
        if name != file {
            return (name, bytes);
        }
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.contains(from), "{file}: {from}");
        (name, text.replacen(from, to, 1).into_bytes())
    };
    Book::open(&Source { files: source.files.into_iter().map(change).collect(), ..source }).unwrap().0
}

fn chosen(book: &Book, norm: Option<&str>) -> Chosen {
    Chosen::of(book, Some(2023), norm, None).unwrap()
}

fn asked(indicator: &str, ecosystem: Option<&str>) -> Asked {
    Asked { indicator: indicator.to_owned(), area: None, ecosystem: ecosystem.map(str::to_owned) }
}

#[test]
fn a_missing_key_is_no_share_of_nothing() {
    let row = "310151101,城桥镇,林地,key_extent,,2023,26846,亩,,";
    let book = changed("quantities.csv", row, "310151101,城桥镇,林地,key_extent,,2023,,亩,缺失,");
    let Findings(found) = account_of_parts(&book, &chosen(&book, None), None).unwrap_err();
    assert!(found.iter().all(|finding| finding.code() == "gep.key_missing"), "{found:#?}");
    let told = found[0].render(Lang::Zh);
    assert!(told.contains("城桥镇") && told.contains("quantities.csv"), "{told}");
    // A key of zero is a figure.
    let book = changed("quantities.csv", row, "310151101,城桥镇,林地,key_extent,,2023,0,亩,,");
    assert!(account_of_parts(&book, &chosen(&book, None), None).is_ok());
}

#[test]
fn a_missing_figure_is_explained_as_missing_and_checked_as_a_gap() {
    let book =
        changed("quantities.csv", "310151,崇明区,,C1,,2023,6200000,人次,,", "310151,崇明区,,C1,,2023,,人次,缺失,");
    let found = explain(&book, &chosen(&book, None), &asked("C1", None)).unwrap();
    let first = explanation(&found, Lang::Zh);
    assert!(first.contains("缺失") && !first.contains("0.00 元") && !first.contains("缺失 元"), "{first}");
    let checked = check(&book, &chosen(&book, None)).unwrap();
    assert!(checked.remarks.iter().any(|remark| remark.code == "gep.gaps"), "{:#?}", checked.remarks);
    let sound = shipped("chongming");
    let checked = check(&sound, &chosen(&sound, None)).unwrap();
    assert!(checked.remarks.iter().all(|remark| remark.code != "gep.gaps"), "{:#?}", checked.remarks);
}

#[test]
fn an_ecosystem_is_asked_for_by_id_or_name() {
    let book = shipped("chongming");
    let of = |word: &str| explain(&book, &chosen(&book, None), &asked("R1", Some(word)));
    let (by_id, by_name) = (of("forest").unwrap(), of("林地").unwrap());
    assert!(by_id.value_fen > 0);
    assert_eq!(by_id.value_fen, by_name.value_fen);
    let Findings(found) = of("forst").unwrap_err();
    assert_eq!(found[0].code(), "gep.ecosystem_asked");
    assert!(found[0].render(Lang::En).contains("forest"), "{}", found[0].render(Lang::En));
}

#[test]
fn what_a_norm_leaves_out_is_not_realised_of_its_gep() {
    let book = shipped("chongming");
    let whole = account(&book, &chosen(&book, None), None).unwrap().ratios;
    // Products and tourism are not in the norm of forests: of its services one is paid for, with 30 万元.
    let forests = account(&book, &chosen(&book, Some("LYT1721")), None).unwrap().ratios;
    assert!(whole.realised_fen.unwrap() > 100_000_000_000);
    assert_eq!(forests.realised_fen, Some(30_000_000));
}

#[test]
fn of_two_rows_equally_specific_both_are_named() {
    let row = "runoff,,4.65,%,,林地,";
    let book = changed("parameters.csv", row, &format!("runoff,,6,%,,林地,,,,\n{row}"));
    let Findings(found) = account(&book, &chosen(&book, None), None).unwrap_err();
    let told = found[0].render(Lang::Zh);
    assert!(told.contains("parameters.csv:2") && told.contains("parameters.csv:3"), "{told}");
}
