//! Every question of the table, in every form of its answer: by `--format`, by the name of the file, over HTTP; and nothing is
//! written over.

use std::collections::BTreeSet;
use std::io::{Cursor, Read as _};

use crate::common::{Done, Folder, ecocomp, repository};
use crate::house::{House, settings};
use calamine::{Reader as _, Xlsx};
use ecocomp::http::routes;
use ecocomp::http::state::Settings;
use ecocomp::questions::table::{Listed, listed};
use ecocomp::report::forms::Form;
use serde_json::Value;

/// A small example of each command that answers with a document.
fn example(command: &str, folder: &Folder) -> Vec<String> {
    let model = |name: &str| repository(&format!("models/{name}.toml"));
    let horizontal = |name: &str| repository(&format!("models/horizontal/{name}"));
    let gep = |name: &str| repository(&format!("datasets/gep/{name}"));
    let vertical = model("chongming-vertical");
    let talks = || {
        let part = |name: &str| horizontal(&format!("xinan-negotiation/{name}"));
        (part("case.toml"), part("rounds.jsonl"), part("anhui.private.toml"), part("zhejiang.private.toml"))
    };
    let words: Vec<String> = match command {
        "allocate" => vec![vertical],
        "compare" => vec![vertical, "-s".into(), "budget-up".into()],
        "explain" => vec![vertical, "--area".into(), "310151101".into()],
        "report" => vec![vertical, "--unit".into(), "万元".into()],
        "frontier" | "alternatives" => vec![vertical],
        "curve" => vec![vertical, "--path".into(), "fund.district.amount".into(), "--stage".into(), "1".into()],
        "interval" => vec![vertical, "--path".into(), "rule.corridor.between[0]".into()],
        "ranges" => vec![vertical, "--by".into(), "ecosystem".into()],
        "robust" => ["-s", "wetland-value", "--method", "regret"].map(str::to_owned).into(),
        "tornado" => vec![model("chongming-uncertain")],
        "sobol" => vec![model("chongming-uncertain"), "--samples".into(), "4".into()],
        "share" => vec![horizontal("wives.toml")],
        "bargain" => vec![horizontal("nash-1950.toml")],
        "horizontal settle" => vec![
            horizontal("xinanjiang-1.toml"),
            "--monitoring".into(),
            repository("datasets/horizontal/xinanjiang-published.csv"),
        ],
        "horizontal pay" => vec![horizontal("poyang-payment.toml")],
        "account" => vec![model("chongming-gep")],
        "gep explain" => vec![gep("chongming"), "--indicator".into(), "R1".into()],
        "gep compare" => ["--year", "2022", "--to-year", "2023"]
            .iter()
            .map(|word| (*word).to_owned())
            .chain([gep("chongming")])
            .collect(),
        "gep account" | "gep prices" | "gep inventory" => vec![gep("chongming")],
        "gep check" => vec![gep("garze-2010")],
        "negotiate show" => vec![talks().0, "--rounds".into(), talks().1],
        "negotiate counter" => {
            let (case, rounds, own, _) = talks();
            ["--rounds", &rounds, "--party", "anhui", "--private", &own, &case].map(str::to_owned).into()
        }
        "negotiate show --mediator" => {
            let (case, rounds, one, other) = talks();
            ["--rounds", &rounds, "--private", &one, "--private", &other, &case].map(str::to_owned).into()
        }
        other => panic!("{other}: give this command an example here ({})", folder.path().display()),
    };
    let words = if command == "robust" { [vec![model("chongming-vertical")], words].concat() } else { words };
    command.split(' ').map(str::to_owned).chain(words).collect()
}

/// Commands that write in a way of their own, each with a test of its own.
const APART: [&str; 3] = ["check", "export", "sweep"];

fn run(words: &[String], more: &[&str]) -> Done {
    let words: Vec<&str> = words.iter().map(String::as_str).chain(more.iter().copied()).collect();
    ecocomp(&words)
}

/// Whether bytes are what their form says, by somebody else's reader.
fn is_of(form: Form, bytes: &[u8], what: &str) {
    match form {
        Form::Json => {
            let value: Value = serde_json::from_slice(bytes).unwrap_or_else(|error| panic!("{what}: {error}"));
            assert!(value.is_object(), "{what}");
        }
        Form::Csv => {
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(bytes);
            let widths: BTreeSet<usize> =
                reader.records().map(|row| row.unwrap_or_else(|e| panic!("{what}: {e}")).len()).collect();
            assert_eq!(widths.len(), 1, "{what}: rows of {widths:?} cells");
            assert!(widths.iter().all(|width| *width > 1), "{what}");
        }
        Form::Xlsx => {
            assert!(bytes.starts_with(b"PK\x03\x04"), "{what}");
            let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).unwrap_or_else(|error| panic!("{what}: {error}"));
            let sheets = book.worksheets();
            assert!(sheets.iter().any(|(_, range)| range.get_size().0 > 1), "{what}: empty");
        }
        Form::Svg => {
            let text = std::str::from_utf8(bytes).unwrap();
            assert!(text.starts_with("<svg") && text.trim_end().ends_with("</svg>"), "{what}");
        }
        Form::Png => {
            assert!(bytes.starts_with(b"\x89PNG\r\n\x1a\n") && bytes.ends_with(b"IEND\xae\x42\x60\x82"), "{what}");
            assert!(bytes.len() > 5_000, "{what}: {} bytes", bytes.len());
        }
        Form::Docx => document(bytes, what),
        Form::Mps => assert!(bytes.starts_with(b"NAME"), "{what}"),
        Form::Table => {
            let text = std::str::from_utf8(bytes).unwrap();
            let other = ["{", "<svg", "PK", "\u{feff}"].iter().any(|start| text.starts_with(start));
            assert!(!other && text.lines().count() > 1, "{what}: {text}");
        }
    }
}

/// A document holds what it refers to, and all of it is XML.
fn document(bytes: &[u8], what: &str) {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap_or_else(|error| panic!("{what}: {error}"));
    let names: Vec<String> = archive.file_names().map(|name| name.unwrap().into_owned()).collect();
    let mut parts = std::collections::BTreeMap::new();
    for name in names {
        let mut content = Vec::new();
        archive.by_name(&name).unwrap().read_to_end(&mut content).unwrap();
        parts.insert(name, content);
    }
    for (name, content) in &parts {
        if !name.ends_with(".png") {
            let text = std::str::from_utf8(content).unwrap();
            roxmltree::Document::parse(text).unwrap_or_else(|error| panic!("{what} {name}: {error}"));
        }
    }
    let text = |name: &str| std::str::from_utf8(&parts[name]).unwrap();
    let types = roxmltree::Document::parse(text("[Content_Types].xml")).unwrap();
    for part in types.descendants().filter_map(|node| node.attribute("PartName")) {
        assert!(parts.contains_key(part.trim_start_matches('/')), "{what}: {part}");
    }
    let relations = roxmltree::Document::parse(text("word/_rels/document.xml.rels")).unwrap();
    let targets: Vec<(&str, &str)> =
        relations.descendants().filter_map(|node| Some((node.attribute("Id")?, node.attribute("Target")?))).collect();
    for (_, target) in &targets {
        assert!(parts.contains_key(&format!("word/{target}")), "{what}: {target}");
    }
    let body = roxmltree::Document::parse(text("word/document.xml")).unwrap();
    let styles = text("word/styles.xml");
    let (mut words, mut tables) = (0, 0);
    for node in body.descendants() {
        for attribute in node.attributes() {
            match attribute.name() {
                "embed" => assert!(targets.iter().any(|(id, _)| *id == attribute.value()), "{what}"),
                "val" if node.tag_name().name() == "pStyle" => {
                    assert!(styles.contains(&format!("w:styleId=\"{}\"", attribute.value())), "{what}");
                }
                _ => {}
            }
        }
        match node.tag_name().name() {
            "t" => words += node.text().unwrap_or_default().chars().count(),
            "tblHeader" => tables += 1,
            "tr" => {
                let cells = node.children().filter(|child| child.tag_name().name() == "tc").count();
                let table = node.parent().unwrap();
                let columns = table.descendants().filter(|node| node.tag_name().name() == "gridCol").count();
                assert_eq!(cells, columns, "{what}");
            }
            _ => {}
        }
    }
    assert!(words > 300 && tables > 0, "{what}: {words} characters, {tables} tables");
}

fn documents() -> impl Iterator<Item = Listed> {
    listed().into_iter().filter(|listed| !APART.contains(&listed.command))
}

#[test]
fn every_form_is_written_by_word_and_by_name_and_no_other() {
    let folder = Folder::empty();
    for Listed { command, forms } in documents() {
        let words = example(command, &folder);
        for form in Form::ALL {
            let what = format!("{command} as {}", form.word());
            let (named, plain) = (folder.file(&format!("x.{}", form.extension())), folder.file("plain"));
            let by_name = run(&words, &["-o", &named]);
            let by_word = run(&words, &["--format", form.word(), "-o", &plain]);
            if forms.contains(&form) {
                assert_eq!((by_name.code, by_word.code), (0, 0), "{what}: {}{}", by_name.err, by_word.err);
                let bytes = std::fs::read(&named).unwrap();
                is_of(form, &bytes, &what);
                assert!(bytes == std::fs::read(&plain).unwrap(), "{what}: word and name differ");
                let printed = run(&words, &["--format", form.word()]);
                if form.is_binary() {
                    assert_eq!(printed.code, 2, "{what}");
                } else {
                    assert!(printed.code == 0 && printed.out.as_bytes() == bytes, "{what}: {}", printed.err);
                }
            } else {
                assert_eq!((by_name.code, by_word.code), (2, 2), "{what}: {}{}", by_name.err, by_word.err);
                for known in &forms {
                    let extension = format!(".{}", known.extension());
                    assert!(by_name.err.contains(&extension), "{what}: {}", by_name.err);
                    assert!(by_word.err.contains(known.word()), "{what}: {}", by_word.err);
                }
            }
            for path in [named, plain] {
                assert_eq!(std::fs::remove_file(path).is_ok(), forms.contains(&form), "{what}");
            }
        }
        for (name, more) in [("x.json", &["--format", "table"][..]), ("x.pdf", &["--format", "json"]), ("x.html", &[])]
        {
            let path = folder.file(name);
            let done = run(&words, &[&["-o", path.as_str()], more].concat());
            assert_eq!(done.code, 2, "{command} {name}: {}", done.err);
            assert!(!folder.path().join(name).exists(), "{command} {name}");
        }
    }
}

#[test]
fn nothing_that_holds_something_is_written_over() {
    let folder = Folder::empty();
    let kept = folder.write("kept.json", "somebody's work");
    let path = kept.display().to_string();
    let untouched = || std::fs::read(&kept).unwrap() == b"somebody's work";
    for Listed { command, .. } in documents() {
        let words = example(command, &folder);
        let done = run(&words, &["-o", &path, "--json"]);
        assert_eq!((done.code, done.codes()), (1, vec!["cli.exists".to_owned()]), "{command}: {}", done.err);
        assert!(done.error()["findings"][0]["remedy"].as_str().unwrap().contains("--overwrite"), "{command}");
        assert!(untouched(), "{command}");
        let replaced = run(&words, &["-o", &path, "--overwrite"]);
        assert_eq!(replaced.code, 0, "{command}: {}", replaced.err);
        is_of(Form::Json, &std::fs::read(&kept).unwrap(), command);
        folder.write("kept.json", "somebody's work");
        let empty = folder.write("empty.json", "");
        assert_eq!(run(&words, &["-o", &empty.display().to_string()]).code, 0, "{command}");
        assert_eq!(run(&words, &["-o", "/dev/null"]).code, 0, "{command}");
    }
}

#[test]
fn a_template_a_dataset_and_programs_are_not_written_over_either() {
    let folder = Folder::sound();
    let model = folder.file("model.toml");
    let (book, made, mps, charts) =
        (folder.file("t.xlsx"), folder.file("made"), folder.file("p.mps"), folder.file("c"));
    let uncertain = repository("models/chongming-uncertain.toml");
    let swept = folder.file("swept");
    for words in [
        vec!["template", "-o", &book],
        vec!["generate", "--areas", "5", "-o", &made],
        vec!["export", &model, "--mps", &mps],
        vec!["compare", &model, "-s", "x: fund.district.amount=+1%", "--charts", &charts],
        vec!["sweep", &uncertain, "--draws", "5", "-o", &swept],
    ] {
        assert_eq!(ecocomp(&words).code, 0, "{words:?}");
        let again = ecocomp(&[&words[..], &["--json"]].concat());
        assert_eq!(again.code, 1, "{words:?}: {}", again.err);
        assert!(again.err.contains("--overwrite"), "{words:?}: {}", again.err);
        let replaced = ecocomp(&[&words[..], &["--overwrite"]].concat());
        assert_eq!(replaced.code, 0, "{words:?}: {}", replaced.err);
    }
    is_of(Form::Xlsx, &std::fs::read(folder.file("swept/summary.xlsx")).unwrap(), "summary");
    is_of(Form::Json, &std::fs::read(folder.file("swept/summary.json")).unwrap(), "summary");
    is_of(Form::Mps, &std::fs::read(folder.file("p.stage1.mps")).unwrap(), "program");
    // A filled workbook is a year's work.
    let filled = std::fs::read(&book).unwrap();
    assert_eq!(ecocomp(&["template", "-o", &book, "--lang", "en"]).code, 1);
    assert!(std::fs::read(&book).unwrap() == filled);
    // What a sweep would call its own and did not make is somebody else's.
    let theirs = folder.path().join("theirs");
    std::fs::create_dir(&theirs).unwrap();
    folder.write("theirs/summary.xlsx", "somebody's work");
    let done = ecocomp(&["sweep", &uncertain, "--draws", "5", "-o", &theirs.display().to_string()]);
    assert_eq!(done.code, 1, "{}", done.err);
    assert_eq!(std::fs::read(theirs.join("summary.xlsx")).unwrap(), b"somebody's work");
    for (words, forms) in [
        (vec!["template", "-o", "t.csv"], ".xlsx"),
        (vec!["export", &model, "--mps", "p.xlsx"], ".mps"),
        (vec!["sweep", &uncertain, "-o", "out.xlsx"], "table, json"),
    ] {
        let done = ecocomp(&words);
        assert!(done.code == 2 && done.err.contains(forms), "{words:?}: {}", done.err);
    }
}

#[test]
fn the_service_answers_in_every_form_that_is_accepted() {
    let patience = std::time::Duration::from_secs(100);
    let house = House::new(&repository("models"), true, Settings { patience, ..settings() });
    let mut asked = 0;
    for route in routes::all() {
        let Some(example) = route.example.filter(|_| !route.path.contains('{')) else { continue };
        let Some(reply) = route.replies.iter().find(|reply| reply.status == 200 && reply.bodies.len() > 1) else {
            continue;
        };
        asked += 1;
        for body in &reply.bodies {
            let headers = [("content-type", "application/json"), ("accept", body.media)];
            let answer = house.send("POST", route.path, &headers, example.as_bytes()).is(200);
            assert_eq!(answer.header("content-type"), Some(body.media), "{}", route.path);
            let form = Form::ALL.into_iter().find(|form| form.media() == body.media).unwrap();
            is_of(form, &answer.body, &format!("{} as {}", route.path, body.media));
        }
        let has = |media: &str| reply.bodies.iter().any(|body| body.media == media);
        let media = if has(Form::Svg.media()) { Form::Mps.media() } else { Form::Svg.media() };
        let headers = [("content-type", "application/json"), ("accept", media)];
        let refused = house.send("POST", route.path, &headers, example.as_bytes()).is(406);
        assert!(refused.json()["remedy"].as_str().unwrap().contains(Form::Json.media()), "{}", route.path);
        let headers = [("content-type", "application/json"), ("accept", "application/json, text/plain, */*")];
        let usual = house.send("POST", route.path, &headers, example.as_bytes()).is(200);
        assert_eq!(usual.header("content-type"), Some(Form::Json.media()), "{}", route.path);
    }
    assert!(asked >= 10, "{asked}");
}

#[test]
fn a_finding_points_at_the_member_of_its_question() {
    let house = House::new(&repository("models"), true, settings());
    for (kind, question, pointer) in [
        ("ranges", serde_json::json!({ "areas": ["nowhere"] }), "/question/areas"),
        ("ranges", serde_json::json!({ "ecosystems": ["nothing"] }), "/question/ecosystems"),
        ("robust", serde_json::json!({ "method": "budgeted", "deviations": ["x"] }), "/question/deviations"),
        ("frontier", serde_json::json!({ "first": "max_everything" }), "/question/first"),
        ("tornado", serde_json::json!({ "outputs": ["nothing"] }), "/question/outputs"),
        ("sweep", serde_json::json!({ "grids": ["x"] }), "/question/grids"),
    ] {
        let body = serde_json::json!({ "model": "chongming-uncertain", "question": question });
        let problem = house.post(&format!("/api/v1/analyses/{kind}"), &body).is(422).json();
        assert_eq!(problem["pointer"], pointer, "{kind}: {problem}");
    }
}

#[test]
fn every_question_is_a_command_and_every_document_has_a_type() {
    let help = ecocomp(&["--help"]).out;
    for Listed { command, forms } in listed() {
        let word = command.split(' ').next().unwrap();
        assert!(help.lines().any(|line| line.trim_start().starts_with(&format!("{word} "))), "{command}");
        assert!(!forms.is_empty(), "{command}");
    }
    // No answer and no question of the service is an object of which nothing is said.
    let document: Value = serde_json::from_str(ecocomp::http::openapi::document()).unwrap();
    let mut bare = Vec::new();
    untyped(&document["paths"], "paths", &mut bare);
    untyped(&document["components"]["schemas"], "schemas", &mut bare);
    assert!(bare.is_empty(), "{bare:#?}");
}

/// Places of objects whose members nobody names.
fn untyped(value: &Value, place: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(entries) => {
            let says = ["properties", "additionalProperties", "patternProperties", "$ref", "anyOf", "oneOf", "allOf"];
            let is_object = entries.get("type").is_some_and(|kind| kind == "object");
            if is_object && !says.iter().any(|word| entries.contains_key(*word)) {
                found.push(place.to_owned());
            }
            // Values that are data are no schemas.
            for (key, value) in
                entries.iter().filter(|(key, _)| !["example", "default", "examples"].contains(&key.as_str()))
            {
                untyped(value, &format!("{place}/{key}"), found);
            }
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, item)| untyped(item, &format!("{place}/{at}"), found));
        }
        _ => {}
    }
}

#[test]
fn the_documentation_lists_the_forms_of_the_table() {
    let text = std::fs::read_to_string(repository("docs/outputs.md")).unwrap();
    let written: BTreeSet<String> = text
        .lines()
        .skip_while(|line| !line.starts_with("| command"))
        .take_while(|line| line.starts_with('|'))
        .filter(|line| line.starts_with("| `"))
        .map(|line| line.split('|').skip(1).take(2).map(str::trim).collect::<Vec<_>>().join(" | "))
        .collect();
    for Listed { command, forms } in listed() {
        let words: Vec<&str> = forms.iter().map(|form| form.word()).collect();
        let line = format!("`{command}` | {}", words.join(", "));
        assert!(written.contains(&line), "docs/outputs.md lacks the line | {line} |");
    }
    let commands: BTreeSet<&str> = listed().iter().map(|listed| listed.command).collect();
    for line in written {
        let command = line.split('`').nth(1).unwrap_or_default();
        assert!(commands.contains(command), "docs/outputs.md names {command}, which the table does not have");
    }
}
