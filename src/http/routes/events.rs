//! What happens in an organisation, as one stream: a browser has few connections, and one page many things to watch.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use actix_web::web::{self, Data};
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, http::Method};
use futures_util::stream::{self, Stream, StreamExt as _};
use serde_json::json;

use crate::http::access::Deed;
use crate::http::edge::events::{self, Event, last_event_id};
use crate::http::edge::principal::InSession;
use crate::http::edge::problem::Problem;
use crate::http::edge::service::Edge;
use crate::http::failures::of_store;
use crate::http::state::Service;
use crate::http::table::{Heeds, Route};
use crate::http::who::Who;
use crate::jobs::Progress;
use crate::store::{AuditRow, Moment, PageRequest, SessionEntry};

/// Time between two looks.
const LOOK: Duration = Duration::from_millis(700);
/// Every so many looks it is asked whether the session is still under way, and whether others made offers.
const SELDOM: u32 = 4;
/// Most events of one look.
const EVENTS: u32 = 200;
/// What people who read may know of: the rest of the log is for auditors.
const TOPICS: [&str; 8] = ["model", "dataset", "run", "plan", "job", "scenario", "map", "analysis"];

/// The routes.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new((Method::GET, "/api/v1/events"), ("getEvents", "api.get_events"), Deed::Read, || {
            web::get().to(follow)
        })
        .gives_bytes(200, "api.events", &["text/event-stream"])
        .heeds(&[Heeds::LastEventId]),
    ]
}

async fn follow(
    who: Who,
    service: Data<Service>,
    edge: Data<Edge>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let after = i64::try_from(last_event_id(&request)?).unwrap_or(i64::MAX);
    // Who has seen nothing yet begins now.
    let after = match after {
        0 => newest(&service, who.org()).await?,
        after => after,
    };
    let session = request.extensions().get::<InSession>().map(|session| session.0.clone());
    let watch = Watch {
        service,
        org: who.org().to_owned(),
        session,
        after,
        looks: 0,
        told: BTreeMap::new(),
        rounds: BTreeMap::new(),
        waiting: VecDeque::new(),
    };
    Ok(events::answer(edge, watch.stream()))
}

/// Number of the newest row of an organisation; 0 where it has none.
async fn newest(service: &Service, org: &str) -> Result<i64, Problem> {
    let page = PageRequest { cursor: None, limit: 1 };
    let rows = service.store.audit_rows(org, &page).await.map_err(of_store)?.items;
    Ok(rows.first().map_or(0, |row| row.seq))
}

/// What is known while somebody watches.
struct Watch {
    service: Data<Service>,
    org: String,
    session: Option<SessionEntry>,
    /// Number of the last row of the log that was told; the id of every event.
    after: i64,
    looks: u32,
    /// Progress of the jobs of this process as it was told.
    told: BTreeMap<String, Progress>,
    /// Rounds of each negotiation as they were told.
    rounds: BTreeMap<String, i64>,
    waiting: VecDeque<Event>,
}

impl Watch {
    fn stream(self) -> impl Stream<Item = Event> {
        stream::unfold(self, Self::next).boxed_local()
    }

    async fn next(mut self) -> Option<(Event, Self)> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Some((event, self));
            }
            if self.looks > 0 {
                tokio::time::sleep(LOOK).await;
            }
            if self.looks.is_multiple_of(SELDOM) {
                if !self.is_welcome().await {
                    return None;
                }
                self.look_at_rounds().await?;
            }
            self.looks = self.looks.wrapping_add(1).max(1);
            self.look_at_log().await?;
            self.look_at_progress();
        }
    }

    /// Whether the session in which the stream was asked for is still under way.
    async fn is_welcome(&self) -> bool {
        let Some(own) = &self.session else { return true };
        let page = PageRequest { cursor: None, limit: crate::store::MOST_ITEMS };
        let found = self.service.store.sessions(&own.org, Some(&own.principal), Moment::now(), &page).await;
        // A store that does not answer for a while sends nobody away.
        found.is_err() || found.is_ok_and(|found| found.items.iter().any(|known| known.id == own.id))
    }

    fn event(&self, name: &str, data: &serde_json::Value) -> Event {
        Event { id: u64::try_from(self.after).unwrap_or(0), name: name.to_owned(), data: data.to_string() }
    }

    async fn look_at_log(&mut self) -> Option<()> {
        let rows = self.service.store.audit_rows_after(&self.org, self.after, EVENTS).await.ok()?;
        for row in rows {
            self.after = row.seq;
            if let Some((topic, data)) = told(&row) {
                self.waiting.push_back(self.event(&topic, &data));
            }
        }
        Some(())
    }

    fn look_at_progress(&mut self) {
        let now: Vec<(String, Progress)> = {
            let active = self.service.active();
            let own = active.iter().filter(|((org, _), _)| *org == self.org);
            own.map(|((_, id), active)| (id.clone(), active.ticket.progress())).collect()
        };
        for (id, progress) in &now {
            if self.told.get(id) != Some(progress) {
                let Progress { done, total, phase } = progress;
                let data = json!({ "job": id, "done": done, "total": total, "phase": phase });
                self.waiting.push_back(self.event("progress", &data));
            }
        }
        self.told = now.into_iter().collect();
    }

    /// Offers of others stand in their own log, not in ours.
    async fn look_at_rounds(&mut self) -> Option<()> {
        let page = PageRequest { cursor: None, limit: crate::store::MOST_ITEMS };
        let found = self.service.store.negotiations(&self.org, &page).await.ok()?.items;
        let is_first = self.looks == 0;
        for negotiation in found {
            let known = self.rounds.insert(negotiation.id.clone(), negotiation.rounds);
            if !is_first && known != Some(negotiation.rounds) {
                let data = json!({ "object": negotiation.id, "rounds": negotiation.rounds });
                self.waiting.push_back(self.event("negotiation", &data));
            }
        }
        Some(())
    }
}

/// What is told of a row: what was done to what, not by whom and not in which words.
fn told(row: &AuditRow) -> Option<(String, serde_json::Value)> {
    let (topic, deed) = row.action.split_once(':')?;
    let data = json!({ "action": deed, "object": row.object, "at": row.at.to_string() });
    TOPICS.contains(&topic).then(|| (topic.to_owned(), data))
}
