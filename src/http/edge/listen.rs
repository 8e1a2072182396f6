//! The socket that a server listens on.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener};

use actix_web::rt::net::TcpListener as AsyncListener;
use actix_web::rt::net::TcpSocket;

use crate::files;
use crate::finding::{Finding, Place};

/// Connections that may wait to be accepted.
const BACKLOG: u32 = 1024;
/// Option that names the address, in findings.
const OPTION: &str = "--listen";

/// Listens on `HOST:PORT`; port 0 takes a free one. To be called on a runtime.
///
/// # Errors
/// The text is no address, the name is unknown, or the system refuses the address.
pub async fn listen(text: &str) -> Result<TcpListener, Finding> {
    let finding = |code: Code| code.finding(text);
    let Some((host, port)) = text.rsplit_once(':') else { return Err(finding(Code::Malformed)) };
    if host.is_empty() || port.parse::<u16>().is_err() {
        return Err(finding(Code::Malformed));
    }
    let found = tokio::net::lookup_host(text).await.map_err(|_| finding(Code::Unknown))?;
    let mut refusal = finding(Code::Unknown);
    for address in found {
        match bind(address).and_then(AsyncListener::into_std) {
            Ok(listener) => return Ok(listener),
            Err(error) => refusal = refused(text, &error),
        }
    }
    Err(refusal)
}

fn bind(address: SocketAddr) -> io::Result<AsyncListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // A server that has just ended leaves connections behind that are not in the way.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

enum Code {
    Malformed,
    Unknown,
}

impl Code {
    fn finding(&self, text: &str) -> Finding {
        let place = Place::file(OPTION);
        match self {
            Self::Malformed => Finding::error("http.listen_malformed", place),
            Self::Unknown => Finding::error("http.listen_unknown", place),
        }
        .with("address", text)
    }
}

fn refused(text: &str, error: &io::Error) -> Finding {
    let place = Place::file(OPTION);
    match error.kind() {
        ErrorKind::AddrInUse => Finding::error("http.listen_in_use", place),
        ErrorKind::AddrNotAvailable => Finding::error("http.listen_elsewhere", place),
        ErrorKind::PermissionDenied => Finding::error("http.listen_denied", place),
        _ => Finding::error("http.listen_refused", place).with("why", files::why(error)),
    }
    .with("address", text)
}
