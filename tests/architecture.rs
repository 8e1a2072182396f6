//! The house rules that a compiler does not check: order of modules, who names the solver, phrases that exist, size of files.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// The rooms in the order in which they may know each other: crates below `src`, and the edges in `src` itself.
const ROOMS: [&str; 9] = ["ground", "accounting", "vertical", "horizontal", "ledger", "store", "office", "hall", ""];

/// A source file: path below `src`, its room and module, its text without tests and comments.
struct Source {
    file: String,
    room: &'static str,
    module: String,
    code: String,
}

fn sources() -> Vec<Source> {
    let root = repository("src");
    let mut files = Vec::new();
    walk(&root, &mut files);
    files.sort();
    files
        .into_iter()
        .map(|path| {
            let file = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
            let first = file.split('/').next().unwrap();
            let room = ROOMS.into_iter().find(|room| *room == first).unwrap_or("");
            let within = file.strip_prefix(room).unwrap().trim_start_matches('/');
            let module = within.split('/').next().unwrap().trim_end_matches(".rs").to_owned();
            let text = std::fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap();
            let lines: Vec<&str> = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
            Source { room, module, code: lines.join("\n"), file }
        })
        .collect()
}

/// The modules of a room as its `lib.rs` declares them.
fn order(room: &str) -> Vec<String> {
    let text = std::fs::read_to_string(repository("src").join(room).join("lib.rs")).unwrap();
    text.lines()
        .filter_map(|line| line.strip_prefix("pub mod ").or_else(|| line.strip_prefix("mod ")))
        .map(|rest| rest.trim_end_matches(';').to_owned())
        .collect()
}

/// Modules named after `crate::`, groups included.
fn imports(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        if let Some(group) = rest.strip_prefix('{') {
            let group = group.split('}').next().unwrap();
            let first = |part: &str| part.trim().split("::").next().unwrap().to_owned();
            found.extend(group.split(',').map(first).filter(|name| !name.is_empty()));
        } else {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
            found.insert(rest[..end].to_owned());
        }
    }
    found
}

#[test]
fn a_module_imports_only_from_modules_above_it() {
    let mut wrong = Vec::new();
    for room in ROOMS.into_iter().filter(|room| *room != "store") {
        let order = order(room);
        let place = |name: &str| order.iter().position(|known| known == name);
        for source in sources().into_iter().filter(|source| source.room == room) {
            let Some(own) = place(&source.module) else { continue };
            for import in imports(&source.code) {
                if place(&import).is_some_and(|there| there > own) {
                    wrong.push(format!("{} imports {import}", source.file));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Which room may know which: the manifests say it, and this says what they may say.
#[test]
fn a_room_knows_only_the_rooms_below_it() {
    let may = |room: &str| match room {
        "ground" => vec![],
        "accounting" | "horizontal" | "ledger" | "store" => vec!["ground"],
        "vertical" => vec!["ground", "accounting"],
        "office" => vec!["ground", "vertical"],
        "hall" => vec!["ground", "accounting", "vertical", "horizontal", "ledger", "office"],
        _ => vec!["ground", "accounting", "vertical", "horizontal", "ledger", "store", "office", "hall"],
    };
    for room in ROOMS {
        let folder = if room.is_empty() { repository("") } else { repository("src").join(room) };
        let text = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        let manifest: toml::Table = text.parse().unwrap();
        let named = manifest["dependencies"].as_table().unwrap().keys();
        let known: Vec<&str> = named.filter_map(|name| name.strip_prefix("ecocomp-")).collect();
        for other in known {
            assert!(may(room).contains(&other), "{room} knows {other}");
        }
    }
}

#[test]
fn only_the_solver_names_a_solver() {
    for Source { file, room, module, code } in sources() {
        let names = ["good_lp", "highs::", "highs_sys"].iter().any(|name| code.contains(name));
        assert!(!names || (room == "ground" && module == "solver"), "{file} names a solver");
    }
}

#[test]
fn nothing_up_to_the_record_knows_time_chance_or_files() {
    let vertical = order("vertical");
    let end = vertical.iter().position(|name| name == "record").unwrap();
    for Source { file, room, module, code } in sources() {
        let before =
            ["ground", "accounting"].contains(&room) || room == "vertical" && vertical[..=end].contains(&module);
        if !before {
            continue;
        }
        for name in ["SystemTime", "Instant::now", "std::env", "std::fs", "std::net", "HashMap", "HashSet"] {
            assert!(!code.contains(name), "{file} uses {name}");
        }
    }
}

#[test]
fn every_phrase_exists_and_is_used() {
    let mut known: BTreeMap<String, bool> = BTreeMap::new();
    let mut topics = BTreeSet::new();
    for entry in std::fs::read_dir(repository("src/ground/phrases")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            let topic = path.file_stem().unwrap().to_str().unwrap().to_owned();
            // The help is found by its English, which stands in the code; `cli::help` looks whether all of it is said.
            if topic == "help" {
                continue;
            }
            let table: toml::Table = std::fs::read_to_string(&path).unwrap().parse().unwrap();
            known.extend(table.keys().map(|name| (format!("{topic}.{name}"), false)));
            topics.insert(topic);
        }
    }
    let mut unknown = Vec::new();
    for Source { file, code, .. } in sources() {
        for text in code.split('"').skip(1).step_by(2) {
            let Some((topic, name)) = text.split_once('.') else { continue };
            let is_code =
                topics.contains(topic) && !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
            match known.get_mut(text) {
                Some(used) => *used = true,
                None if is_code && !["toml", "csv", "xlsx", "json"].contains(&name) => {
                    unknown.push(format!("{file}: {text}"))
                }
                None => {}
            }
        }
    }
    assert!(unknown.is_empty(), "phrases that do not exist: {unknown:#?}");
    let unused: Vec<&String> = known.iter().filter(|(_, used)| !**used).map(|(code, _)| code).collect();
    assert!(unused.is_empty(), "phrases that nobody says: {unused:#?}");
}

#[test]
fn every_error_has_a_remedy() {
    let mut without = Vec::new();
    for Source { file, code, .. } in sources() {
        for rest in code.split("Finding::error(\"").skip(1) {
            let name = rest.split('"').next().unwrap();
            let (topic, key) = name.split_once('.').unwrap();
            let path = repository(&format!("src/ground/phrases/{topic}.toml"));
            let table: toml::Table = std::fs::read_to_string(path).unwrap().parse().unwrap();
            if table.get(key).is_none_or(|entry| entry.get("fix_zh").is_none()) {
                without.push(format!("{file}: {name}"));
            }
        }
    }
    assert!(without.is_empty(), "{without:#?}");
}

#[test]
fn files_stay_readable() {
    let mut files = Vec::new();
    walk(&repository("src"), &mut files);
    for path in files {
        let lines = std::fs::read_to_string(&path).unwrap().lines().count();
        assert!(lines <= 650, "{} has {lines} lines", path.display());
    }
}
