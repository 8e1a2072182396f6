//! Whom a request is meant for: without tokens, only those who named this machine may be answered.
//!
//! A page of another site can make a browser ask 127.0.0.1, under the page's own name (DNS rebinding) or across origins.

use std::net::IpAddr;

use actix_web::dev::ServiceRequest;
use actix_web::http::Version;
use actix_web::http::header::{HOST, HeaderName, ORIGIN};

use crate::http::edge::problem::{self, Problem, sentence};
use crate::phrases::Phrase;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// One Host header, as HTTP/1.1 demands.
///
/// # Errors
/// 400 for none or more than one.
pub fn one_host(request: &ServiceRequest) -> Result<(), Problem> {
    let hosts = request.headers().get_all(HOST).count();
    if hosts == 1 || (hosts == 0 && request.version() < Version::HTTP_11) {
        return Ok(());
    }
    Err(Problem::new(problem::BAD_REQUEST).detail(Phrase::new("http.one_host")).closing())
}

/// Whether a request without a token was meant for this machine.
///
/// # Errors
/// 421 for another host, 403 for another origin.
pub fn meant_for_loopback(request: &ServiceRequest) -> Result<(), Problem> {
    let text = |name| request.headers().get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let host = request.uri().authority().map(ToString::to_string).or_else(|| text(HOST));
    if let Some(host) = host.filter(|host| !is_loopback(host)) {
        return Err(Problem::new(problem::MISDIRECTED).detail(sentence("http.foreign_host", "host", host)));
    }
    let foreign = text(ORIGIN).filter(|origin| !origin.split_once("://").is_some_and(|(_, host)| is_loopback(host)));
    let is_cross = text(SEC_FETCH_SITE).is_some_and(|site| site == "cross-site");
    if let Some(origin) = foreign.or_else(|| is_cross.then(|| "cross-site".to_owned())) {
        return Err(Problem::new(problem::FORBIDDEN).detail(sentence("http.foreign_origin", "origin", origin)));
    }
    Ok(())
}

/// `localhost`, `127.0.0.1:8080`, `[::1]:8080`.
fn is_loopback(authority: &str) -> bool {
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => authority.rsplit_once(':').map_or(authority, |(host, _)| host),
    };
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::is_loopback;

    #[test]
    fn only_this_machine_is_loopback() {
        for ours in ["localhost", "LOCALHOST:80", "127.0.0.1:8080", "127.9.9.9", "[::1]:8080", "[::1]"] {
            assert!(is_loopback(ours), "{ours}");
        }
        for other in [
            "",
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example:80",
            "10.0.0.1",
            "[::2]:80",
            "a@localhost",
            "null",
        ] {
            assert!(!is_loopback(other), "{other}");
        }
    }
}
