//! Conditional requests: tags of what is read, and changes only of what was read (RFC 9110 §13).

use actix_web::http::header::{ETAG, HeaderName, HeaderValue, IF_MATCH, IF_NONE_MATCH};
use actix_web::{HttpRequest, HttpResponse};
use sha2::{Digest as _, Sha256};

use crate::http::edge::problem::{self, Problem, sentence};

/// The strong tag of a representation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag(String);

impl Tag {
    /// Tag of bytes: their hash.
    pub fn of(bytes: &[u8]) -> Self {
        let hash = Sha256::digest(bytes);
        Self(hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect())
    }

    /// Tag of a version that already has a name of its own, such as a content hash or a revision number.
    pub fn named(version: impl ToString) -> Self {
        let is_plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':');
        Self(version.to_string().chars().filter(is_plain).collect())
    }

    /// The ETag header.
    pub fn header(&self) -> (HeaderName, HeaderValue) {
        let value = HeaderValue::from_str(&format!("\"{}\"", self.0));
        (ETAG, value.unwrap_or_else(|_| HeaderValue::from_static("\"\"")))
    }
}

/// The answer 304 where the client has what it asks for.
///
/// # Errors
/// 400 for an If-None-Match that cannot be read.
pub fn not_modified(request: &HttpRequest, tag: &Tag) -> Result<Option<HttpResponse>, Problem> {
    let is_known = match listed(request, IF_NONE_MATCH)? {
        None => return Ok(None),
        Some(Listed::Any) => true,
        // Reading compares weakly.
        Some(Listed::Tags(tags)) => tags.iter().any(|(_, known)| *known == tag.0),
    };
    Ok(is_known.then(|| HttpResponse::NotModified().insert_header(tag.header()).finish()))
}

/// Whether a change is of the version that the client has seen; ask before the change, with the tag of what is there.
///
/// # Errors
/// 428 without If-Match, 412 where it names another version, 400 where it cannot be read.
pub fn unchanged(request: &HttpRequest, tag: &Tag) -> Result<(), Problem> {
    let is_it = match listed(request, IF_MATCH)? {
        None => return Err(Problem::new(problem::PRECONDITION_REQUIRED).parameter("If-Match")),
        Some(Listed::Any) => true,
        Some(Listed::Tags(tags)) => tags.iter().any(|(is_weak, known)| !is_weak && *known == tag.0),
    };
    if is_it { Ok(()) } else { Err(Problem::new(problem::PRECONDITION_FAILED).parameter("If-Match")) }
}

enum Listed {
    Any,
    Tags(Vec<(bool, String)>),
}

/// `*`, or `"a", W/"b"`; a comma may stand in a tag.
fn listed(request: &HttpRequest, name: HeaderName) -> Result<Option<Listed>, Problem> {
    let wrong = || {
        let phrase = sentence("http.tags", "header", name.as_str());
        Problem::new(problem::BAD_HEADER).detail(phrase).parameter(name.as_str())
    };
    let lines: Result<Vec<&str>, _> = request.headers().get_all(&name).map(|value| value.to_str()).collect();
    let text = lines.map_err(|_| wrong())?.join(",");
    if !request.headers().contains_key(&name) {
        return Ok(None);
    }
    if text.trim() == "*" {
        return Ok(Some(Listed::Any));
    }
    let tags = tags(&text).filter(|tags| !tags.is_empty());
    tags.map(|tags| Some(Listed::Tags(tags))).ok_or_else(wrong)
}

/// The tags of a list, each with whether it is weak; empty places between commas count for nothing.
fn tags(text: &str) -> Option<Vec<(bool, String)>> {
    let blank = |c: char| matches!(c, ' ' | '\t');
    let (mut tags, mut rest) = (Vec::new(), text);
    loop {
        rest = rest.trim_start_matches(|c| blank(c) || c == ',');
        if rest.is_empty() {
            return Some(tags);
        }
        let (is_weak, tag) = rest.strip_prefix("W/").map_or((false, rest), |tag| (true, tag));
        let (inner, after) = tag.strip_prefix('"')?.split_once('"')?;
        rest = after.trim_start_matches(blank);
        if !rest.is_empty() && !rest.starts_with(',') || inner.contains(blank) {
            return None;
        }
        tags.push((is_weak, inner.to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn with(name: HeaderName, value: &str) -> HttpRequest {
        TestRequest::default().insert_header((name, value)).to_http_request()
    }

    #[test]
    fn changes_need_the_version_seen() {
        let tag = Tag::named("7");
        let status = |request: &HttpRequest| unchanged(request, &tag).map_err(|p| p.kind().status().as_u16());
        assert_eq!(status(&TestRequest::default().to_http_request()), Err(428));
        for (value, expected) in [
            ("\"7\"", Ok(())),
            ("*", Ok(())),
            ("\"6\", \"7\"", Ok(())),
            ("\"8\"", Err(412)),
            ("W/\"7\"", Err(412)),
            ("7", Err(400)),
            ("", Err(400)),
            ("\"6,\", W/\"7\" ,\t\"7\"", Ok(())),
            ("\"7\" \"7\"", Err(400)),
            ("\"7 \"", Err(400)),
            (", \"7\",", Ok(())),
            ("*, \"7\"", Err(400)),
            ("\"a\"b\"", Err(400)),
        ] {
            assert_eq!(status(&with(IF_MATCH, value)), expected, "{value}");
        }
    }

    #[test]
    fn what_is_known_is_not_sent_again() {
        let tag = Tag::of(b"x");
        let known = format!("W/\"{}\"", tag.0);
        assert!(not_modified(&with(IF_NONE_MATCH, &known), &tag).unwrap().is_some());
        assert!(not_modified(&with(IF_NONE_MATCH, "\"other\""), &tag).unwrap().is_none());
        assert!(not_modified(&with(IF_NONE_MATCH, "other"), &tag).is_err());
    }
}
