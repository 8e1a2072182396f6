//! Where the time of an answer went, for whoever measures it (Server-Timing).

use std::time::Duration;

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};

const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// What the work behind an answer took, kept with its request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spent {
    /// Waiting for a worker.
    pub queue: Duration,
    /// At work.
    pub work: Duration,
}

/// Says it in an answer: thousandths of a second.
pub(super) fn tell(headers: &mut HeaderMap, spent: Option<Spent>, total: Duration) {
    let ms = |time: Duration| time.as_micros() as f64 / 1000.0;
    let parts = spent.map(|spent| format!("queue;dur={}, work;dur={}, ", ms(spent.queue), ms(spent.work)));
    let text = format!("{}total;dur={}", parts.unwrap_or_default(), ms(total));
    if let Ok(value) = HeaderValue::from_str(&text) {
        headers.insert(SERVER_TIMING, value);
    }
}
