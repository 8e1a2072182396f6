//! Answers that the framework writes without asking us, replaced by problem documents.
//!
//! actix-http answers a head it cannot parse with a bare status line and no body, below every middleware.

use actix_web::http::StatusCode;

use crate::http::edge::language::tag;
use crate::http::edge::problem::{Kind, MEDIA_TYPE, Problem};
use crate::phrases::Lang;

/// What ends the head of an answer.
const END: &[u8] = b"\r\n\r\n";
/// What every answer begins with.
const START: &[u8] = b"HTTP/1.1 ";
/// A header that every answer of ours carries, in the spelling of the encoder.
const OURS: &[u8] = b"x-request-id:";

/// Bytes about to be written, if they end in an error without a body that is not ours: with a problem document instead.
pub(super) fn dressed(written: &[u8]) -> Option<Vec<u8>> {
    if !written.ends_with(END) {
        return None;
    }
    let start = written.windows(START.len()).rposition(|window| window == START)?;
    let (before, head) = written.split_at_checked(start)?;
    let status = std::str::from_utf8(head.get(START.len()..START.len() + 3)?).ok()?.parse::<u16>().ok()?;
    let status = StatusCode::from_u16(status).ok()?;
    let lower = head.to_ascii_lowercase();
    let has = |text: &[u8]| lower.windows(text.len()).any(|window| window == text);
    if !(status.is_client_error() || status.is_server_error()) || has(OURS) || !has(b"\r\ncontent-length: 0\r\n") {
        return None;
    }
    let mut bytes = before.to_vec();
    bytes.extend(raw(&Problem::new(Kind::of_status(status)), &[]));
    Some(bytes)
}

/// A whole answer that closes the connection, for those who have not come as far as the gate.
pub(super) fn raw(problem: &Problem, headers: &[(&str, &str)]) -> Vec<u8> {
    // Without a head that can be read there is no language to go by.
    let id = uuid::Uuid::now_v7().to_string();
    let document = problem.document(Lang::Zh, Some(&id));
    let body = serde_json::to_vec(&document).unwrap_or_default();
    let status = problem.kind().status();
    let mut head = format!(
        "HTTP/1.1 {} {}\r\ncontent-type: {MEDIA_TYPE}\r\ncontent-length: {}\r\ncontent-language: {}\r\n\
         x-request-id: {id}\r\nx-content-type-options: nosniff\r\ncache-control: no-store\r\nconnection: close\r\n",
        status.as_u16(),
        status.canonical_reason().unwrap_or_default(),
        body.len(),
        tag(Lang::Zh),
    );
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    let mut bytes = head.into_bytes();
    bytes.extend(body);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_bare_errors_are_dressed() {
        let bare = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\ndate: x\r\n\r\n";
        let text = String::from_utf8(dressed(bare).unwrap()).unwrap();
        assert!(text.starts_with("HTTP/1.1 400") && text.contains("urn:ecocomp:problem:bad_request"));
        let after = [&b"HTTP/1.1 200 OK\r\nx-request-id: 1\r\ncontent-length: 2\r\n\r\n{}"[..], bare].concat();
        assert!(dressed(&after).unwrap().starts_with(b"HTTP/1.1 200 OK"));
        assert!(dressed(b"HTTP/1.1 204 No Content\r\ncontent-length: 0\r\n\r\n").is_none());
        assert!(dressed(b"HTTP/1.1 404 Not Found\r\nX-Request-Id: 7\r\ncontent-length: 0\r\n\r\n").is_none());
        assert!(dressed(b"{\"a\":\"HTTP/1.1 400 \"}").is_none());
        assert!(dressed(b"").is_none());
    }
}
