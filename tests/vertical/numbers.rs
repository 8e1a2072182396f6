//! One number a run and one digest a file, on paper as in JSON; the same plan has the same number.

use crate::common::{CELLS, Folder, MODEL, ecocomp};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn paper_and_json_show_the_same_number_and_the_digests_of_the_files() {
    let folder = Folder::sound();
    // A mark before UTF-8 belongs to the file, and so to its digest.
    folder.write("model.toml", format!("\u{FEFF}{MODEL}"));
    let record = folder.allocate(&[]).json();
    let number = record["hash"].as_str().unwrap();
    let table = ecocomp(&["allocate", &folder.file("model.toml")]).out;
    assert!(number.len() == 64 && table.contains(number), "{table}");
    let files: Vec<&Value> =
        std::iter::once(&record["model"]["file"]).chain(record["dataset"]["files"].as_array().unwrap()).collect();
    let names: Vec<&str> = files.iter().map(|file| file["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["model.toml", "areas.csv", "cells.csv"]);
    for file in files {
        let name = file["name"].as_str().unwrap();
        let digest = sha256(&std::fs::read(folder.file(name)).unwrap());
        assert_eq!(file["sha256"], digest.as_str(), "{name}");
        assert!(table.contains(&format!("{name} · SHA-256 {digest}")), "{table}");
    }
}

#[test]
fn the_number_is_that_of_the_content() {
    let folder = Folder::sound();
    let hash = |folder: &Folder, more: &[&str]| folder.allocate(more).json()["hash"].as_str().unwrap().to_owned();
    let first = hash(&folder, &[]);
    // Other bytes, the same content.
    let mut lines: Vec<&str> = CELLS.lines().collect();
    lines.swap(1, 3);
    folder.write("cells.csv", lines.join("\r\n") + "\r\n");
    let record = folder.allocate(&[]).json();
    assert_eq!(record["hash"], first.as_str());
    assert_ne!(record["dataset"]["files"][1]["sha256"], sha256(CELLS.as_bytes()).as_str());
    assert_eq!(
        hash(&folder, &["--set", "fund.district.amount=+5%"]),
        hash(&folder, &["--set", "fund.district.amount*=1.05"])
    );
    assert_ne!(hash(&folder, &["--set", "fund.district.amount=+5%"]), first);
    // What reports repeat of the data is content.
    folder.write("dataset.toml", "illustrative = true\n");
    assert_ne!(hash(&folder, &[]), first);
}
