//! Streams of events (SSE): ids, resumption, signs of life, and an end.

use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::http::header::{CACHE_CONTROL, CONTENT_ENCODING, HeaderName};
use actix_web::rt::time::{Instant, Sleep, sleep_until};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::{Stream, StreamExt as _};

use crate::http::edge::answer::EVENT_STREAM;
use crate::http::edge::problem::{self, Problem, sentence};
use crate::http::edge::service::Edge;

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
const ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// One event of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Number within its job; later events have higher ones.
    pub id: u64,
    /// Kind, such as `progress`.
    pub name: String,
    /// One JSON document.
    pub data: String,
}

impl Event {
    fn bytes(&self) -> Bytes {
        let name: String = self.name.chars().filter(|c| !c.is_control()).collect();
        let mut text = format!("id: {}\nevent: {name}\n", self.id);
        for line in self.data.split(['\n', '\r']) {
            text.push_str("data: ");
            text.push_str(line);
            text.push('\n');
        }
        text.push('\n');
        Bytes::from(text)
    }
}

/// The event after which a client wants to go on: header Last-Event-ID; 0 is from the beginning.
///
/// # Errors
/// 400 where it is no number.
pub fn last_event_id(request: &HttpRequest) -> Result<u64, Problem> {
    let Some(value) = request.headers().get(LAST_EVENT_ID) else { return Ok(0) };
    value.to_str().ok().and_then(|text| text.trim().parse().ok()).ok_or_else(|| {
        let found = String::from_utf8_lossy(value.as_bytes()).into_owned();
        let phrase = sentence("http.last_event_id", "found", found);
        Problem::new(problem::BAD_HEADER).detail(phrase).parameter("Last-Event-ID")
    })
}

/// An answer that sends events as they come, until the stream ends, the client leaves or the server does.
///
/// The stream must yield only events after [`last_event_id`], and end after the last one.
pub fn answer<S>(edge: Data<Edge>, events: S) -> HttpResponse
where
    S: Stream<Item = Event> + 'static,
{
    edge.metrics.event_streams.inc();
    let mut ended = edge.ended();
    let end = Box::pin(async move {
        // An error means that the server is gone.
        let _ = ended.wait_for(|ended| *ended).await;
    });
    let beat = edge.options.heartbeat;
    let stream = Beating {
        events: Box::pin(events),
        end,
        timer: Box::pin(sleep_until(Instant::now() + beat)),
        edge,
        is_over: false,
        has_begun: false,
    };
    HttpResponse::Ok()
        .content_type(EVENT_STREAM)
        // Neither ours nor a proxy's compression may hold events back.
        .insert_header((CONTENT_ENCODING, "identity"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((ACCEL_BUFFERING, "no"))
        .streaming(stream.map(Ok::<Bytes, std::convert::Infallible>))
}

struct Beating {
    events: Pin<Box<dyn Stream<Item = Event>>>,
    end: Pin<Box<dyn Future<Output = ()>>>,
    timer: Pin<Box<Sleep>>,
    edge: Data<Edge>,
    is_over: bool,
    has_begun: bool,
}

impl Stream for Beating {
    type Item = Bytes;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let this = &mut *self;
        if this.is_over {
            return Poll::Ready(None);
        }
        if !this.has_begun {
            this.has_begun = true;
            // The head of an answer leaves with its first bytes.
            return Poll::Ready(Some(Bytes::from_static(b"retry: 2000\n\n")));
        }
        let next = this.edge.options.heartbeat;
        match this.events.as_mut().poll_next(cx) {
            Poll::Ready(Some(event)) => {
                this.timer.as_mut().reset(Instant::now() + next);
                return Poll::Ready(Some(event.bytes()));
            }
            Poll::Ready(None) => {
                this.is_over = true;
                return Poll::Ready(None);
            }
            Poll::Pending => {}
        }
        if this.end.as_mut().poll(cx).is_ready() {
            this.is_over = true;
            return Poll::Ready(Some(Bytes::from_static(b": the server ends\n\n")));
        }
        if this.timer.as_mut().poll(cx).is_ready() {
            this.timer.as_mut().reset(Instant::now() + next);
            let _ = this.timer.as_mut().poll(cx);
            return Poll::Ready(Some(Bytes::from_static(b": alive\n\n")));
        }
        Poll::Pending
    }
}

impl Drop for Beating {
    fn drop(&mut self) {
        self.edge.metrics.event_streams.dec();
    }
}
