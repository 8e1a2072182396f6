//! The command line as its user meets it: where results go, what is refused, in which words.

use std::process::{Command, Stdio};

use crate::common;
use crate::common::{Done, Folder, ecocomp, repository};

fn run(command: &mut Command) -> Done {
    let output = command.output().unwrap();
    Done {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ecocomp"));
    command.env("LC_ALL", "C.UTF-8");
    command
}

fn allocate(folder: &Folder, more: &[&str]) -> Done {
    ecocomp(&[&["allocate", folder.file("model.toml").as_str()], more].concat())
}

#[test]
fn no_command_writes_over_what_it_reads() {
    let folder = Folder::sound();
    folder.write("dataset.toml", "note = \"x\"\n");
    let before = |name: &str| std::fs::read(folder.file(name)).unwrap();
    let kept = ["model.toml", "areas.csv", "cells.csv", "dataset.toml"].map(|name| (name, before(name)));
    for (name, _) in &kept {
        // By its own name and by a way round.
        for path in [folder.file(name), folder.file(&format!("./{name}"))] {
            let format = if name.ends_with("csv") { "csv" } else { "table" };
            let done = allocate(&folder, &["--format", format, "-o", &path, "--json"]);
            assert!(done.code == 1 || done.code == 2, "{path}: {} {}", done.code, done.err);
        }
    }
    std::os::unix::fs::symlink(folder.file("cells.csv"), folder.file("link.csv")).unwrap();
    let done = allocate(&folder, &["-o", &folder.file("link.csv"), "--json"]);
    assert_eq!((done.code, done.codes()), (1, vec!["cli.output_is_input".to_owned()]), "{}", done.err);
    let model = folder.file("model.toml");
    assert_ne!(ecocomp(&["template", &model, "-o", &model]).code, 0);
    assert_ne!(ecocomp(&["template", "-o", &model]).code, 0);
    for (name, bytes) in kept {
        assert!(before(name) == bytes, "{name} was changed");
    }
    // What merely lies in the folder of the data may be written over, time and again; an input may not be.
    for _ in 0..2 {
        assert_eq!(allocate(&folder, &["--overwrite", "-o", &folder.file("result.csv")]).code, 0);
    }
    let done = allocate(&folder, &["--overwrite", "-o", &folder.file("link.csv"), "--json"]);
    assert_eq!((done.code, done.codes()), (1, vec!["cli.output_is_input".to_owned()]), "{}", done.err);
    // Nothing is left lying about.
    assert!(
        std::fs::read_dir(folder.path())
            .unwrap()
            .all(|entry| { !entry.unwrap().file_name().to_string_lossy().ends_with(".tmp") })
    );
}

#[test]
fn pipes_devices_and_links_stay_what_they_are() {
    use std::os::unix::fs::FileTypeExt as _;
    let folder = Folder::sound();
    let pipe = folder.file("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let reader = Command::new("cat").arg(&pipe).stdout(Stdio::piped()).spawn().unwrap();
    assert_eq!(allocate(&folder, &["--format", "csv", "-o", &pipe]).code, 0);
    let read = reader.wait_with_output().unwrap().stdout;
    assert!(String::from_utf8_lossy(&read).contains("甲镇"));
    assert!(std::fs::metadata(&pipe).unwrap().file_type().is_fifo());
    assert_eq!(allocate(&folder, &["-o", "/dev/null"]).code, 0);
    assert!(std::fs::metadata("/dev/null").unwrap().file_type().is_char_device());
    for out in ["-", "/dev/stdout"] {
        let done = allocate(&folder, &["-o", out]);
        assert!(done.code == 0 && done.out.contains("甲镇"), "{out}: {}", done.err);
    }
    // A link is followed, to a file that exists or not yet; a table beside the dataset is no part of it.
    for target in ["old.csv", "new.csv"] {
        let link = folder.file(&format!("link-{target}"));
        if target == "old.csv" {
            folder.write(target, "old");
        }
        std::os::unix::fs::symlink(target, &link).unwrap();
        assert_eq!(allocate(&folder, &["--overwrite", "-o", &link]).code, 0);
        assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
        assert!(std::fs::read_to_string(folder.file(target)).unwrap().contains("甲镇"));
    }
}

#[test]
fn a_full_disk_is_no_success_but_a_closed_pipe_is() {
    let folder = Folder::sound();
    let full = || std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let model = folder.file("model.toml");
    for words in [
        vec!["allocate", &model],
        vec!["allocate", &model, "--format", "csv"],
        vec!["allocate", &model, "--format", "json"],
        vec!["check", &model],
        vec!["explain", &model, "--area", "01"],
        vec!["--help"],
    ] {
        let done = run(program().args(&words).stdout(full()).stderr(Stdio::piped()));
        assert_eq!(done.code, 1, "{words:?}: {}", done.err);
        assert!(done.err.contains("磁盘空间已满"), "{words:?}: {}", done.err);
    }
    let done = allocate(&folder, &["-o", "/dev/full", "--json"]);
    assert_eq!((done.code, done.codes()), (1, vec!["cli.unwritable".to_owned()]), "{}", done.err);
    // A reader that is gone.
    let mut reader = Command::new("true").stdin(Stdio::piped()).spawn().unwrap();
    let closed = reader.stdin.take().unwrap();
    reader.wait().unwrap();
    let done = run(program().args(["allocate", &model]).stdout(Stdio::from(closed)).stderr(Stdio::piped()));
    assert_eq!((done.code, done.err.as_str()), (0, ""));
}

#[test]
fn the_name_of_a_file_says_its_form() {
    let folder = Folder::sound();
    for (name, start) in [
        ("x.csv", &b"\xEF\xBB\xBF"[..]),
        ("x.json", b"{"),
        ("x.xlsx", b"PK"),
        ("x.XLSX", b"PK"),
        ("x.txt", "测试".as_bytes()),
        ("x.md", "测试".as_bytes()),
        ("x", "测试".as_bytes()),
    ] {
        let path = folder.file(name);
        let done = allocate(&folder, &["-o", &path]);
        assert_eq!(done.code, 0, "{name}: {}", done.err);
        assert!(std::fs::read(&path).unwrap().starts_with(start), "{name}");
    }
    for (name, more, code) in [
        ("y.csv", &["--format", "xlsx"][..], "cli.format_contradiction"),
        ("y.xlsx", &["--format", "table"], "cli.format_contradiction"),
        ("y.json", &["--format", "csv"], "cli.format_contradiction"),
        ("y.pdf", &[], "cli.unknown_extension"),
        ("y.xls", &["--format", "xlsx"], "cli.unknown_extension"),
        ("-", &["--format", "xlsx"], "cli.needs_output"),
    ] {
        let path = if name == "-" { name.to_owned() } else { folder.file(name) };
        let done = allocate(&folder, &[&["-o", path.as_str(), "--json"], more].concat());
        assert_eq!((done.code, done.codes()), (2, vec![code.to_owned()]), "{name}: {}", done.err);
        assert!(!folder.path().join(name).exists(), "{name}");
    }
    let done = ecocomp(&["template", "-o", &folder.file("t.csv"), "--json"]);
    assert_eq!((done.code, done.codes()), (2, vec!["cli.unknown_extension".to_owned()]));
    for format in ["svg", "mps"] {
        let done = ecocomp(&["explain", &folder.file("model.toml"), "--area", "01", "--format", format]);
        assert_eq!(done.code, 2, "{}", done.out);
    }
}

#[test]
fn usage_errors_are_chinese_and_json_like_all_others() {
    for (words, code, says) in [
        (&["allocate"][..], "cli.argument_missing", "缺少参数:<模型>"),
        (&["allocat", "x.toml"], "cli.unknown_command", "是否指:allocate?"),
        (&["allocate", "x.toml", "--formt", "csv"], "cli.unknown_argument", "是否指:--format?"),
        (&["allocate", "x.toml", "--format", "pdf"], "cli.value_unknown", "可选:table, json, csv, xlsx"),
        (&["allocate", "x.toml", "--set"], "cli.value_missing", "--set"),
        (
            &["allocate", "x.toml", "--threads", "0"],
            "cli.value_refused",
            "参数 --threads 的值“0”不能用:须为不小于 1 的整数",
        ),
        (&["generate", "--areas", "0", "-o", "x"], "cli.value_refused", "0"),
        (&["allocate", "x.toml", "-o", "a", "-o", "b"], "cli.argument_conflict", "-o"),
        (&["zzz"], "cli.unknown_command", "可选:allocate, check, "),
        (&[], "cli.no_command", "可选:allocate, check, "),
    ] {
        let text = ecocomp(words);
        assert_eq!(text.code, 2, "{words:?}: {}", text.err);
        assert!(text.err.starts_with("用法错误: ") && text.err.contains(says), "{words:?}: {}", text.err);
        assert!(text.out.is_empty());
        let json = ecocomp(&[&["--json"], words].concat());
        assert_eq!(json.code, 2);
        let error = json.error();
        assert_eq!((error["status"].as_str(), error["exit_code"].as_i64()), (Some("usage"), Some(2)));
        assert_eq!(json.codes(), [code], "{words:?}");
        assert!(!error["findings"][0]["remedy"].as_str().unwrap().is_empty());
        let english = ecocomp(&[&["--lang", "en"], words].concat());
        assert!(english.err.starts_with("usage: "), "{}", english.err);
        let chinese = english.err.chars().find(|c| ('\u{4e00}'..='\u{9fff}').contains(c));
        assert_eq!(chinese, None, "{}", english.err);
    }
    for words in [&["--help"][..], &["allocate", "--help"], &["--version"]] {
        let done = ecocomp(words);
        assert!(done.code == 0 && done.err.is_empty() && done.out.contains("ecocomp"), "{}", done.err);
    }
}

#[test]
fn numbers_out_of_range_are_usage_errors() {
    let model = repository("models/minimal.toml");
    for (argument, value) in [
        ("--time-limit", "-1"),
        ("--time-limit", "NaN"),
        ("--time-limit", "inf"),
        ("--time-limit", "1e999"),
        ("--time-limit", "abc"),
        ("--threads", "0"),
        ("--threads", "-1"),
        ("--threads", "1.5"),
        ("--within", "-1"),
        ("--within", "NaN"),
        ("--within", "inf"),
    ] {
        for words in [vec![format!("{argument}={value}")], vec![argument.to_owned(), value.to_owned()]] {
            let mut line = vec!["explain", &model, "--area", "310151101", "--json"];
            line.extend(words.iter().map(String::as_str));
            let done = ecocomp(&line);
            assert_eq!((done.code, done.codes()), (2, vec!["cli.value_refused".to_owned()]), "{words:?} {}", done.err);
        }
    }
}

#[test]
fn the_system_speaks_chinese() {
    let done = ecocomp(&["check", "no/such.toml"]);
    assert!(done.err.contains("没有这个文件或文件夹") && !done.err.contains("os error"), "{}", done.err);
    let folder = Folder::sound();
    let done = allocate(&folder, &["-o", &folder.file("")]);
    assert!(done.code == 1 && done.err.contains("这是一个文件夹"), "{}", done.err);
}

#[test]
fn what_may_be_written_is_listed_and_what_may_be_meant_is_asked() {
    let folder = Folder::sound();
    let with = |objective: &str| {
        folder.write("model.toml", common::MODEL.replace("max_min_coverage", objective));
        folder.check().error()["findings"][0]["remedy"].as_str().unwrap().to_owned()
    };
    assert_eq!(with("max_min_coverag"), "是否指:max_min_coverage?");
    assert!(with("zzz").starts_with("可选:"), "{}", with("zzz"));
}

#[test]
fn names_cannot_steer_the_terminal() {
    let folder = Folder::sound();
    folder.write("areas.csv", common::AREAS.replace("甲镇", "\"A\u{1b}[31m\nred\u{7}\""));
    for words in [&["allocate"][..], &["explain", "--area", "01"], &["explain", "--area", "A\u{1b}"]] {
        let done = ecocomp(&[&words[..1], &[folder.file("model.toml").as_str()], &words[1..]].concat());
        assert_eq!(done.code, 1);
        assert!(!format!("{}{}", done.out, done.err).contains(['\u{1b}', '\u{7}']), "{}", done.err);
        assert!(done.err.contains("A␛[31m␊red␇"), "{}", done.err);
    }
}
