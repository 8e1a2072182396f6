//! Room for bodies: how many bytes of all requests together may be in memory at once.
//!
//! What a body takes is given back when nothing of the request is left: its answer has gone, and no work of it waits or goes on.

use std::sync::Arc;

use actix_web::web::Data;
use actix_web::{HttpMessage as _, HttpRequest};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::http::edge::body::too_large;
use crate::http::edge::problem::{self, Problem};
use crate::http::edge::service::Edge;
use crate::phrases::Phrase;

/// Bytes of one unit of room; every body takes at least one.
const UNIT: usize = 4 << 10;

/// The room of a server.
#[derive(Debug)]
pub struct Room {
    most: usize,
    units: Arc<Semaphore>,
}

/// What a body takes of it, given back when it is dropped.
#[derive(Debug)]
pub struct Claim {
    most: usize,
    room: Arc<Semaphore>,
    held: Vec<OwnedSemaphorePermit>,
    units: usize,
}

impl Room {
    /// Room for so many bytes.
    pub fn new(bytes: usize) -> Self {
        let most = (bytes / UNIT).clamp(1, Semaphore::MAX_PERMITS);
        Self { most, units: Arc::new(Semaphore::new(most)) }
    }

    /// A claim that holds nothing yet.
    pub fn claim(&self) -> Claim {
        Claim { most: self.most, room: Arc::clone(&self.units), held: Vec::new(), units: 0 }
    }

    /// Bytes that nobody holds.
    pub fn left(&self) -> usize {
        self.units.available_permits().saturating_mul(UNIT)
    }
}

impl Claim {
    /// Makes the claim one of so many bytes, where it is not yet.
    ///
    /// # Errors
    /// 503 where there is no room for them now, 413 where there never is.
    pub fn grow(&mut self, bytes: usize) -> Result<(), Problem> {
        let wanted = bytes.div_ceil(UNIT);
        if wanted > self.most {
            return Err(too_large(self.most.saturating_mul(UNIT)));
        }
        let more = wanted.saturating_sub(self.units);
        if more == 0 {
            return Ok(());
        }
        let permits = u32::try_from(more).ok();
        let permit = permits.and_then(|permits| Arc::clone(&self.room).try_acquire_many_owned(permits).ok());
        match permit {
            Some(permit) => self.held.push(permit),
            None => return Err(full()),
        }
        self.units = wanted;
        Ok(())
    }
}

fn full() -> Problem {
    Problem::new(problem::OVERLOADED).detail(Phrase::new("http.no_room")).retry_after(1).closing()
}

/// A claim on the room of the server that a request came to; `None` outside of one.
pub(super) fn claim(request: &HttpRequest) -> Option<Claim> {
    request.app_data::<Data<Edge>>().map(|edge| edge.room.claim())
}

/// What the bodies of a request hold, kept with the request.
#[derive(Debug, Clone, Default)]
struct Held(Vec<Arc<Claim>>);

/// Keeps a claim for as long as anything of the request is left.
pub(super) fn keep(request: &HttpRequest, claim: Claim) {
    let mut extensions = request.extensions_mut();
    let mut held = extensions.remove::<Held>().unwrap_or_default();
    held.0.push(Arc::new(claim));
    extensions.insert(held);
}

/// Holds so many bytes more for a request.
///
/// # Errors
/// As of [`Claim::grow`].
pub(super) fn hold(request: &HttpRequest, bytes: usize) -> Result<(), Problem> {
    if let Some(mut more) = claim(request) {
        more.grow(bytes)?;
        keep(request, more);
    }
    Ok(())
}

/// What the bodies of a request hold, for work that goes on after its answer.
pub fn held(request: &HttpRequest) -> Vec<Arc<Claim>> {
    request.extensions().get::<Held>().map(|held| held.0.clone()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_is_given_back() {
        let room = Room::new(10 * UNIT);
        let (mut first, mut second) = (room.claim(), room.claim());
        assert!(first.grow(1).is_ok() && first.grow(UNIT).is_ok());
        assert_eq!(room.left(), 9 * UNIT);
        assert!(first.grow(6 * UNIT).is_ok() && second.grow(4 * UNIT).is_ok());
        assert_eq!(second.grow(4 * UNIT + 1).unwrap_err().kind().status().as_u16(), 503);
        drop(first);
        assert!(second.grow(10 * UNIT).is_ok());
        assert_eq!(second.grow(11 * UNIT).unwrap_err().kind().status().as_u16(), 413);
        drop(second);
        assert_eq!(room.left(), 10 * UNIT);
    }
}
