//! A private PostgreSQL cluster for the tests: on a socket in a folder of its own, gone with the process that started it.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Runs as whoever may run PostgreSQL, which refuses root: `nobody` then.
fn unprivileged(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let nobody = NOBODY.to_string();
    let mut command = Command::new("setpriv");
    command.args([format!("--reuid={nobody}"), format!("--regid={nobody}"), "--clear-groups".to_owned()]).arg(program);
    command
}

const NOBODY: u32 = 65534;

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|done| done.stdout == b"0\n")
}

/// The folder of initdb, pg_ctl and psql.
fn programs() -> Option<PathBuf> {
    let mut folders: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .map(|entries| entries.flatten().map(|entry| entry.path().join("bin")).collect())
        .unwrap_or_default();
    folders.sort();
    folders.reverse();
    folders.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    folders.extend(["/usr/local/bin", "/usr/pgsql/bin", "/opt/homebrew/bin"].map(PathBuf::from));
    folders.into_iter().find(|folder| ["initdb", "pg_ctl", "postgres"].iter().all(|name| folder.join(name).exists()))
}

/// A running cluster.
pub struct Cluster {
    programs: PathBuf,
    folder: PathBuf,
    databases: AtomicU32,
    /// When this end closes, by whatever way the process ends, the keeper stops the server and removes the folder.
    _leash: ChildStdin,
    _keeper: Child,
}

/// What outlives the test: waits until its input closes, then clears away.
const KEEPER: &str = "cat >/dev/null; \"$1/pg_ctl\" -D \"$2/data\" -m immediate -w stop >/dev/null 2>&1; rm -rf \"$2\"";

impl Cluster {
    /// A new cluster; `None`, and a loud word, where PostgreSQL is not installed. `ECOCOMP_POSTGRES=required` makes that a failure.
    pub fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            let is_required = std::env::var("ECOCOMP_POSTGRES").is_ok_and(|word| word == "required");
            assert!(!is_required, "PostgreSQL is not installed");
            let _ = writeln!(
                std::io::stderr(),
                "\n*** PostgreSQL is not installed: its half of this test was NOT run (sh build/setup.sh installs it) ***\n"
            );
            return None;
        };
        let folder = TempDir::with_prefix("ecocomp-pg-").unwrap().keep();
        if is_root() {
            std::os::unix::fs::chown(&folder, Some(NOBODY), Some(NOBODY)).unwrap();
        }
        let mut keeper = unprivileged(Path::new("/bin/sh"))
            .args(["-c", KEEPER, "keeper"])
            .arg(&programs)
            .arg(&folder)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let leash = keeper.stdin.take().unwrap();
        let cluster = Self { programs, folder, databases: AtomicU32::new(0), _leash: leash, _keeper: keeper };
        let data = cluster.folder.join("data");
        let init = ["-U", "ecocomp", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "-D"];
        cluster.run("initdb", |command| command.args(init).arg(&data));
        cluster.up();
        Some(cluster)
    }

    /// The one cluster of this process.
    pub fn shared() -> Option<&'static Self> {
        static CLUSTER: OnceLock<Option<Cluster>> = OnceLock::new();
        CLUSTER.get_or_init(Self::start).as_ref()
    }

    fn run(&self, program: &str, arguments: impl FnOnce(&mut Command) -> &mut Command) {
        let mut command = unprivileged(&self.programs.join(program));
        let log = std::fs::File::create(self.folder.join(format!("{program}.log"))).unwrap();
        arguments(command.current_dir("/").stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log));
        let status = command.status().unwrap();
        let said = std::fs::read_to_string(self.folder.join(format!("{program}.log"))).unwrap_or_default();
        assert!(status.success(), "{program}: {said}");
    }

    /// Starts the server.
    pub fn up(&self) {
        let options = format!("-c listen_addresses='' -c unix_socket_directories='{}'", self.folder.display());
        let data = self.folder.join("data");
        let log = self.folder.join("server.log");
        self.run("pg_ctl", |command| {
            command.arg("-D").arg(&data).arg("-l").arg(&log).arg("-o").arg(&options).args(["-w", "start"])
        });
    }

    /// Stops the server: `fast` breaks connections, `immediate` is a crash.
    pub fn down(&self, manner: &str) {
        let data = self.folder.join("data");
        self.run("pg_ctl", |command| command.arg("-D").arg(&data).args(["-m", manner, "-w", "stop"]));
    }

    /// Address of a database on this cluster.
    pub fn address(&self, database: &str) -> String {
        format!("postgres://ecocomp@localhost/{database}?host={}", self.folder.display())
    }

    /// Address of a new, empty database.
    pub fn database(&self) -> String {
        let name = format!("t{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.sql("postgres", &format!("CREATE DATABASE {name}"));
        self.address(&name)
    }

    /// Carries out SQL past the store.
    pub fn sql(&self, database: &str, sql: &str) {
        let mut command = Command::new(self.programs.join("psql"));
        let arguments = ["-U", "ecocomp", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", sql];
        let done = command.arg("-h").arg(&self.folder).args(arguments).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }
}

/// Waits for something that is to become true.
pub fn eventually(what: &str, longest: Duration, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < longest, "not within {longest:?}: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
