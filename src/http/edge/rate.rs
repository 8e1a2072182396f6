//! How many requests a principal, or an address without one, may make.

use std::net::IpAddr;
use std::num::NonZeroU32;

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use governor::clock::{Clock as _, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};

use crate::http::edge::problem::{self, Problem};

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// Whose requests are counted together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Payer {
    /// A token.
    Token(String),
    /// An address; of IPv6 the network of 64 bits, because a client may have any address of it.
    Address(IpAddr),
}

impl Payer {
    /// Requests from an address.
    pub fn address(address: IpAddr) -> Self {
        Self::Address(match address {
            IpAddr::V4(_) => address,
            IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
                Some(v4) => IpAddr::V4(v4),
                None => IpAddr::V6((u128::from(v6) >> 64 << 64).into()),
            },
        })
    }
}

type Limiter = RateLimiter<Payer, DashMapStateStore<Payer>, DefaultClock, StateInformationMiddleware>;

/// A rate limit: so many requests a second, and as many at once.
pub struct Rate {
    limiter: Limiter,
    per_second: NonZeroU32,
}

/// What is left of a limit after a request.
#[derive(Debug, Clone, Copy)]
pub struct Left {
    remaining: u32,
    per_second: NonZeroU32,
}

impl Rate {
    /// A limit of so many requests a second; `None` is no limit.
    pub fn new(per_second: u32) -> Option<Self> {
        let per_second = NonZeroU32::new(per_second)?;
        let limiter = RateLimiter::dashmap(Quota::per_second(per_second)).with_middleware();
        Some(Self { limiter, per_second })
    }

    /// Counts a request.
    ///
    /// # Errors
    /// 429 with Retry-After where it is one too many.
    pub fn count(&self, payer: &Payer) -> Result<Left, Problem> {
        match self.limiter.check_key(payer) {
            Ok(state) => Ok(Left { remaining: state.remaining_burst_capacity(), per_second: self.per_second }),
            Err(until) => {
                let wait = until.wait_time_from(self.limiter.clock().now());
                let seconds = wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0)).max(1);
                let mut problem = Problem::new(problem::TOO_MANY_REQUESTS).retry_after(seconds);
                for (name, value) in (Left { remaining: 0, per_second: self.per_second }).headers() {
                    problem = problem.header(name, value);
                }
                Err(problem)
            }
        }
    }

    /// Forgets those who have all of their limit again, so that the table does not grow without end.
    pub fn forget(&self) {
        self.limiter.retain_recent();
        self.limiter.shrink_to_fit();
    }
}

impl Left {
    fn headers(self) -> Vec<(HeaderName, HeaderValue)> {
        // draft-ietf-httpapi-ratelimit-headers-10
        let policy = format!("\"second\";q={};w=1", self.per_second);
        let left = format!("\"second\";r={};t=1", self.remaining);
        [(RATE_LIMIT_POLICY, policy), (RATE_LIMIT, left)]
            .into_iter()
            .filter_map(|(name, text)| HeaderValue::from_str(&text).ok().map(|value| (name, value)))
            .collect()
    }

    /// Says in an answer what is left.
    pub fn tell(self, headers: &mut HeaderMap) {
        for (name, value) in self.headers() {
            headers.insert(name, value);
        }
    }
}
