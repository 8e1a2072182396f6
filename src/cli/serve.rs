//! `ecocomp serve`: the HTTP service.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};
use sha2::{Digest as _, Sha256};
use tokio::sync::Notify;

use crate::cli::failure::Failure;
use crate::cli::output::standard_output;
use crate::cli::usage::Manner;
use crate::files;
use crate::finding::{Finding, Place};
use crate::http::edge::access::Access;
use crate::http::edge::cookie::{PublicOrigin, Sessions};
use crate::http::edge::listen::listen;
use crate::http::edge::logs;
use crate::http::edge::options::Options;
use crate::http::edge::server::build;
use crate::http::edge::service::Edge;
use crate::http::library::Library;
use crate::http::state::{Service, Settings};
use crate::http::{heartbeat, housekeeping, routes, spool};
use crate::phrases::{Lang, Phrase};
use crate::store::{self, Moment, PageRequest, Store, StoreError};

/// Answers what-if questions over HTTP.
#[derive(Debug, Args)]
pub(super) struct Serve {
    /// Folder of model files that are offered; its scenarios/ and the datasets/ beside it belong to it.
    #[arg(long, value_name = "FOLDER", default_value = "models", env = "ECOCOMP_MODEL_DIR")]
    model_dir: PathBuf,
    /// HOST:PORT to listen on; port 0 takes a free one. Beyond loopback, tokens are needed.
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:8080", env = "ECOCOMP_LISTEN")]
    listen: String,
    /// Where everything is kept: sqlite:FILE or postgres://…
    #[arg(
        long,
        value_name = "URL",
        default_value = "sqlite:ecocomp.db",
        env = "ECOCOMP_DATABASE",
        hide_env_values = true
    )]
    database: String,
    /// Threads that solve; default one a core.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256), env = "ECOCOMP_WORKERS")]
    workers: Option<u16>,
    /// Questions that may wait for a worker; more are answered 503.
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=10_000), env = "ECOCOMP_QUEUE")]
    queue: u16,
    /// Seconds that one question may take; long jobs have sixty times as many.
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=86_400), env = "ECOCOMP_TIME_LIMIT")]
    time_limit: u32,
    /// MiB of the bodies of all requests together; more are answered 503.
    #[arg(long, value_name = "MIB", default_value_t = 256, value_parser = clap::value_parser!(u32).range(64..=1_048_576), env = "ECOCOMP_BODIES")]
    bodies: u32,
    /// Rules that a model may have which does not stand in the model folder.
    #[arg(long, value_name = "N", default_value_t = 2000, value_parser = clap::value_parser!(u32).range(1..=1_000_000), env = "ECOCOMP_RULES")]
    rules: u32,
    /// Seconds between SIGTERM, from which on /readyz answers 503, and the end of new requests.
    #[arg(long, value_name = "SECONDS", default_value_t = 3, value_parser = clap::value_parser!(u16).range(0..=600), env = "ECOCOMP_NOTICE")]
    notice: u16,
    /// Requests a second of each token, or address without one; 0 is no limit. Default: none on loopback, else 500.
    #[arg(long, value_name = "N", allow_negative_numbers = true, env = "ECOCOMP_RATE")]
    rate: Option<u32>,
    /// Open connections; more are answered 503.
    #[arg(long, value_name = "N", default_value_t = 2000, value_parser = clap::value_parser!(u32).range(1..=1_000_000), env = "ECOCOMP_CONNECTIONS")]
    connections: u32,
    /// Scheme, host and port in the address bar where that is not this machine's: https://plans.example. Everybody then needs a token.
    #[arg(long, value_name = "URL", env = "ECOCOMP_PUBLIC_ORIGIN")]
    public_origin: Option<String>,
    /// Minutes without a request after which a session of a browser ends.
    #[arg(long, value_name = "MINUTES", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=10_080), env = "ECOCOMP_SESSION_IDLE")]
    session_idle: u32,
    /// Hours after which a session of a browser ends, whatever is asked.
    #[arg(long, value_name = "HOURS", default_value_t = 12, value_parser = clap::value_parser!(u32).range(1..=720), env = "ECOCOMP_SESSION_HOURS")]
    session_hours: u32,
    /// Form of the logs on standard error.
    #[arg(long, value_name = "FORM", default_value = "text", env = "ECOCOMP_LOG_FORM")]
    log: LogWord,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum LogWord {
    Text,
    Json,
}

/// Requests a second of one principal where others than this machine can ask.
const RATE: u32 = 500;
/// How much longer a long job may take than a question.
const LONG: u32 = 60;
/// How long this process counts as alive after its last sign of life.
const LIFE: Duration = Duration::from_secs(30);

/// Serves until a signal asks it to end; a second one ends it at once.
pub(super) fn run(command: &Serve, manner: Manner) -> Result<(), Failure> {
    logs::start(match command.log {
        LogWord::Text => logs::Form::Text,
        LogWord::Json => logs::Form::Json,
    });
    actix_web::rt::System::new().block_on(serve(command, manner.lang))
}

async fn serve(command: &Serve, lang: Lang) -> Result<(), Failure> {
    let library = Library::open(&command.model_dir).map_err(Failure::Usage)?;
    let sessions = sessions(command)?;
    let listener = listen(&command.listen).await.map_err(Failure::usage)?;
    let address = listener.local_addr().map_err(|error| unserved(&error))?;
    let store = store::open(&command.database).await.map_err(Failure::Usage)?;
    // Behind a proxy everybody comes from this machine.
    let is_open = address.ip().to_canonical().is_loopback() && sessions.origin.is_none();
    if !is_open && !has_token(&store).await? {
        let option = if sessions.origin.is_some() { "--public-origin" } else { "--listen" };
        let finding = Finding::error("http.tokens_needed", Place::file(option));
        return Err(Failure::usage(finding.with("address", address.to_string())));
    }
    let server = store::Server { id: uuid::Uuid::now_v7().to_string(), name: format!("{}/{address}", machine()) };
    let now = Moment::now();
    store.register_server(&server, now, now.plus(LIFE)).await.map_err(|error| unkept(&error))?;
    let service = Service::new(Arc::clone(&store), library, server, settings(command));
    let service = Arc::new(service.map_err(|error| unserved(&error))?);
    service.tidy_spool().await;
    let beat = actix_web::rt::spawn(heartbeat(Arc::clone(&service)));
    let tidy = actix_web::rt::spawn(housekeeping(Arc::clone(&service)));
    let access = Access::new(Arc::clone(&store), is_open);
    let vitals = Arc::clone(&service);
    let edge = Edge::new(options(command, address, (is_open, sessions)), access, vitals, routes::contract());
    let edge = edge.map_err(|error| internal(&error.to_string()))?;
    let data = actix_web::web::Data::from(Arc::clone(&service));
    let running = build(edge, listener, move |config: &mut actix_web::web::ServiceConfig| {
        config.app_data(data.clone());
        routes::configure(config);
    });
    let running = running.map_err(|error| unserved(&error))?;
    let notice = Duration::from_secs(u64::from(command.notice));
    let stop = signals(running.announcer(), notice).map_err(|error| unserved(&error))?;
    standard_output(greeting(address, is_open, lang).as_bytes())?;
    let result = running.until(async move { stop.notified().await }).await;
    beat.abort();
    tidy.abort();
    service.clear_spool();
    store.close().await;
    result.map_err(|error| unserved(&error))
}

fn settings(command: &Serve) -> Settings {
    let mut settings = Settings::default();
    if let Some(workers) = command.workers {
        settings.quick.workers = usize::from(workers);
    }
    settings.quick.queue = usize::from(command.queue);
    settings.quick_limit = Duration::from_secs(u64::from(command.time_limit));
    settings.long_limit = Duration::from_secs(u64::from(command.time_limit.saturating_mul(LONG)));
    settings.rules.0 = usize::try_from(command.rules).unwrap_or(usize::MAX);
    settings.spool = spool(&command.database);
    settings
}

/// How sessions are kept.
fn sessions(command: &Serve) -> Result<Sessions, Failure> {
    let read = |text: &String| {
        PublicOrigin::read(text).ok_or_else(|| {
            let finding = Finding::error("http.public_origin", Place::file("--public-origin"));
            Failure::usage(finding.with("origin", text))
        })
    };
    Ok(Sessions {
        origin: command.public_origin.as_ref().map(read).transpose()?,
        idle: Duration::from_secs(60 * u64::from(command.session_idle)),
        whole: Duration::from_secs(3600 * u64::from(command.session_hours)),
    })
}

fn options(command: &Serve, address: SocketAddr, (is_open, sessions): (bool, Sessions)) -> Options {
    let mut options = Options::new(address);
    options.sessions = sessions;
    options.connections = usize::try_from(command.connections).unwrap_or(usize::MAX);
    options.rate = command.rate.unwrap_or(if is_open { 0 } else { RATE });
    options.room = usize::try_from(command.bodies).unwrap_or(usize::MAX).saturating_mul(1 << 20);
    options
}

/// Where sweeps keep their draws while they work: beside an SQLite file, else among the temporary files of the system, where the
/// processes of one database know each other's by a digest of its address.
fn spool(database: &str) -> Option<spool::Place> {
    match database.strip_prefix("sqlite:") {
        Some(path) if path.is_empty() || path == ":memory:" => None,
        Some(path) => {
            let path = path.strip_prefix("//").unwrap_or(path);
            Some(spool::Place::Folder(PathBuf::from(format!("{path}-spool"))))
        }
        None => {
            let digest = Sha256::digest(database.as_bytes());
            Some(spool::Place::Temporary(digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()))
        }
    }
}

/// Whether anybody could be answered.
async fn has_token(store: &Arc<dyn Store>) -> Result<bool, Failure> {
    let now = Moment::now();
    let mut page = PageRequest::default();
    loop {
        let found = store.tokens(None, &page).await.map_err(|error| unkept(&error))?;
        let is_valid =
            |token: &store::TokenEntry| token.revoked.is_none() && token.expires.is_none_or(|expires| expires > now);
        if found.items.iter().any(is_valid) {
            return Ok(true);
        }
        match found.next {
            Some(next) => page.cursor = Some(next),
            None => return Ok(false),
        }
    }
}

/// Notified by the first signal to end; the second ends the process. SIGTERM is announced for a while before: whoever sends requests
/// sees `/readyz` turn and goes elsewhere. Who presses Ctrl-C waits for nobody.
fn signals(announce: impl Fn() + 'static, notice: Duration) -> std::io::Result<Arc<Notify>> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let stop = Arc::new(Notify::new());
    let told = Arc::clone(&stop);
    actix_web::rt::spawn(async move {
        let mut times = 0;
        loop {
            let wait = tokio::select! {
                _ = interrupt.recv() => Duration::ZERO,
                _ = terminate.recv() => notice,
            };
            times += 1;
            if times > 1 {
                std::process::exit(i32::from(Failure::Limit(interrupted().into()).exit_code()));
            }
            announce();
            let told = Arc::clone(&told);
            actix_web::rt::spawn(async move {
                tokio::time::sleep(wait).await;
                told.notify_one();
            });
        }
    });
    Ok(stop)
}

fn interrupted() -> Finding {
    Finding::error("cli.interrupted", Place::default())
}

/// Name of this machine, as far as it says.
fn machine() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name = name.trim();
    if name.is_empty() { "localhost".to_owned() } else { name.to_owned() }
}

/// Where it serves, and a request that answers.
fn greeting(address: SocketAddr, is_open: bool, lang: Lang) -> String {
    let base = format!("http://{address}");
    let token = if is_open { "" } else { " -H 'Authorization: Bearer TOKEN'" };
    let body = r#"{"model":"chongming-vertical","changes":["fund.district.amount=+5%"]}"#;
    let curl = format!("curl {base}/api/v1/what-if -H 'Content-Type: application/json'{token} -d '{body}'");
    let line = Phrase::new("http.serving").with("address", base).with("curl", curl).render(lang);
    if is_open {
        format!("{line}\n")
    } else {
        format!("{line}\n{}\n", Phrase::new("http.token_needed_note").render(lang))
    }
}

fn unserved(error: &std::io::Error) -> Failure {
    Finding::error("http.unserved", Place::default()).with("why", files::why(error)).into()
}

fn unkept(error: &StoreError) -> Failure {
    Failure::usage(Finding::error("http.store", Place::file("--database")).with("why", error.to_string()))
}

fn internal(why: &str) -> Failure {
    Finding::error("http.unserved", Place::default()).with("why", why).into()
}
