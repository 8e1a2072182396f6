//! The ledger as text: batches of events, one JSON object a line, sealed and chained to the batch before.
//!
//! A batch is a file of its own that is made whole or not at all, and never changed. Its last line is the seal: how many events,
//! the digest of their lines, where they came from, and the link to the seal before. Nothing can be taken out, put in or changed
//! without some link failing.

use std::io::{BufRead, Write};

use ecocomp_ground::finding::{Finding, Place};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::date::Date;
use crate::event::Event;

/// The link before the first batch.
pub const FIRST: &str = "0000000000000000000000000000000000000000000000000000000000000000";
/// Longest line of a ledger, in bytes.
const LINE_MAX: u64 = 64 << 10;

/// A digest as text.
pub fn hex(digest: &[u8]) -> String {
    use std::fmt::Write as _;
    digest.iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The SHA-256 of some bytes, as text.
pub fn digest(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Where the events of a batch came from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// Name of the file; empty where they were typed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub file: String,
    /// Digest of its bytes.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sha256: String,
    /// Who entered them.
    pub by: String,
    /// Day on which they were entered.
    pub on: Date,
}

/// The last line of a batch.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seal {
    /// Number of the batch, from 1.
    pub batch: u64,
    /// Events in it.
    pub events: u64,
    /// Digest of the lines of its events.
    pub content: String,
    /// Where they came from.
    pub origin: Origin,
    /// The year that it closes, where it closes one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closes: Option<i32>,
    /// Link of the batch before.
    pub before: String,
    /// Link of this batch: digest of all of the above.
    pub link: String,
}

impl Seal {
    /// The link that follows from everything else in the seal.
    pub fn proper_link(&self) -> String {
        let rest = Self { link: String::new(), ..self.clone() };
        digest(&serde_json::to_vec(&rest).unwrap_or_default())
    }
}

/// A line of a ledger.
#[derive(Debug, Serialize, Deserialize)]
enum Line {
    #[serde(rename = "seal")]
    Seal(Seal),
}

/// Writes a batch: event by event, then its seal.
pub struct Writer<W> {
    out: W,
    content: Sha256,
    events: u64,
    line: Vec<u8>,
}

impl<W: Write> Writer<W> {
    /// A batch that goes there.
    pub fn new(out: W) -> Self {
        Self { out, content: Sha256::new(), events: 0, line: Vec::new() }
    }

    /// Adds an event.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn add(&mut self, event: &Event) -> std::io::Result<()> {
        self.line.clear();
        serde_json::to_writer(&mut self.line, event)?;
        self.line.push(b'\n');
        self.content.update(&self.line);
        self.events += 1;
        self.out.write_all(&self.line)
    }

    /// Seals the batch after the one whose seal is given.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn seal(mut self, last: Option<&Seal>, origin: Origin, closes: Option<i32>) -> std::io::Result<(W, Seal)> {
        let mut seal = Seal {
            batch: last.map_or(0, |last| last.batch) + 1,
            events: self.events,
            content: hex(&self.content.finalize()),
            origin,
            closes,
            before: last.map_or_else(|| FIRST.to_owned(), |last| last.link.clone()),
            link: String::new(),
        };
        seal.link = seal.proper_link();
        let mut line = serde_json::to_vec(&Line::Seal(seal.clone()))?;
        line.push(b'\n');
        self.out.write_all(&line)?;
        self.out.flush()?;
        Ok((self.out, seal))
    }
}

/// The digest that the lines of events have in a batch, whoever enters them and whenever.
pub fn content_of<'e>(events: impl IntoIterator<Item = &'e Event>) -> String {
    let mut writer = Writer::new(std::io::sink());
    for event in events {
        // A sink takes everything.
        let _ = writer.add(event);
    }
    hex(&writer.content.finalize())
}

/// Reads a batch, giving each event with its line, and checks its seal against its lines and against the seal before.
///
/// # Errors
/// A line that is no event, no seal at the end, a count, digest or link that does not fit: the ledger was changed by other hands.
pub fn read(
    name: &str,
    mut from: impl BufRead,
    last: Option<&Seal>,
    take: &mut dyn FnMut(Event, u64) -> Result<(), Finding>,
) -> Result<Seal, Finding> {
    let place = |line: u64| Place::file(name).row(line);
    let mut content = Sha256::new();
    let (mut count, mut number) = (0_u64, 0_u64);
    let mut line = Vec::new();
    let mut sealed: Option<Seal> = None;
    loop {
        line.clear();
        let failed =
            |error: std::io::Error| Finding::error("cli.unreadable", Place::file(name)).with("why", error.to_string());
        let read = std::io::Read::take(&mut from, LINE_MAX).read_until(b'\n', &mut line).map_err(failed)?;
        if read == 0 {
            break;
        }
        number += 1;
        if sealed.is_some() || line.last() != Some(&b'\n') {
            return Err(Finding::error("fund.broken_line", place(number)));
        }
        if line.starts_with(b"{\"seal\"") {
            let Ok(Line::Seal(seal)) = serde_json::from_slice::<Line>(&line) else {
                return Err(Finding::error("fund.broken_line", place(number)));
            };
            sealed = Some(seal);
            continue;
        }
        content.update(&line);
        count += 1;
        let event: Event =
            serde_json::from_slice(&line).map_err(|_| Finding::error("fund.broken_line", place(number)))?;
        take(event, number)?;
    }
    let Some(seal) = sealed else { return Err(Finding::error("fund.no_seal", Place::file(name))) };
    let before = last.map_or(FIRST, |last| last.link.as_str());
    let wanted = last.map_or(0, |last| last.batch) + 1;
    let sound = seal.events == count && seal.content == hex(&content.finalize()) && seal.link == seal.proper_link();
    if !sound {
        return Err(Finding::error("fund.changed_batch", place(number)).with("batch", seal.batch.to_string()));
    }
    if seal.before != before || seal.batch != wanted {
        return Err(Finding::error("fund.broken_chain", place(number))
            .with("batch", seal.batch.to_string())
            .with("wanted", wanted.to_string()));
    }
    Ok(seal)
}
