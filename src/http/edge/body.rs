//! The body of a request: whole, not larger and not slower than allowed.

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::error::PayloadError;
use actix_web::http::header::{CONTENT_LENGTH, HeaderMap};
use actix_web::rt::time::{Instant, Sleep, sleep_until};
use actix_web::web::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt as _};

use crate::http::edge::connection::Connection;
use crate::http::edge::problem::{self, Problem, sentence};
use crate::http::edge::room;
use crate::phrases::Phrase;

/// How slowly a body may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Every body has this long.
    pub grace: Duration,
    /// Beyond the grace, a byte more of patience for each so many bytes a second that came.
    pub bytes_per_second: u64,
}

impl Default for Pace {
    fn default() -> Self {
        Self { grace: Duration::from_secs(10), bytes_per_second: 16 << 10 }
    }
}

impl Pace {
    /// When patience ends with something that began at `since` and of which so many bytes have gone through.
    pub(super) fn deadline(self, since: Instant, bytes: u64) -> Instant {
        since + self.grace + Duration::from_secs(bytes / self.bytes_per_second.max(1))
    }
}

/// A stream of a body that fails once it is slower than its pace.
pub(super) struct Paced<S> {
    inner: S,
    connection: Option<Rc<Connection>>,
    pace: Pace,
    start: Instant,
    received: u64,
    timer: Pin<Box<Sleep>>,
}

impl<S> Paced<S> {
    /// Says to the connection when the stream has come to its end.
    pub(super) fn new(inner: S, pace: Pace, connection: Option<Rc<Connection>>) -> Self {
        let start = Instant::now();
        connection.iter().for_each(|connection| connection.leaves_body(true));
        Self { inner, connection, pace, start, received: 0, timer: Box::pin(sleep_until(pace.deadline(start, 0))) }
    }
}

impl<S: Stream<Item = Result<Bytes, PayloadError>> + Unpin> Stream for Paced<S> {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let late = |paced: &mut Self, cx: &mut Context<'_>| paced.timer.as_mut().poll(cx).is_ready();
        match Pin::new(&mut self.inner).poll_next(cx) {
            Poll::Ready(Some(Ok(bytes))) => {
                self.received = self.received.saturating_add(bytes.len() as u64);
                let deadline = self.pace.deadline(self.start, self.received);
                self.timer.as_mut().reset(deadline);
                Poll::Ready(Some(Ok(bytes)))
            }
            Poll::Pending if late(&mut self, cx) => {
                Poll::Ready(Some(Err(PayloadError::Io(std::io::ErrorKind::TimedOut.into()))))
            }
            Poll::Ready(None) => {
                self.connection.iter().for_each(|connection| connection.leaves_body(false));
                Poll::Ready(None)
            }
            other => other,
        }
    }
}

/// All bytes of the body of a request, which takes their room until nothing is left of it.
///
/// # Errors
/// 413 larger than `most`, 408 too slow, 400 where it breaks off or its framing is wrong, 503 where other bodies have all the room.
pub async fn collect<S>(request: &HttpRequest, mut stream: S, most: usize) -> Result<Bytes, Problem>
where
    S: Stream<Item = Result<Bytes, PayloadError>> + Unpin,
{
    let mut claim = room::claim(request);
    let mut bytes = BytesMut::new();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|error| broken(&error))?;
        if bytes.len().saturating_add(chunk.len()) > most {
            return Err(too_large(most));
        }
        if let Some(claim) = &mut claim {
            claim.grow(bytes.len().saturating_add(chunk.len()))?;
        }
        bytes.extend_from_slice(&chunk);
    }
    if let Some(claim) = claim {
        room::keep(request, claim);
    }
    Ok(bytes.freeze())
}

/// Why a body is not even read: it says itself that it is larger than allowed.
pub fn announced_too_large(headers: &HeaderMap, most: usize) -> Option<Problem> {
    let length = headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse::<u64>().ok()?;
    (length > most as u64).then(|| too_large(most))
}

/// A body larger than allowed.
pub(super) fn too_large(most: usize) -> Problem {
    let most = if most >= 1 << 20 { format!("{} MiB", most >> 20) } else { format!("{most} B") };
    Problem::new(problem::PAYLOAD_TOO_LARGE).detail(sentence("http.too_large", "most", most)).closing()
}

/// A body that could not be read to its end.
pub fn broken(error: &PayloadError) -> Problem {
    match error {
        PayloadError::Io(error) if error.kind() == std::io::ErrorKind::TimedOut => {
            Problem::new(problem::TIMEOUT).detail(Phrase::new("http.slow_body")).closing()
        }
        PayloadError::Overflow => Problem::new(problem::PAYLOAD_TOO_LARGE).closing(),
        PayloadError::Incomplete(_) => {
            Problem::new(problem::BAD_REQUEST).detail(Phrase::new("http.body_incomplete")).closing()
        }
        _ => Problem::new(problem::BAD_REQUEST).detail(Phrase::new("http.body_framing")).closing(),
    }
}
