//! Structured logs on standard error: no tokens, no bodies, no queries.

use tracing_subscriber::filter::EnvFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Form of the logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One line for people.
    Text,
    /// One JSON object a line.
    Json,
}

/// What is logged where `ECOCOMP_LOG` says nothing. What hostile clients do to the parser is counted, not logged.
const DEFAULT: &str = "info,actix_http=off,actix_server=warn,sqlx=warn";
/// Variable with a filter such as `debug,sqlx=info`.
const VARIABLE: &str = "ECOCOMP_LOG";

/// Starts logging for this process; the second call of a process changes nothing.
pub fn start(form: Form) {
    let filter = EnvFilter::try_from_env(VARIABLE).unwrap_or_else(|_| EnvFilter::new(DEFAULT));
    let registry = tracing_subscriber::registry().with(filter);
    let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(false).with_target(false);
    let _ = match form {
        Form::Text => registry.with(layer).try_init(),
        Form::Json => registry.with(layer.json().flatten_event(true).with_span_list(false)).try_init(),
    };
}
