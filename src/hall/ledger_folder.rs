//! A ledger on disk: a folder with `book.toml` and `batches`, each batch a file that is made whole or not at all.
//!
//! A batch is written under a name of its own, and then linked to its number: the link fails where somebody else posted that
//! number meanwhile, and nothing is ever half there.

use std::fs;
use std::io::{BufReader, BufWriter, Read as _};
use std::path::{Path, PathBuf};

use ecocomp_ledger::balance::Balances;
use ecocomp_ledger::batch::{self, Origin, Seal};
use ecocomp_ledger::book::Opened;
use ecocomp_ledger::event::Event;
use ecocomp_ledger::posting::Posting;
use sha2::{Digest, Sha256};

use crate::files;
use crate::finding::{Finding, FindingLog, Findings, Place};

/// Fills a batch: gives events, each with where it stands, and says what was found.
type Fill<'a> = dyn FnMut(&mut dyn FnMut(&Event, Place) -> Result<(), Finding>, &mut FindingLog) + 'a;

/// The book of a ledger.
const BOOK: &str = "book.toml";
/// Its batches.
const BATCHES: &str = "batches";

/// The folder of a ledger.
pub struct Folder {
    path: PathBuf,
    /// Its book.
    pub book: Opened,
}

/// A file that goes away where nobody keeps it.
struct Temporary(PathBuf);

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn unwritable(path: &Path, error: &std::io::Error) -> Finding {
    Finding::error("cli.unwritable", Place::file(path.display().to_string())).with("why", files::why(error))
}

impl Folder {
    /// Opens a ledger.
    ///
    /// # Errors
    /// There is no book, or something is wrong with it.
    pub fn open(path: &Path) -> Result<Self, Findings> {
        let book = path.join(BOOK);
        if !book.is_file() {
            let place = Place::file(path.display().to_string());
            return Err(Finding::error("fund.no_book", place).with("path", path.display().to_string()).into());
        }
        files::protect(&book);
        let opened = Opened::read(&files::read_text(&book)?, &book.display().to_string())?;
        Ok(Self { path: path.to_path_buf(), book: opened })
    }

    /// Makes the folder of a ledger with this book.
    ///
    /// # Errors
    /// There is a book already, or it cannot be written.
    pub fn make(path: &Path, book: &str) -> Result<(), Finding> {
        files::write(&path.join(BOOK), book.as_bytes())
    }

    /// Replaces a file by another in one step: it is there whole, as it was or as it is now.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), Finding> {
        let mut name = path.file_name().map(std::ffi::OsStr::to_os_string).unwrap_or_default();
        name.push(format!(".{}.tmp", std::process::id()));
        let temporary = Temporary(path.with_file_name(name));
        let failed = |error: std::io::Error| unwritable(path, &error);
        let mut file = fs::File::create_new(&temporary.0).map_err(failed)?;
        std::io::Write::write_all(&mut file, bytes).map_err(failed)?;
        file.sync_all().map_err(failed)?;
        fs::rename(&temporary.0, path).map_err(failed)
    }

    /// A file of rules that the book names.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn rules(&self) -> Result<Vec<(String, String)>, Finding> {
        let read = |name: &String| {
            let path = self.path.join(name);
            files::protect(&path);
            Ok((path.display().to_string(), files::read_text(&path)?))
        };
        self.book.book.rules.iter().map(read).collect()
    }

    fn batch(&self, number: u64) -> PathBuf {
        self.path.join(BATCHES).join(format!("{number:08}.jsonl"))
    }

    /// Goes through every event, with its batch and line, checks every seal, and gives the balances.
    ///
    /// # Errors
    /// A batch cannot be read, or the ledger was changed by other hands.
    pub fn replay(&self, take: &mut dyn FnMut(&Event, u64, u64)) -> Result<Balances, Findings> {
        let mut balances = Balances::default();
        let count = self.count()?;
        for number in 1..=count {
            let path = self.batch(number);
            let name = path.display().to_string();
            let file = fs::File::open(&path).map_err(|error| {
                Finding::error("cli.unreadable", Place::file(&name)).with("why", files::why(&error))
            })?;
            let last = balances.last.clone();
            let mut each = |event: Event, line: u64| {
                let add = balances.add(&event, &self.book, line);
                take(&event, number, line);
                add.map_err(|phrase| Finding::from_phrase(phrase, Place::file(&name).row(line)))
            };
            let seal = batch::read(&name, BufReader::with_capacity(1 << 20, file), last.as_ref(), &mut each)?;
            let broken = balances.broken(&self.book);
            if !broken.is_empty() {
                let place = |row: u64| if row > 0 { Place::file(&name).row(row) } else { Place::file(&name) };
                let found = broken.into_iter().map(|broken| Finding::from_phrase(broken.phrase, place(broken.row)));
                return Err(Findings(found.collect()));
            }
            balances.settle(seal);
        }
        Ok(balances)
    }

    /// How many batches there are: up to the largest number, so that one which is missing is seen.
    fn count(&self) -> Result<u64, Finding> {
        let folder = self.path.join(BATCHES);
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
            Err(error) => {
                let place = Place::file(folder.display().to_string());
                return Err(Finding::error("cli.unreadable", place).with("why", files::why(&error)));
            }
        };
        let number = |name: String| name.strip_suffix(".jsonl").and_then(|stem| stem.parse::<u64>().ok());
        let numbers = entries.flatten().filter_map(|entry| number(entry.file_name().to_string_lossy().into_owned()));
        Ok(numbers.max().unwrap_or(0))
    }

    /// Posts a batch that `fill` fills; `dry` checks everything and writes nothing.
    ///
    /// # Errors
    /// Everything that is wrong with the batch; then nothing is posted.
    pub fn post(
        &self,
        balances: Balances,
        place: &Place,
        (origin, closes, dry): (Origin, Option<i32>, bool),
        fill: &mut Fill<'_>,
    ) -> Result<(Seal, Vec<Finding>), Findings> {
        let mut log = FindingLog::of_tables();
        if dry {
            let mut posting = Posting::new(&self.book, balances, std::io::sink());
            fill(&mut |event, place| posting.take(event, place), &mut log);
            let (_, seal, _, warnings) = posting.seal(place, log, origin, closes)?;
            return Ok((seal, warnings));
        }
        let folder = self.path.join(BATCHES);
        fs::create_dir_all(&folder).map_err(|error| unwritable(&folder, &error))?;
        let temporary = Temporary(folder.join(format!(".{}.tmp", std::process::id())));
        let _ = fs::remove_file(&temporary.0);
        let file = fs::File::create_new(&temporary.0).map_err(|error| unwritable(&temporary.0, &error))?;
        let mut posting = Posting::new(&self.book, balances, BufWriter::with_capacity(1 << 20, file));
        fill(&mut |event, place| posting.take(event, place), &mut log);
        let (out, seal, _, warnings) = posting.seal(place, log, origin, closes)?;
        let failed = |error: std::io::Error| unwritable(&folder, &error);
        let file = out.into_inner().map_err(|error| failed(error.into_error()))?;
        file.sync_all().map_err(failed)?;
        let target = self.batch(seal.batch);
        fs::hard_link(&temporary.0, &target).map_err(|error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => {
                let place = Place::file(target.display().to_string());
                Finding::error("fund.raced", place).with("batch", seal.batch.to_string())
            }
            _ => unwritable(&target, &error),
        })?;
        // The name of the batch is to survive a loss of power too.
        if let Ok(folder) = fs::File::open(&folder) {
            let _ = folder.sync_all();
        }
        Ok((seal, warnings))
    }
}

/// The digest of a file, read piece by piece, and whether all of it is UTF-8.
///
/// # Errors
/// It cannot be read.
pub fn looked_at(path: &Path) -> Result<(String, bool), Finding> {
    let place = || Place::file(path.display().to_string());
    let failed = |error: std::io::Error| {
        let code = if error.kind() == std::io::ErrorKind::NotFound { "cli.not_found" } else { "cli.unreadable" };
        match code {
            "cli.not_found" => Finding::error("cli.not_found", place()),
            _ => Finding::error("cli.unreadable", place()).with("why", files::why(&error)),
        }
    };
    let mut file = fs::File::open(path).map_err(failed)?;
    if !file.metadata().map_err(failed)?.is_file() {
        return Err(Finding::error("cli.not_a_file", place()));
    }
    let (mut digest, mut is_utf8) = (Sha256::new(), true);
    let mut rest: Vec<u8> = Vec::new();
    let mut piece = vec![0; 1 << 20];
    loop {
        let read = file.read(&mut piece).map_err(failed)?;
        let Some(bytes) = piece.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
        digest.update(bytes);
        rest.extend_from_slice(bytes);
        match std::str::from_utf8(&rest) {
            Ok(_) => rest.clear(),
            // A character that the piece cuts goes on in the next.
            Err(error) if error.error_len().is_none() => drop(rest.drain(..error.valid_up_to())),
            Err(_) => {
                is_utf8 = false;
                rest.clear();
            }
        }
    }
    Ok((batch::hex(&digest.finalize()), is_utf8 && rest.is_empty()))
}
