//! `ecocomp serve` as a process: what makes it refuse to start, what it says, how it ends.

use std::io::{BufRead as _, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};

use crate::client::{Client, ask, get, post};
use crate::common::{Folder, ecocomp};

/// A server process that ends with the test.
struct Serving {
    child: Child,
    address: SocketAddr,
    line: String,
}

impl Serving {
    fn start(folder: &Folder, lang: &str) -> Self {
        Self::start_with(folder, lang, &folder.path().display().to_string())
    }

    /// Serves a model folder; the store goes into `folder`.
    fn start_with(folder: &Folder, lang: &str, models: &str) -> Self {
        Self::spawn(Command::new(env!("CARGO_BIN_EXE_ecocomp")), folder, lang, models)
    }

    /// As [`start_with`](Self::start_with), where no file may grow beyond so many KiB: a write that would is refused as on a full disk.
    fn start_confined(folder: &Folder, kibibytes: u32) -> Self {
        // The signal that comes with it is left aside, so that the write itself says so.
        let script = format!("trap '' XFSZ; ulimit -S -f {}; exec \"$0\" \"$@\"", kibibytes * 2);
        let mut command = Command::new("sh");
        command.args(["-c", &script, env!("CARGO_BIN_EXE_ecocomp")]);
        Self::spawn(command, folder, "en", "models")
    }

    fn spawn(mut command: Command, folder: &Folder, lang: &str, models: &str) -> Self {
        let mut child = command
            .args(["--lang", lang, "serve", "--listen", "127.0.0.1:0", "--workers", "1", "--notice", "1"])
            .args(["--model-dir", models])
            .args(["--database", &format!("sqlite:{}", folder.file("kept.db"))])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.split("http://").nth(1).unwrap();
        let end = address.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ':').unwrap();
        Self { child, address: address[..end].parse().unwrap(), line }
    }

    fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([name, &id]).status().unwrap().success());
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn what_makes_it_refuse_to_start() {
    let folder = Folder::sound();
    let models = folder.path().display().to_string();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let database = format!("sqlite:{}", folder.file("kept.db"));
    let free = "127.0.0.1:0";
    for (listen, models, database, code) in [
        ("127.0.0.1", models.as_str(), database.as_str(), "http.listen_malformed"),
        ("127.0.0.1:99999", &models, &database, "http.listen_malformed"),
        (&taken, &models, &database, "http.listen_in_use"),
        ("203.0.113.7:80", &models, &database, "http.listen_elsewhere"),
        (free, "/nowhere/at/all", &database, "service.no_folder"),
        (free, &models, "mysql://x", "store.scheme"),
        (free, &models, "sqlite:/nowhere/at/all.db", "store.no_folder"),
        (free, &models, "postgres://u:secret@127.0.0.1:1/x", "store.unopened"),
        ("0.0.0.0:0", &models, &database, "http.tokens_needed"),
    ] {
        let done = ecocomp(&["--json", "serve", "--listen", listen, "--model-dir", models, "--database", database]);
        assert_eq!(done.code, 2, "{listen} {models} {database}: {}", done.err);
        assert!(!done.err.contains("secret"));
        let text = done.err.lines().skip_while(|line| !line.starts_with('{')).collect::<Vec<_>>().join("\n");
        let error: serde_json::Value = serde_json::from_str(&text).unwrap();
        let found = error["findings"][0]["code"].as_str().unwrap();
        if code.starts_with("http.") {
            assert_eq!(found, code);
        }
    }
}

#[test]
fn it_says_where_it_serves_and_ends_when_told() {
    let folder = Folder::sound();
    for (lang, word) in [("zh", "提供服务"), ("en", "serving at")] {
        let mut serving = Serving::start(&folder, lang);
        assert!(serving.line.contains(word) && serving.line.contains("curl http://"), "{}", serving.line);
        assert_eq!(get(serving.address, "/healthz").status, 200);
        assert_eq!(get(serving.address, "/readyz").status, 200);
        serving.signal("-TERM");
        assert_eq!(serving.child.wait().unwrap().code(), Some(0));
    }
}

#[test]
fn an_answer_is_that_of_the_command_line() {
    let folder = Folder::empty();
    let serving = Serving::start_with(&folder, "en", "models");
    let body = r#"{"model":"chongming-vertical","changes":["fund.district.amount=+5%"]}"#;
    let answer = post(serving.address, "/api/v1/what-if", body.as_bytes());
    let done = ecocomp(&[
        "allocate",
        "models/chongming-vertical.toml",
        "--set",
        "fund.district.amount=+5%",
        "--format",
        "json",
    ]);
    assert_eq!((answer.status, done.code), (200, 0));
    assert!(answer.body == done.out.as_bytes(), "{}\n{}", String::from_utf8_lossy(&answer.body), done.out);
}

#[test]
fn a_second_signal_ends_at_once() {
    let folder = Folder::sound();
    let mut serving = Serving::start(&folder, "zh");
    let mut slow = Client::new(serving.address);
    slow.send("POST /api/v1/what-if HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n");
    assert_eq!(get(serving.address, "/healthz").status, 200);
    serving.signal("-INT");
    std::thread::sleep(std::time::Duration::from_millis(200));
    assert!(serving.child.try_wait().unwrap().is_none());
    serving.signal("-INT");
    assert_eq!(serving.child.wait().unwrap().code(), Some(4));
}

/// Asks again until it is so, for some seconds.
fn becomes(mut is_so: impl FnMut() -> bool) -> bool {
    (0..200).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(50));
        is_so()
    })
}

#[test]
fn after_a_full_disk_writes_work_again() {
    let folder = Folder::empty();
    let serving = Serving::start_confined(&folder, 1024);
    let text = std::fs::read_to_string("models/minimal.toml").unwrap();
    let put = |name: &str, bytes: usize| {
        let body = serde_json::json!({ "text": format!("{text}\n# {}", "x".repeat(bytes)) }).to_string();
        let headers = [("content-type", "application/json"), ("if-none-match", "*")];
        ask(serving.address, "PUT", &format!("/api/v1/models/{name}"), &headers, body.as_bytes())
    };
    let ready = || get(serving.address, "/readyz").status;
    assert_eq!((put("first", 10).status, ready()), (201, 200));
    // Written until there is no room left, not even for a little.
    let full = (0..200).find_map(|at| Some(put(&format!("large{at}"), 60_000)).filter(|answer| answer.status != 201));
    let full = full.unwrap();
    assert_eq!((full.status, full.code().as_str()), (503, "store_unavailable"));
    assert!((0..400).any(|at| put(&format!("small{at}"), 10).status == 503));
    assert!(becomes(|| ready() == 503));
    assert_eq!(get(serving.address, "/api/v1/models/first").status, 200);
    // Room again, and nobody starts anything anew.
    let id = serving.child.id().to_string();
    let freed = Command::new("prlimit").args(["--fsize=unlimited", "--pid", &id]).status();
    assert!(freed.is_ok_and(|status| status.success()), "prlimit (util-linux) is needed");
    for name in ["after", "after2", "after3"] {
        let answer = put(name, 60_000);
        assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.body));
    }
    assert!(becomes(|| ready() == 200));
}

#[test]
fn that_it_will_end_is_said_before_it_does() {
    let folder = Folder::sound();
    let mut serving = Serving::start(&folder, "zh");
    assert_eq!(get(serving.address, "/readyz").status, 200);
    serving.signal("-TERM");
    // On a connection of its own each, as a balancer asks.
    assert!(becomes(|| get(serving.address, "/readyz").status == 503));
    assert_eq!(get(serving.address, "/api/v1/models").status, 200);
    assert_eq!(serving.child.wait().unwrap().code(), Some(0));
}

#[test]
fn what_a_killed_process_left_behind_is_removed() {
    let folder = Folder::sound();
    let left = folder.path().join("kept.db-spool/01a21410-b38b-7326-89dd-29b7145237b0/draws");
    std::fs::create_dir_all(&left).unwrap();
    std::fs::write(left.join("part-000000.parquet"), "x").unwrap();
    let mut serving = Serving::start(&folder, "zh");
    assert!(!left.exists());
    serving.signal("-TERM");
    assert_eq!(serving.child.wait().unwrap().code(), Some(0));
    assert!(!folder.path().join("kept.db-spool").exists());
}
