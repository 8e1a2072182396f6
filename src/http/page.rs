//! The page that people see: built from `src/web`, held in the program, served with a policy of its own.
//!
//! Nothing about it is secret and nothing of it needs a token; what it shows it asks of the API like everybody else.

use std::borrow::Cow;

use actix_web::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, HeaderValue,
    VARY,
};
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use rust_embed::RustEmbed;

use crate::http::edge::conditional::{Tag, not_modified};
use crate::http::edge::language::negotiate;
use crate::http::edge::problem::{self, Problem};
use crate::phrases::Phrase;

/// What `src/web/build.mjs` leaves behind; empty where it was not run.
#[derive(RustEmbed)]
#[folder = "src/web/dist"]
#[allow_missing = true]
struct Built;

/// First words of the addresses that the page knows; each of them answers with the page, whatever follows.
pub const SCREENS: [&str; 11] =
    ["w", "data", "models", "compare", "analyse", "report", "plans", "negotiations", "audit", "admin", "login"];

/// Its own scripts, styles and pictures, its own server, and nothing else: nothing inline, nothing evaluated.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
                      font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// Names of assets hold the hash of what is in them.
const FOREVER: &str = "public, max-age=31536000, immutable";

/// Paths of the page, as the router takes them.
pub fn paths() -> impl Iterator<Item = String> {
    let screens = SCREENS.into_iter().flat_map(|word| [format!("/{word}"), format!("/{word}/{{tail:.*}}")]);
    ["/".to_owned(), "/assets/{name}".to_owned()].into_iter().chain(screens)
}

/// Adds the page to a server.
pub fn configure(config: &mut ServiceConfig) {
    for path in paths() {
        let route = if path.starts_with("/assets/") { web::get().to(asset) } else { web::get().to(index) };
        config.route(&path, route);
    }
}

/// The page itself: asked for anew each time, and mostly unchanged.
async fn index(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let Some(page) = Built::get("index.html") else { return Ok(unbuilt(&request)) };
    let tag = Tag::of(&page.data);
    if let Some(mut answer) = not_modified(&request, &tag)? {
        // What is kept takes on the headers of this answer, its policy too.
        answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        answer.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
        return Ok(answer);
    }
    let mut answer = HttpResponse::Ok();
    answer
        .insert_header(tag.header())
        .insert_header((CACHE_CONTROL, "no-cache"))
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"));
    Ok(answer.body(page.data.into_owned()))
}

/// Scripts and styles, packed as the client takes them.
async fn asset(request: HttpRequest, name: web::Path<String>) -> Result<HttpResponse, Problem> {
    let path = format!("assets/{name}");
    let kind = kind(&name).ok_or_else(|| Problem::new(problem::NOT_FOUND))?;
    let packed = codings(request.headers()).find_map(|(coding, ending)| {
        let file = Built::get(&format!("{path}.{ending}"))?;
        Some((Some(coding), file.data))
    });
    let plain = || Built::get(&path).map(|file| (None, file.data));
    let (coding, bytes): (Option<&str>, Cow<'static, [u8]>) =
        packed.or_else(plain).ok_or_else(|| Problem::new(problem::NOT_FOUND))?;
    let mut answer = HttpResponse::Ok();
    answer
        .insert_header((CACHE_CONTROL, FOREVER))
        .insert_header((CONTENT_TYPE, kind))
        .insert_header((VARY, "accept-encoding"));
    if let Some(coding) = coding {
        answer.insert_header((CONTENT_ENCODING, coding));
    }
    Ok(answer.body(bytes.into_owned()))
}

/// Codings of ours that the client names, the smallest first; one that it refuses (`q=0`) is none.
fn codings(headers: &HeaderMap) -> impl Iterator<Item = (&'static str, &'static str)> {
    let asked = headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let taken = |coding: &str| {
        asked.split(',').any(|part| {
            let mut words = part.split(';').map(str::trim);
            let is_named = words.next().is_some_and(|name| name.eq_ignore_ascii_case(coding));
            is_named && !words.any(|word| matches!(word, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
        })
    };
    let (br, gzip) = (taken("br"), taken("gzip"));
    [("br", "br", br), ("gzip", "gz", gzip)].into_iter().filter(|(.., is_taken)| *is_taken).map(|(c, e, _)| (c, e))
}

/// Media types of what the page is made of; anything else is not served.
fn kind(name: &str) -> Option<&'static str> {
    match name.rsplit_once('.')?.1 {
        "js" => Some("text/javascript; charset=utf-8"),
        "css" => Some("text/css; charset=utf-8"),
        "svg" => Some("image/svg+xml"),
        "txt" => Some("text/plain; charset=utf-8"),
        _ => None,
    }
}

/// What stands in the page's place in a program that was built without it.
fn unbuilt(request: &HttpRequest) -> HttpResponse {
    let words = Phrase::new("http.page_unbuilt").render(negotiate(request.headers()));
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(format!("{words}\n"))
}
