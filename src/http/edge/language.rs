//! The language of an answer, from Accept-Language.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{ACCEPT_LANGUAGE, HeaderMap};
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};

use crate::phrases::Lang;

/// Most entries of an Accept-Language header that are looked at.
const ENTRIES_MAX: usize = 32;

/// The language a client prefers of the two we speak; Chinese where it says nothing we understand.
///
/// Weights as in RFC 9110 §12.5.4; of equal weights the first one written.
pub fn negotiate(headers: &HeaderMap) -> Lang {
    let text = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut best = (0_u16, Lang::Zh);
    for entry in text.split(',').take(ENTRIES_MAX) {
        let mut parts = entry.split(';').map(str::trim);
        let tag = parts.next().unwrap_or_default();
        let lang = match tag.split('-').next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "zh" | "*" => Lang::Zh,
            "en" => Lang::En,
            _ => continue,
        };
        let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(1000, weight);
        if weight > best.0 {
            best = (weight, lang);
        }
    }
    best.1
}

/// `0.85` as 850; what cannot be read weighs nothing.
fn weight(text: &str) -> u16 {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    if part.len() > 3 || !part.bytes().all(|b| b.is_ascii_digit()) {
        return 0;
    }
    match whole {
        "1" if part.bytes().all(|b| b == b'0') => 1000,
        "0" => format!("{part:0<3}").parse().unwrap_or(0),
        _ => 0,
    }
}

/// The value of Content-Language.
pub fn tag(lang: Lang) -> &'static str {
    match lang {
        Lang::Zh => "zh-CN",
        Lang::En => "en",
    }
}

/// Extractor: the language of the answer, as the gate found it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Language(pub Lang);

impl FromRequest for Language {
    type Error = std::convert::Infallible;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let known = request.extensions().get::<Self>().copied();
        ready(Ok(known.unwrap_or_else(|| Self(negotiate(request.headers())))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    fn of(text: &str) -> Lang {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_LANGUAGE, HeaderValue::from_str(text).unwrap());
        negotiate(&headers)
    }

    #[test]
    fn weights_and_order_decide() {
        assert_eq!(negotiate(&HeaderMap::new()), Lang::Zh);
        assert_eq!(of("en"), Lang::En);
        assert_eq!(of("en-GB,zh;q=0.9"), Lang::En);
        assert_eq!(of("en;q=0.3, zh-CN;q=0.31"), Lang::Zh);
        assert_eq!(of("fr, de;q=0.9"), Lang::Zh);
        assert_eq!(of("fr, en;q=0.1"), Lang::En);
        assert_eq!(of("en;q=0, zh;q=0"), Lang::Zh);
        assert_eq!(of("en;q=1.5, zh;q=x"), Lang::Zh);
    }
}
