//! Refused changes in the audit log: who was turned away, bounded so that turning away writes no more than the log can bear.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};

use actix_web::http::StatusCode;
use governor::clock::DefaultClock;
use governor::state::keyed::DashMapStateStore;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};

use crate::http::edge::rate::Payer;

/// Rows of one caller a minute, and of all together.
const EACH: NonZeroU32 = NonZeroU32::MIN.saturating_add(19);
const ALL: NonZeroU32 = NonZeroU32::MIN.saturating_add(199);

/// Which refusals have a row of their own.
pub(super) struct Refusals {
    each: RateLimiter<Payer, DashMapStateStore<Payer>, DefaultClock>,
    all: RateLimiter<NotKeyed, InMemoryState, DefaultClock>,
    unlisted: AtomicU64,
}

/// Whether an answer refuses: who it is, whether it may, or whether the state allows it.
pub(super) fn is_refusal(status: StatusCode) -> bool {
    matches!(status.as_u16(), 401 | 403 | 409)
}

impl Refusals {
    /// No refusals so far.
    pub fn new() -> Self {
        Self {
            each: RateLimiter::dashmap(Quota::per_minute(EACH)),
            all: RateLimiter::direct(Quota::per_minute(ALL)),
            unlisted: AtomicU64::new(0),
        }
    }

    /// Whether a refusal has a row of its own; the number is that of the refusals before it that have none.
    pub fn count(&self, payer: &Payer) -> Option<u64> {
        if self.each.check_key(payer).is_err() || self.all.check().is_err() {
            self.unlisted.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        Some(self.unlisted.swap(0, Ordering::Relaxed))
    }

    /// Forgets callers who were not refused for a while.
    pub fn forget(&self) {
        self.each.retain_recent();
        self.each.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_refusals_some_have_rows_and_none_is_lost() {
        let refusals = Refusals::new();
        let (one, other) = (Payer::Token("a".to_owned()), Payer::Token("b".to_owned()));
        let told: Vec<u64> = (0..1000).filter_map(|_| refusals.count(&one)).collect();
        assert!((20..100).contains(&told.len()), "{told:?}");
        let last = refusals.count(&other).unwrap();
        assert_eq!(told.iter().sum::<u64>() + last + told.len() as u64, 1000);
    }
}
