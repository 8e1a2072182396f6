//! Sessions as browsers carry them: a cookie, and that a change comes from a page of ours (cross-site request forgery).

use std::time::Duration;

use actix_web::dev::ServiceRequest;
use actix_web::http::header::{COOKIE, HOST, HeaderMap, HeaderName, HeaderValue, ORIGIN};
use actix_web::http::{Method, Uri};

use crate::http::edge::problem::{self, Problem, sentence};
use crate::phrases::Phrase;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
/// Name of the cookie over plain HTTP.
pub const PLAIN: &str = "ecocomp";
/// Name of the cookie where the service is reached over TLS: a browser takes it from nobody else, and never without TLS.
pub const SECURE: &str = "__Host-ecocomp";
/// Longest secret that is looked up.
const SECRET_MAX: usize = 128;

/// How sessions are kept.
#[derive(Debug, Clone)]
pub struct Sessions {
    /// Scheme, host and port under which browsers reach the service, where that is not what they name in Host.
    pub origin: Option<PublicOrigin>,
    /// A session ends where nothing is asked for so long.
    pub idle: Duration,
    /// A session ends after so long, whatever is asked.
    pub whole: Duration,
}

impl Default for Sessions {
    fn default() -> Self {
        Self { origin: None, idle: Duration::from_secs(1800), whole: Duration::from_secs(12 * 3600) }
    }
}

/// `https://plans.example`: what stands in the address bar, without a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicOrigin(String);

impl PublicOrigin {
    /// Reads `https://HOST[:PORT]`, or `http://…`; `None` for anything else.
    pub fn read(text: &str) -> Option<Self> {
        let uri: Uri = text.trim().parse().ok()?;
        let (scheme, authority) = (uri.scheme_str()?, uri.authority()?);
        let bare = uri.path_and_query().is_none_or(|path| path.as_str() == "/");
        let usual = if scheme == "https" { ":443" } else { ":80" };
        let host = authority.as_str().to_ascii_lowercase();
        let host = host.strip_suffix(usual).unwrap_or(&host);
        let is_origin = matches!(scheme, "http" | "https") && bare && !host.is_empty() && !host.contains('@');
        is_origin.then(|| Self(format!("{scheme}://{host}")))
    }

    /// Whether browsers reach the service over TLS.
    fn is_secure(&self) -> bool {
        self.0.starts_with("https://")
    }
}

impl Sessions {
    fn is_secure(&self) -> bool {
        self.origin.as_ref().is_some_and(PublicOrigin::is_secure)
    }

    /// Name of the cookie.
    fn name(&self) -> &'static str {
        if self.is_secure() { SECURE } else { PLAIN }
    }

    /// The secret of the session that a request shows.
    pub(super) fn shown<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        let name = self.name();
        let lines = headers.get_all(COOKIE).filter_map(|value| value.to_str().ok());
        let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let (_, secret) = pairs.find(|(known, _)| *known == name)?;
        let is_secret =
            (1..=SECRET_MAX).contains(&secret.len()) && secret.bytes().all(|byte| byte.is_ascii_alphanumeric());
        is_secret.then_some(secret)
    }

    /// The header that gives a browser its session. The cookie goes with the browser; when the session ends the store knows.
    pub fn given(&self, secret: &str) -> Option<HeaderValue> {
        self.header(secret, "")
    }

    /// The header that takes it away.
    pub fn taken(&self) -> Option<HeaderValue> {
        self.header("", "; Max-Age=0")
    }

    fn header(&self, secret: &str, more: &str) -> Option<HeaderValue> {
        let secure = if self.is_secure() { "; Secure" } else { "" };
        let name = self.name();
        HeaderValue::from_str(&format!("{name}={secret}; Path=/; HttpOnly; SameSite=Strict{secure}{more}")).ok()
    }

    /// Whether a request that browsers send a cookie with came from a page of ours. Reading does nothing, and no other page sees what was
    /// read.
    ///
    /// # Errors
    /// 403 where it does not say so, or came from elsewhere.
    pub(super) fn own_page(&self, request: &ServiceRequest) -> Result<(), Problem> {
        if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
            return Ok(());
        }
        let Some(origin) = request.headers().get(ORIGIN) else {
            return Err(Problem::new(problem::FORBIDDEN).detail(Phrase::new("http.no_origin")));
        };
        self.own_origin(origin, request.headers())
    }

    /// Whether an origin is that of our pages.
    ///
    /// # Errors
    /// 403 where it is another.
    pub fn own_origin(&self, origin: &HeaderValue, headers: &HeaderMap) -> Result<(), Problem> {
        let origin = String::from_utf8_lossy(origin.as_bytes()).to_ascii_lowercase();
        let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        let is_own = match &self.origin {
            Some(own) => origin == own.0,
            // Which scheme a proxy speaks is not known; a page of another port has another authority.
            None => origin.split_once("://").is_some_and(|(_, own)| !own.is_empty() && own.eq_ignore_ascii_case(host)),
        };
        let site = headers.get(SEC_FETCH_SITE);
        if is_own && site.is_none_or(|site| site == "same-origin" || site == "none") {
            return Ok(());
        }
        Err(Problem::new(problem::FORBIDDEN).detail(sentence("http.foreign_origin", "origin", origin)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn of(origin: Option<&str>) -> Sessions {
        Sessions { origin: origin.map(|text| PublicOrigin::read(text).unwrap()), ..Sessions::default() }
    }

    #[test]
    fn origins_are_read_as_they_stand_in_the_address_bar() {
        let read = |text: &str| PublicOrigin::read(text).map(|origin| origin.0);
        for (text, expected) in [
            ("https://Plans.Example", Some("https://plans.example")),
            ("https://plans.example/", Some("https://plans.example")),
            ("https://plans.example:443", Some("https://plans.example")),
            ("http://10.1.2.3:8080", Some("http://10.1.2.3:8080")),
            ("http://10.1.2.3:443", Some("http://10.1.2.3:443")),
            ("https://plans.example/ecocomp", None),
            ("https://a@plans.example", None),
            ("ftp://plans.example", None),
            ("plans.example", None),
            ("https://", None),
            ("", None),
        ] {
            assert_eq!(read(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn the_cookie_of_tls_is_none_of_plain_http() {
        let given = |sessions: &Sessions| sessions.given("abc").unwrap().to_str().unwrap().to_owned();
        assert_eq!(given(&of(None)), "ecocomp=abc; Path=/; HttpOnly; SameSite=Strict");
        let secure = of(Some("https://plans.example"));
        assert_eq!(given(&secure), "__Host-ecocomp=abc; Path=/; HttpOnly; SameSite=Strict; Secure");
        assert!(secure.taken().unwrap().to_str().unwrap().ends_with("Secure; Max-Age=0"));
        let shown = |sessions: &Sessions, cookie: &str| {
            let request = TestRequest::default().insert_header((COOKIE, cookie)).to_srv_request();
            sessions.shown(request.headers()).map(str::to_owned)
        };
        assert_eq!(shown(&of(None), "a=b; ecocomp=abc; c"), Some("abc".to_owned()));
        assert_eq!(shown(&secure, "ecocomp=abc"), None);
        assert_eq!(shown(&secure, "ecocomp=x;__Host-ecocomp=y"), Some("y".to_owned()));
        for wrong in ["", "ecocomp", "ecocomp=", "ecocomp=a b", "xecocomp=abc", "ecocomp=\"abc\""] {
            assert_eq!(shown(&of(None), wrong), None, "{wrong}");
        }
    }

    #[test]
    fn changes_come_from_our_own_pages() {
        let may = |sessions: &Sessions, headers: &[(&'static str, &str)]| {
            let mut request = TestRequest::post();
            for header in headers {
                request = request.insert_header(*header);
            }
            sessions.own_page(&request.to_srv_request()).is_ok()
        };
        let (plain, proxied) = (of(None), of(Some("https://plans.example")));
        let host = ("host", "10.0.0.5:8080");
        assert!(may(&plain, &[host, ("origin", "http://10.0.0.5:8080")]));
        assert!(may(&plain, &[host, ("origin", "http://10.0.0.5:8080"), ("sec-fetch-site", "same-origin")]));
        for origin in ["http://10.0.0.5:9999", "http://10.0.0.5", "null", "", "http://", "evil"] {
            assert!(!may(&plain, &[host, ("origin", origin)]), "{origin}");
        }
        assert!(!may(&plain, &[host]));
        assert!(!may(&plain, &[host, ("origin", "http://10.0.0.5:8080"), ("sec-fetch-site", "same-site")]));
        assert!(may(&proxied, &[("host", "inner:80"), ("origin", "https://plans.example")]));
        assert!(!may(&proxied, &[("host", "plans.example"), ("origin", "http://plans.example")]));
        assert!(!may(&proxied, &[("host", "inner:80"), ("origin", "http://inner:80")]));
    }
}
