//! Errors as RFC 9457 problem documents, in the language of the client.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;

use crate::finding::{Finding, Findings, Place, Severity};
use crate::http::edge::language::tag;
use crate::http::edge::members;
use crate::phrases::{Lang, Phrase, Text, shorten};

/// Media type of every error.
pub const MEDIA_TYPE: &str = "application/problem+json";
/// What stands before the code in `type`.
const URN: &str = "urn:ecocomp:problem:";

/// What kind of problem: a phrase `topic.code` (its sentence is the title, its remedy the remedy) and a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    phrase: &'static str,
    status: u16,
}

impl Kind {
    /// A kind of the phrase `topic.code`, answered with `status`.
    pub const fn new(phrase: &'static str, status: u16) -> Self {
        Self { phrase, status }
    }

    /// The stable code, such as `not_found`.
    pub fn code(self) -> &'static str {
        self.phrase.split_once('.').map_or(self.phrase, |(_, code)| code)
    }

    /// The status of the answer.
    pub fn status(self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The kind of a status that the framework answered by itself.
    pub fn of_status(status: StatusCode) -> Self {
        match status.as_u16() {
            401 => UNAUTHORIZED,
            403 => FORBIDDEN,
            404 => NOT_FOUND,
            405 => METHOD_NOT_ALLOWED,
            406 => NOT_ACCEPTABLE,
            408 => TIMEOUT,
            409 => CONFLICT,
            412 => PRECONDITION_FAILED,
            413 => PAYLOAD_TOO_LARGE,
            414 => URI_TOO_LONG,
            415 => UNSUPPORTED_MEDIA_TYPE,
            421 => MISDIRECTED,
            422 => INVALID_INPUT,
            428 => PRECONDITION_REQUIRED,
            429 => TOO_MANY_REQUESTS,
            431 => HEADERS_TOO_LARGE,
            503 => OVERLOADED,
            400..=499 => Self { status: status.as_u16(), ..BAD_REQUEST },
            _ => INTERNAL,
        }
    }
}

/// The request is no HTTP, or its parts contradict each other.
pub const BAD_REQUEST: Kind = Kind::new("problem.bad_request", 400);
/// The body is no JSON.
pub const NOT_JSON: Kind = Kind::new("problem.not_json", 400);
/// A query parameter is unknown or cannot be read.
pub const BAD_QUERY: Kind = Kind::new("problem.bad_query", 400);
/// A header has a value that cannot be used.
pub const BAD_HEADER: Kind = Kind::new("problem.bad_header", 400);
/// No token, or one that is not known.
pub const UNAUTHORIZED: Kind = Kind::new("problem.unauthorized", 401);
/// The session is over.
pub const SESSION_ENDED: Kind = Kind::new("problem.session_ended", 401);
/// The role may not do this.
pub const FORBIDDEN: Kind = Kind::new("problem.forbidden", 403);
/// No such resource, or one of another organisation.
pub const NOT_FOUND: Kind = Kind::new("problem.not_found", 404);
/// The resource does not know this method.
pub const METHOD_NOT_ALLOWED: Kind = Kind::new("problem.method_not_allowed", 405);
/// No form of the answer that the client takes.
pub const NOT_ACCEPTABLE: Kind = Kind::new("problem.not_acceptable", 406);
/// The request came too slowly.
pub const TIMEOUT: Kind = Kind::new("problem.timeout", 408);
/// The state of the resource does not allow it.
pub const CONFLICT: Kind = Kind::new("problem.conflict", 409);
/// Somebody changed the resource meanwhile.
pub const PRECONDITION_FAILED: Kind = Kind::new("problem.precondition_failed", 412);
/// The body is too large.
pub const PAYLOAD_TOO_LARGE: Kind = Kind::new("problem.payload_too_large", 413);
/// The address is too long.
pub const URI_TOO_LONG: Kind = Kind::new("problem.uri_too_long", 414);
/// The body is of a kind that this resource does not read.
pub const UNSUPPORTED_MEDIA_TYPE: Kind = Kind::new("problem.unsupported_media_type", 415);
/// The Host header names somebody else.
pub const MISDIRECTED: Kind = Kind::new("problem.misdirected", 421);
/// JSON of the wrong shape.
pub const WRONG_SHAPE: Kind = Kind::new("problem.wrong_shape", 422);
/// Model, data or changes with findings.
pub const INVALID_INPUT: Kind = Kind::new("problem.invalid_input", 422);
/// One Idempotency-Key for two different requests.
pub const KEY_REUSED: Kind = Kind::new("problem.key_reused", 422);
/// The request with this Idempotency-Key is still at work.
pub const KEY_IN_USE: Kind = Kind::new("problem.key_in_use", 409);
/// A change without If-Match.
pub const PRECONDITION_REQUIRED: Kind = Kind::new("problem.precondition_required", 428);
/// More requests than the limit allows.
pub const TOO_MANY_REQUESTS: Kind = Kind::new("problem.too_many_requests", 429);
/// The head of the request is too large.
pub const HEADERS_TOO_LARGE: Kind = Kind::new("problem.headers_too_large", 431);
/// Something of ours went wrong.
pub const INTERNAL: Kind = Kind::new("problem.internal", 500);
/// The service is full.
pub const OVERLOADED: Kind = Kind::new("problem.overloaded", 503);
/// The service is about to end.
pub const SHUTTING_DOWN: Kind = Kind::new("problem.shutting_down", 503);
/// A part of the service does not work, or it is about to end.
pub const NOT_READY: Kind = Kind::new("problem.not_ready", 503);
/// The store does not answer.
pub const STORE_UNAVAILABLE: Kind = Kind::new("problem.store_unavailable", 503);

/// An error on its way to the client, without a language yet. Boxed to keep `Result` small.
#[derive(Debug, Clone)]
pub struct Problem(Box<Parts>);

#[derive(Debug, Clone)]
struct Parts {
    kind: Kind,
    detail: Option<Phrase>,
    pointer: Option<String>,
    parameter: Option<String>,
    findings: Vec<Finding>,
    headers: Vec<(HeaderName, HeaderValue)>,
    closes: bool,
}

impl Problem {
    /// A problem of a kind; its detail is the title until one is given.
    pub fn new(kind: Kind) -> Self {
        Self(Box::new(Parts {
            kind,
            detail: None,
            pointer: None,
            parameter: None,
            findings: Vec::new(),
            headers: Vec::new(),
            closes: false,
        }))
    }

    /// What happened in this case.
    pub fn detail(mut self, phrase: Phrase) -> Self {
        self.0.detail = Some(phrase);
        self
    }

    /// The JSON pointer (RFC 6901) of the member at fault.
    pub fn pointer(mut self, pointer: impl Into<String>) -> Self {
        self.0.pointer = Some(pointer.into());
        self
    }

    /// The query parameter or header at fault.
    pub fn parameter(mut self, name: impl Into<String>) -> Self {
        self.0.parameter = Some(name.into());
        self
    }

    /// Everything wrong with a model, its data or changes; the first error becomes the detail where none is given.
    pub fn findings(mut self, findings: Vec<Finding>) -> Self {
        if self.0.detail.is_none() {
            let first = findings.iter().find(|finding| finding.severity == Severity::Error);
            self.0.detail = first.map(|finding| (*finding.phrase).clone());
        }
        self.0.findings = findings;
        self
    }

    /// A header of the answer.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.push((name, value));
        self
    }

    /// After how many seconds to try again.
    pub fn retry_after(self, seconds: u64) -> Self {
        self.header(RETRY_AFTER, HeaderValue::from(seconds))
    }

    /// Which methods the resource knows, as in `GET, POST`.
    pub fn allow(self, methods: &str) -> Self {
        match HeaderValue::from_str(methods) {
            Ok(value) => self.header(ALLOW, value),
            Err(_) => self,
        }
    }

    /// Closes the connection after the answer, because what follows on it is not to be trusted.
    pub fn closing(mut self) -> Self {
        self.0.closes = true;
        self
    }

    /// What is wrong with model, data or changes.
    pub fn list(&self) -> &[Finding] {
        &self.0.findings
    }

    /// Its kind.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// The document in one language.
    pub fn document(&self, lang: Lang, request_id: Option<&str>) -> Document {
        let title = Phrase::new(self.0.kind.phrase);
        let detail = self.0.detail.as_ref().map(|phrase| phrase.shortened(SHOWN));
        let text = |phrase: &Phrase| Some(members::worded(&phrase.render_fix(lang))).filter(|fix| !fix.is_empty());
        Document {
            r#type: format!("{URN}{}", self.0.kind.code()),
            title: title.render(lang),
            status: self.0.kind.status,
            detail: members::worded(&detail.as_ref().unwrap_or(&title).render(lang)),
            remedy: detail.as_ref().and_then(text).or_else(|| text(&title)),
            code: self.0.kind.code().to_owned(),
            pointer: self.0.pointer.as_deref().map(cut),
            parameter: self.0.parameter.as_deref().map(cut),
            findings: entries(&self.0.findings, lang),
            request_id: request_id.map(str::to_owned),
        }
    }

    /// The whole answer in one language.
    pub fn response(&self, lang: Lang, request_id: Option<&str>) -> HttpResponse {
        let mut builder = HttpResponse::build(self.0.kind.status());
        builder.content_type(MEDIA_TYPE).insert_header(("content-language", tag(lang)));
        builder.insert_header(("cache-control", "no-store"));
        for (name, value) in &self.0.headers {
            builder.append_header((name.clone(), value.clone()));
        }
        if self.0.kind.status == 401 && !self.0.headers.iter().any(|(name, _)| name == WWW_AUTHENTICATE) {
            builder.insert_header((WWW_AUTHENTICATE, "Bearer realm=\"ecocomp\""));
        }
        if self.0.closes {
            builder.force_close();
        }
        builder.body(serde_json::to_vec(&self.document(lang, request_id)).unwrap_or_default())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.kind.code())
    }
}

impl std::error::Error for Problem {}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.0.kind.status()
    }

    fn error_response(&self) -> HttpResponse {
        self.response(Lang::Zh, None)
    }
}

impl From<Kind> for Problem {
    fn from(kind: Kind) -> Self {
        Self::new(kind)
    }
}

impl From<Findings> for Problem {
    fn from(findings: Findings) -> Self {
        Self::new(INVALID_INPUT).findings(findings.0)
    }
}

impl From<Finding> for Problem {
    fn from(finding: Finding) -> Self {
        Self::from(Findings::from(finding))
    }
}

/// RFC 9457 problem details with our members.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = Problem)]
pub struct Document {
    /// Stable URI of the kind: `urn:ecocomp:problem:` and the code.
    pub r#type: String,
    /// The kind in words.
    pub title: String,
    /// Status of the answer.
    #[schema(minimum = 400, maximum = 599)]
    pub status: u16,
    /// What happened in this case.
    pub detail: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub remedy: Option<String>,
    /// The kind as a word that never changes.
    pub code: String,
    /// JSON pointer of the member at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub pointer: Option<String>,
    /// Query parameter or header at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub parameter: Option<String>,
    /// What is wrong with a model, its data or changes, one by one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Entry>,
    /// Id of the request, as in the logs.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub request_id: Option<String>,
}

/// One finding of a problem, in the language of the client.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = ProblemFinding)]
pub struct Entry {
    /// `error` or `warning`.
    pub severity: String,
    /// Stable code, such as `dataset.duplicate_area`.
    pub code: String,
    /// Where it stands.
    pub place: Spot,
    /// What is wrong.
    pub cause: String,
    /// What to do about it.
    pub remedy: String,
}

/// Place of a finding in the inputs.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = ProblemPlace)]
pub struct Spot {
    /// File name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub file: Option<String>,
    /// Sheet of a workbook.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub sheet: Option<String>,
    /// Row or line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub row: Option<u64>,
    /// Column, or key path.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub column: Option<String>,
}

impl Spot {
    fn new(place: &Place) -> Self {
        let part = |part: &Option<String>| part.as_deref().map(cut);
        Self { file: part(&place.file), sheet: part(&place.sheet), row: place.row, column: part(&place.column) }
    }
}

/// Most characters that a part of a problem repeats of what a client sent.
const SHOWN: usize = 500;
/// The finding that says how many more there are.
const MORE: &str = "finding.more";
/// Most findings of one problem.
const LISTED: usize = 100;

fn cut(text: &str) -> String {
    shorten(text, SHOWN).into_owned()
}

/// The first findings, and one that says how many more there are.
fn entries(findings: &[Finding], lang: Lang) -> Vec<Entry> {
    let mut entries: Vec<Entry> = findings.iter().take(LISTED).map(|finding| Entry::new(finding, lang)).collect();
    let rest = findings.get(LISTED..).unwrap_or_default();
    if !rest.is_empty() {
        // The last may itself say how many more a reading has found.
        let (told, rest): (Vec<&Finding>, Vec<&Finding>) = rest.iter().partition(|finding| finding.code() == MORE);
        let of = |name: &str| -> usize {
            let numbers = told.iter().filter_map(|finding| finding.phrase.argument(name)?.en.parse::<usize>().ok());
            numbers.sum()
        };
        let errors = rest.iter().filter(|finding| finding.severity == Severity::Error).count();
        let (errors, warnings) = (errors + of("errors"), rest.len() - errors + of("warnings"));
        let more = if errors > 0 { Finding::error } else { Finding::warning };
        let more =
            more(MORE, Place::default()).with("errors", errors.to_string()).with("warnings", warnings.to_string());
        entries.push(Entry::new(&more, lang));
    }
    entries
}

impl Entry {
    /// A finding in one language.
    pub fn new(finding: &Finding, lang: Lang) -> Self {
        let phrase = finding.phrase.shortened(SHOWN);
        Self {
            severity: if finding.severity == Severity::Error { "error" } else { "warning" }.to_owned(),
            code: finding.code().to_owned(),
            place: Spot::new(&finding.place),
            cause: members::worded(&phrase.render(lang)),
            remedy: members::worded(&phrase.render_fix(lang)),
        }
    }
}

/// A sentence of this module with one argument.
pub(crate) fn sentence(code: &'static str, name: &'static str, value: impl Into<Text>) -> Phrase {
    Phrase::new(code).with(name, value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_findings_the_first_are_listed_and_the_others_counted() {
        let mut log = crate::finding::FindingLog::default();
        for row in 0..1000 {
            log.push(Finding::error("dataset.no_rows", Place::file("x").row(row)));
        }
        log.push(Finding::warning("dataset.no_rows", Place::file("x")));
        let document = Problem::from(crate::finding::Findings(log.into_findings())).document(Lang::En, None);
        assert_eq!(document.findings.len(), LISTED + 1);
        let last = document.findings.last().unwrap();
        assert!(last.code == MORE && last.cause.starts_with("900 more errors and 1 more warnings"), "{}", last.cause);
    }

    #[test]
    fn what_a_client_sent_is_not_repeated_without_end() {
        let long = "长".repeat(1 << 20);
        let finding = Finding::error("service.file_name", Place::file(&long).column(&long)).with("name", &long);
        let problem = Problem::from(finding).pointer(format!("/{long}")).parameter(&long);
        assert!(serde_json::to_vec(&problem.document(Lang::Zh, None)).unwrap().len() < 32 << 10);
    }
}
