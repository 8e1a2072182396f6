//! The only reading and writing of files: models, datasets, results.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use crate::accounting::manifest::Manifest;
use crate::dataset::Source;
use crate::dataset::csv_table::read_csv;
use crate::dataset::disguise::no_document;
use crate::dataset::table::Table;
use crate::dataset::workbook::read_xlsx;
use crate::document::spots::Spots;
use crate::finding::{Finding, Findings, Place, nearest};
use crate::office;
use crate::phrases::{Phrase, Text};
use crate::run::{self, Inputs, with_account};
use crate::scenario::{self, Change, Loaded, Scenario, Wanted};

/// Largest model file.
const MODEL_MAX: u64 = 16 << 20;

/// Opens a model and the data it names (or `data`, where given).
///
/// # Errors
/// Files that cannot be read, or a model whose head is wrong.
pub fn open(model: &Path, data: Option<&Path>, changes: Vec<Change>) -> Result<Inputs, crate::finding::Findings> {
    let name = model.display().to_string();
    let (text, spots) = model_text(model)?;
    let located = |findings| match &spots {
        Some(spots) => spots.locate(&name, findings),
        None => findings,
    };
    let named = run::named(&text, &name, &changes).map_err(located);
    let beside = |file: &str| model.parent().unwrap_or(Path::new("")).join(file);
    let mut source = match data {
        Some(path) => source(path)?,
        None => source(&beside(&named.as_ref().map_err(Clone::clone)?.dataset))?,
    };
    // A table of batches stands beside the model, where it is no file of the data.
    let (attached, linked) = named.map_or((None, None), |named| (named.attached, named.account));
    if let Some(file) = attached.filter(|file| source.files.iter().all(|(known, _)| known != file)) {
        let bytes = table_bytes(&beside(&file))?;
        source.files.push((file, bytes));
    }
    if let Some(reference) = linked {
        with_account(&mut source, &account(&beside(&reference))?);
    }
    Ok(Inputs { model_file: name, model_text: text, source, changes, spots })
}

/// How a workbook begins.
const PACKAGE: &[u8] = b"PK\x03\x04";

/// The text of a model, which stands in a model file or in the sheets of a workbook; then with the cells of its lines.
///
/// # Errors
/// The file cannot be read, is no text, or is a workbook whose sheets are wrong.
pub fn model_text(model: &Path) -> Result<(String, Option<Arc<Spots>>), Findings> {
    protect(model);
    let bytes = read_limited(model)?;
    if !bytes.starts_with(PACKAGE) {
        return Ok((whole_text(model, bytes)?, None));
    }
    let spelled = office::model::read(&model.display().to_string(), &bytes)?;
    Ok((spelled.text, Some(Arc::new(spelled.spots))))
}

/// The files of an account: its head (a folder, whose head is `account.toml`, or the head itself), the tables beside it and those
/// that it names; or a workbook that holds head and tables.
///
/// # Errors
/// A file cannot be read, or the head is wrong.
pub fn account(path: &Path) -> Result<Source, Findings> {
    let head = if path.is_dir() { path.join(crate::accounting::manifest::FILE) } else { path.to_path_buf() };
    let folder = head.parent().unwrap_or(Path::new("")).to_path_buf();
    protect(&head);
    let bytes = read_limited(&head)?;
    if bytes.starts_with(PACKAGE) {
        // A workbook says all of it.
        let name = head.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        return Ok(Source { name: path.display().to_string(), files: vec![(name, bytes)] });
    }
    let text = whole_text(&head, bytes)?;
    let text = text.strip_prefix('\u{FEFF}').map(str::to_owned).unwrap_or(text);
    let name = head.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let manifest = Manifest::read(&text, &name)?;
    let mut source = match folder.as_os_str().is_empty() {
        true => source(Path::new("."))?,
        false => source(&folder)?,
    };
    source.files.retain(|(file, bytes)| file.to_lowercase().ends_with(".csv") && !bytes.is_empty());
    for named in manifest.named() {
        let file = folder.join(named);
        if !source.files.iter().any(|(known, _)| known == named) && file.exists() {
            source.files.push((named.to_owned(), table_bytes(&file)?));
        }
    }
    source.files.push((name, text.into_bytes()));
    source.files.sort();
    Ok(source)
}

/// Folder of scenario files beside a model file.
const SCENARIOS: &str = "scenarios";
/// Endings of scenario files, the one looked for first.
const ENDINGS: [&str; 2] = ["toml", "json"];

/// The scenario of a word: a name in `scenarios/` beside the model, a path, names joined by `+`, or changes written out.
///
/// # Errors
/// Unknown names, with the nearest; everything that is wrong with the files.
pub fn scenario(model: &Path, word: &str) -> Result<Scenario, Findings> {
    if scenario::is_inline(word) {
        return scenario::inline(word);
    }
    let folder = model.parent().unwrap_or(Path::new("")).join(SCENARIOS);
    let whole = found(&folder, word).is_some();
    let words: Vec<&str> = if whole { vec![word] } else { word.split('+').map(str::trim).collect() };
    scenario::stack(word, &words, &mut |wanted| load(&folder, wanted))
}

fn load(folder: &Path, wanted: &Wanted<'_>) -> Result<Loaded, Finding> {
    let beside = wanted.beside.map(|file| Path::new(file).parent().unwrap_or(Path::new("")).to_path_buf());
    let folder = beside.unwrap_or_else(|| folder.to_path_buf());
    let Some(path) = found(&folder, wanted.word) else {
        let names = names(&folder);
        let list = || if names.is_empty() { "—".to_owned() } else { names.join(", ") };
        let like = nearest(wanted.word, names.iter().map(String::as_str)).map_or_else(list, str::to_owned);
        return Err(Finding::error("scenario.unknown_scenario", wanted.place.clone())
            .with("word", wanted.word)
            .with("folder", folder.display().to_string())
            .with("like", like));
    };
    let id = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    protect(&path);
    let key = fs::canonicalize(&path).unwrap_or_else(|_| path.clone()).display().to_string();
    Ok(Loaded { file: path.display().to_string(), key, id, text: read_text(&path)? })
}

/// The file of a name or path.
fn found(folder: &Path, word: &str) -> Option<PathBuf> {
    let is_path = word.contains(['/', '\\']) || ENDINGS.iter().any(|ending| word.ends_with(&format!(".{ending}")));
    if is_path {
        let path = PathBuf::from(word);
        return path.is_file().then_some(path).or_else(|| Some(folder.join(word)).filter(|path| path.is_file()));
    }
    let named = ENDINGS.iter().map(|ending| folder.join(format!("{word}.{ending}")));
    named.into_iter().find(|path| path.is_file())
}

/// Names of the scenarios of a folder, sorted.
fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    let is_scenario = |path: &PathBuf| path.extension().is_some_and(|found| ENDINGS.iter().any(|e| found == *e));
    let stem = |path: PathBuf| path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let mut names: Vec<String> = paths.filter(is_scenario).filter_map(stem).collect();
    names.sort();
    names.dedup();
    names
}

fn unreadable(path: &Path, error: &io::Error) -> Finding {
    let place = Place::file(path.display().to_string());
    if error.kind() == io::ErrorKind::NotFound {
        return match nearby(path) {
            Some(like) => Finding::error("cli.not_found_like", place).with("like", like),
            None => Finding::error("cli.not_found", place),
        };
    }
    Finding::error("cli.unreadable", place).with("why", why(error))
}

/// What the system says of a file, in the language of the reader where it says something known.
pub fn why(error: &io::Error) -> Text {
    let code = match error.kind() {
        io::ErrorKind::NotFound => "cli.os_not_found",
        io::ErrorKind::PermissionDenied => "cli.os_denied",
        io::ErrorKind::IsADirectory => "cli.os_folder",
        io::ErrorKind::NotADirectory => "cli.os_no_folder",
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "cli.os_full",
        io::ErrorKind::ReadOnlyFilesystem => "cli.os_read_only",
        _ => return Phrase::new("cli.os_other").with("why", error.to_string()).text(),
    };
    Phrase::new(code).text()
}

/// The name beside a path that is most like the one that is not there.
fn nearby(path: &Path) -> Option<String> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut names: Vec<String> =
        fs::read_dir(folder).ok()?.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    let like = nearest(path.file_name()?.to_str()?, names.iter().map(String::as_str))?;
    Some(path.with_file_name(like).display().to_string())
}

/// The bytes of a regular file, at most so many: a pipe may never end, and a device has no size.
fn read_at_most(path: &Path, most: u64) -> Result<Vec<u8>, Finding> {
    let failed = |error: io::Error| unreadable(path, &error);
    let place = || Place::file(path.display().to_string());
    let metadata = fs::metadata(path).map_err(failed)?;
    if metadata.is_dir() {
        return Err(failed(io::ErrorKind::IsADirectory.into()));
    }
    if !metadata.is_file() {
        return Err(Finding::error("cli.not_a_file", place()));
    }
    let mut bytes = Vec::new();
    fs::File::open(path).and_then(|file| file.take(most + 1).read_to_end(&mut bytes)).map_err(failed)?;
    // The size that a file states need not be the one it has.
    if bytes.len() as u64 > most { Err(Finding::error("cli.too_large", place())) } else { Ok(bytes) }
}

/// A text file in UTF-8, with or without BOM.
///
/// # Errors
/// It cannot be read, is too large, or is not UTF-8.
pub fn read_text(path: &Path) -> Result<String, Finding> {
    let text = read_text_whole(path)?;
    Ok(text.strip_prefix('\u{FEFF}').map(str::to_owned).unwrap_or(text))
}

/// A text file in UTF-8 with all its bytes, a BOM included: of a model file the digest is told.
///
/// # Errors
/// It cannot be read, is too large, or is not UTF-8.
pub fn read_text_whole(path: &Path) -> Result<String, Finding> {
    whole_text(path, read_at_most(path, MODEL_MAX)?)
}

/// The text that the bytes of a file are.
fn whole_text(path: &Path, bytes: Vec<u8>) -> Result<String, Finding> {
    let place = || Place::file(path.display().to_string());
    if bytes.len() as u64 > MODEL_MAX {
        return Err(Finding::error("cli.too_large", place()));
    }
    if let Some(finding) = no_document(&place(), &bytes) {
        return Err(finding);
    }
    String::from_utf8(bytes).map_err(|_| Finding::error("cli.not_utf8", place()))
}

/// The files of a dataset: a folder, or one workbook.
///
/// # Errors
/// The folder or a file of it cannot be read.
pub fn source(path: &Path) -> Result<Source, Finding> {
    let name = path.display().to_string();
    protect(path);
    let mut files = Vec::new();
    if path.is_dir() {
        let mut entries: Vec<PathBuf> = fs::read_dir(path)
            .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect())
            .map_err(|error| unreadable(path, &error))?;
        entries.sort();
        for entry in entries.iter().filter(|entry| entry.is_file()) {
            let file = entry.file_name().map(|file| file.to_string_lossy().into_owned()).unwrap_or_default();
            if Source::concerns(&file) {
                files.push((file, read_limited(entry)?));
            } else if Source::is_foreign(&file) {
                files.push((file, Vec::new()));
            }
        }
    } else {
        let file = path.file_name().map(|file| file.to_string_lossy().into_owned()).unwrap_or_default();
        files.push((file, read_limited(path)?));
    }
    let source = Source { name, files };
    source.used().into_iter().for_each(|file| protect(&path.join(file)));
    Ok(source)
}

/// The tables of one file: a CSV file, or every sheet of a workbook.
///
/// # Errors
/// The file cannot be read, or all that is wrong with its form.
pub fn tables(path: &Path) -> Result<Vec<Table>, Findings> {
    protect(path);
    let (name, bytes) = (path.display().to_string(), read_limited(path)?);
    if name.to_lowercase().ends_with(".xlsx") {
        return read_xlsx(&name, &bytes, &|_| true);
    }
    Ok(vec![read_csv(&name, &bytes)?])
}

/// The bytes of a table of figures, CSV or workbook; no command may then write over it.
///
/// # Errors
/// It cannot be read, or is too large.
pub fn table_bytes(path: &Path) -> Result<Vec<u8>, Finding> {
    protect(path);
    read_limited(path)
}

fn read_limited(path: &Path) -> Result<Vec<u8>, Finding> {
    // The readers have limits of their own; this one keeps a huge file out of memory.
    read_at_most(path, crate::dataset::table::BYTES_MAX as u64)
}

/// The inputs of this process; no command may write over what it reads.
///
/// One list for the whole process, because an input must be safe from every command and every way of writing.
static INPUTS: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// Makes [`write()`] refuse a file, because it is an input.
pub fn protect(path: &Path) {
    if let (Ok(path), Ok(mut inputs)) = (fs::canonicalize(path), INPUTS.lock()) {
        inputs.insert(path);
    }
}

/// Whether this process may write over files that hold something: as it was started, and nothing else.
static MAY_OVERWRITE: AtomicBool = AtomicBool::new(false);

/// Lets [`write()`] replace files that hold something.
pub fn allow_overwriting() {
    MAY_OVERWRITE.store(true, Ordering::Relaxed);
}

/// Whether files that hold something may be replaced.
pub fn may_overwrite() -> bool {
    MAY_OVERWRITE.load(Ordering::Relaxed)
}

/// Whether a file may be written, so that nobody waits for a result that has no place to go to.
///
/// # Errors
/// It is an input of this process, or holds something and may not be replaced.
pub fn writable(path: &Path) -> Result<(), Finding> {
    let place = || Place::file(path.display().to_string());
    // A folder of data is an input too, but what is wrong with it as an output is that it is a folder.
    if path.is_dir() {
        let why = why(&io::ErrorKind::IsADirectory.into());
        return Err(Finding::error("cli.unwritable", place()).with("why", why));
    }
    if INPUTS.lock().is_ok_and(|inputs| inputs.contains(&target_of(path))) {
        return Err(Finding::error("cli.output_is_input", place()));
    }
    let holds = |path: &Path| fs::metadata(path).is_ok_and(|known| known.is_file() && known.len() > 0);
    if holds(path) && !may_overwrite() {
        return Err(Finding::error("cli.exists", place()));
    }
    Ok(())
}

/// Writes a file whole or not at all: into a temporary name beside it, then renamed.
///
/// A link is followed; a pipe or device is written into as it is.
///
/// # Errors
/// The file may not be written ([`writable`]), or cannot be.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), Finding> {
    writable(path)?;
    replace(path, bytes)
}

/// Writes a file that the command itself made before, such as the parts of a sweep that goes on.
///
/// # Errors
/// The file is an input of this process, or cannot be written.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), Finding> {
    let place = || Place::file(path.display().to_string());
    let failed = |error: io::Error| Finding::error("cli.unwritable", place()).with("why", why(&error));
    let known = fs::metadata(path).ok();
    if let Some(known) = known.as_ref().filter(|known| !known.is_file()) {
        if known.is_dir() {
            return Err(failed(io::ErrorKind::IsADirectory.into()));
        }
        return write_into(path, bytes).map_err(failed);
    }
    let target = target_of(path);
    if INPUTS.lock().is_ok_and(|inputs| inputs.contains(&target)) {
        return Err(Finding::error("cli.output_is_input", place()));
    }
    if let Some(folder) = target.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    let temporary = beside(&target);
    let result = fs::File::create_new(&temporary)
        .and_then(|mut file| {
            if let Some(known) = &known {
                file.set_permissions(known.permissions())?;
            }
            file.write_all(bytes).and_then(|()| file.sync_all())
        })
        .and_then(|()| fs::rename(&temporary, &target));
    result.map_err(|error| {
        let _ = fs::remove_file(&temporary);
        failed(error)
    })
}

/// Adds to the end of a file, which is made where it is not there; what stands in it is never touched.
///
/// # Errors
/// The file is an input of this process, or cannot be written.
pub fn append(path: &Path, bytes: &[u8]) -> Result<(), Finding> {
    let place = || Place::file(path.display().to_string());
    if INPUTS.lock().is_ok_and(|inputs| inputs.contains(&target_of(path))) {
        return Err(Finding::error("cli.output_is_input", place()));
    }
    let file = fs::OpenOptions::new().create(true).append(true).open(path);
    file.and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .map_err(|error| Finding::error("cli.unwritable", place()).with("why", why(&error)))
}

/// Into a pipe or device; a reader that has closed it has what it wanted.
fn write_into(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let result = fs::OpenOptions::new().write(true).open(path).and_then(|mut file| file.write_all(bytes));
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// What a path stands for once its links are followed, whether or not the file exists yet.
fn target_of(path: &Path) -> PathBuf {
    if let Ok(found) = fs::canonicalize(path) {
        return found;
    }
    let folder = path.parent().unwrap_or(Path::new(""));
    match fs::read_link(path) {
        // A link to a file that is not there yet.
        Ok(link) => folder.join(link),
        Err(_) => path.to_path_buf(),
    }
}

/// A name for the time of writing, hidden and of this process alone.
fn beside(target: &Path) -> PathBuf {
    let name = target.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    target.with_file_name(format!(".{name}.{}.tmp", std::process::id()))
}
