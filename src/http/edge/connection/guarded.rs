//! A TCP stream with deadlines of its own, below HTTP.

use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::rt::net::{ActixStream, Ready, TcpStream};
use actix_web::rt::time::{Instant, Sleep, sleep_until};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::http::edge::connection::bare::{dressed, raw};
use crate::http::edge::connection::{Connection, Deadlines, Slot};
use crate::http::edge::problem::{self, Problem};

/// How long the rest of a body may come after the answer.
const REST: Duration = Duration::from_secs(2);

/// A stream that fails once a head does not come, or an answer is not taken, in time.
pub struct Guarded {
    io: TcpStream,
    deadlines: Deadlines,
    connection: Rc<Connection>,
    /// Runs while a head is awaited; `true` where a byte of it has come.
    head: Option<(Pin<Box<Sleep>>, bool)>,
    /// Heads that had come to their end when that was looked at last.
    heads: u64,
    /// Runs while the client does not take what is written: since when, and bytes taken since.
    stall: Option<(Pin<Box<Sleep>>, Instant, u64)>,
    /// What stands in the place of a bare answer and is not written yet.
    pending: Vec<u8>,
    _slot: Slot,
}

impl Guarded {
    /// Guards a stream that has just been accepted.
    pub fn new(io: TcpStream, deadlines: Deadlines, slot: Slot) -> Self {
        let first = Box::pin(sleep_until(Instant::now() + deadlines.head));
        Self {
            io,
            deadlines,
            connection: Rc::default(),
            head: Some((first, false)),
            heads: 0,
            stall: None,
            pending: Vec::new(),
            _slot: slot,
        }
    }

    /// What the gate and this stream share.
    pub fn connection(&self) -> Rc<Connection> {
        Rc::clone(&self.connection)
    }

    /// Fails if the head is late; says 408 first where one had begun.
    fn poll_head(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        let Some((timer, begun)) = &mut self.head else { return Ok(()) };
        if timer.as_mut().poll(cx).is_pending() {
            return Ok(());
        }
        // What comes late may be the rest of a body whose request has been answered.
        if *begun && !self.connection.body_left.get() {
            // Whatever does not fit into the buffer of the socket is not worth waiting for.
            let _ = self.io.try_write(&raw(&Problem::new(problem::TIMEOUT), &[]));
        }
        Err(ErrorKind::TimedOut.into())
    }

    /// Forgets the timer of a head that has come to its end: its request may have been answered before anything more was read. What
    /// then waits is nothing, or the beginning of a head that came with the one before; nobody waits for that for ever.
    fn forget_head(&mut self) {
        let heads = self.connection.heads();
        if heads == self.heads {
            return;
        }
        self.heads = heads;
        let rest = Instant::now() + self.deadlines.keep_alive + self.deadlines.head;
        self.head = (!self.connection.is_busy()).then(|| (Box::pin(sleep_until(rest)), false));
    }

    fn watch_head(&mut self, received: usize) {
        if self.connection.is_busy() {
            self.head = None;
        } else if received > 0 {
            // The rest of a body whose request has been answered is worth less patience than a new request.
            let is_rest = self.connection.body_left.get();
            let patience = if is_rest { self.deadlines.head.min(REST) } else { self.deadlines.head };
            let deadline = Instant::now() + patience;
            match &mut self.head {
                Some((_, true)) => {}
                // The first head of a connection has had its time since the connection was opened.
                Some((_, begun)) if self.heads == 0 => *begun = true,
                head => *head = Some((Box::pin(sleep_until(deadline)), true)),
            }
        }
    }

    /// Notes what became of a write, and fails where the client takes too little.
    fn watch_stall(&mut self, cx: &mut Context<'_>, written: &Poll<io::Result<usize>>) -> io::Result<()> {
        match written {
            Poll::Ready(Ok(count)) => {
                if let Some((timer, since, taken)) = &mut self.stall {
                    *taken = taken.saturating_add(*count as u64);
                    timer.as_mut().reset(self.deadlines.write.deadline(*since, *taken));
                }
            }
            Poll::Ready(Err(_)) => {}
            Poll::Pending => {
                let now = Instant::now();
                let deadline = self.deadlines.write.deadline(now, 0);
                let new = || (Box::pin(sleep_until(deadline)), now, 0);
                let (timer, ..) = self.stall.get_or_insert_with(new);
                if timer.as_mut().poll(cx).is_ready() {
                    return Err(ErrorKind::TimedOut.into());
                }
            }
        }
        Ok(())
    }

    /// Writes what stands in the place of bare answers.
    fn poll_pending(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.pending.is_empty() {
            let written = Pin::new(&mut self.io).poll_write(cx, &self.pending);
            self.watch_stall(cx, &written)?;
            match written {
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(ErrorKind::WriteZero.into())),
                Poll::Ready(Ok(count)) => drop(self.pending.drain(..count.min(self.pending.len()))),
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => return Poll::Pending,
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for Guarded {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let room = buffer.remaining();
        self.forget_head();
        let result = Pin::new(&mut self.io).poll_read(cx, buffer);
        let received = buffer.filled().len().saturating_sub(before);
        self.watch_head(received);
        if room > 0 && received == 0 && matches!(result, Poll::Ready(Ok(()))) {
            self.connection.closes();
        }
        match result {
            Poll::Pending => {
                self.poll_head(cx)?;
                Poll::Pending
            }
            // A client of a stream of events that closes its side has gone; others may close theirs and wait for an answer.
            Poll::Ready(Ok(())) if received == 0 && self.connection.streaming.get() => {
                Poll::Ready(Err(ErrorKind::ConnectionAborted.into()))
            }
            other => other,
        }
    }
}

impl AsyncWrite for Guarded {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.poll_pending(cx)?.is_pending() {
            return Poll::Pending;
        }
        if let Some(other) = dressed(bytes) {
            self.pending = other;
            let _ = self.poll_pending(cx)?;
            return Poll::Ready(Ok(bytes.len()));
        }
        let written = Pin::new(&mut self.io).poll_write(cx, bytes);
        self.watch_stall(cx, &written)?;
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.poll_pending(cx)?.is_pending() {
            return Poll::Pending;
        }
        // HTTP has written all it had.
        self.stall = None;
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.poll_pending(cx)?.is_pending() {
            return Poll::Pending;
        }
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

impl ActixStream for Guarded {
    fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<Ready>> {
        ActixStream::poll_read_ready(&self.io, cx)
    }

    fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<Ready>> {
        ActixStream::poll_write_ready(&self.io, cx)
    }
}
