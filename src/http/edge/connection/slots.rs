//! How many connections there may be, and how one too many is turned away.

use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use actix_web::rt::net::TcpStream;
use actix_web::rt::time::timeout;

use crate::http::edge::connection::bare::raw;
use crate::http::edge::problem::{self, Problem};

/// A counter of connections with a limit.
#[derive(Debug)]
pub struct Slots {
    most: usize,
    used: AtomicUsize,
}

impl Slots {
    /// Room for so many connections.
    pub fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most, used: AtomicUsize::new(0) })
    }

    /// Connections that are open.
    pub fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    /// Takes a place, which is given back when it is dropped.
    pub fn take(self: &Arc<Self>) -> Option<Slot> {
        let used = self.used.fetch_add(1, Ordering::Relaxed);
        let slot = Slot(Arc::clone(self));
        (used < self.most).then_some(slot)
    }
}

/// A place among the connections.
#[derive(Debug)]
pub struct Slot(Arc<Slots>);

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.used.fetch_sub(1, Ordering::Relaxed);
    }
}

/// How long and how much is read from a connection that is turned away, so that its client sees why.
const LINGER: Duration = Duration::from_millis(500);
const LINGER_READS: usize = 8;

/// Tells a client that there is no room, and closes.
pub async fn turn_away(stream: TcpStream) {
    let answer = raw(&Problem::new(problem::OVERLOADED), &[("retry-after", "1")]);
    // The buffer of a new socket is empty; a client that does not even have that room learns nothing.
    if stream.writable().await.is_err() || stream.try_write(&answer).is_err() {
        return;
    }
    let Ok(stream) = stream.into_std() else { return };
    if stream.shutdown(std::net::Shutdown::Write).is_err() {
        return;
    }
    let Ok(stream) = TcpStream::from_std(stream) else { return };
    // Closing with bytes unread would make the system drop the answer.
    let drain = async {
        let mut bytes = [0_u8; 4096];
        for _ in 0..LINGER_READS {
            if stream.readable().await.is_err() {
                return;
            }
            match stream.try_read(&mut bytes) {
                Ok(0) => return,
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(_) => return,
            }
        }
    };
    let _ = timeout(LINGER, drain).await;
}
