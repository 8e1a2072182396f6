//! Where a result goes, and in which form.

use std::io::{self, Write as _};
use std::path::Path;

use clap::ValueEnum;

use crate::cli::failure::Failure;
use crate::files;
use crate::finding::{Finding, Place};
use crate::phrases::{Lang, Phrase};

/// Form of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    Table,
    Json,
    Csv,
    Xlsx,
}

/// Form of an explanation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum TextFormat {
    /// Sentences.
    Table,
    Json,
}

impl Format {
    /// The form asked for, else the one that the name of the file asks for, else a table.
    ///
    /// # Errors
    /// The name contradicts `--format`, names no form known, or a workbook has no file to go to.
    pub fn choose(asked: Option<Self>, output: Option<&Path>) -> Result<Self, Failure> {
        let named = output.map_or(Ok(None), Self::of_name);
        let path = || output.map(|path| path.display().to_string()).unwrap_or_default();
        let format = match (asked, &named) {
            (Some(asked), Ok(Some(named))) if asked != *named => {
                return Err(Failure::usage(
                    Finding::error("cli.format_contradiction", Place::file("-o"))
                        .with("path", path())
                        .with("format", asked.word())
                        .with("named", named.word()),
                ));
            }
            // A workbook under another name is not opened by a spreadsheet program.
            (Some(asked), Err(_)) if asked != Self::Xlsx => asked,
            (None | Some(_), Err(extension)) => {
                return Err(Failure::usage(
                    Finding::error("cli.unknown_extension", Place::file("-o"))
                        .with("path", path())
                        .with("extension", extension),
                ));
            }
            (Some(asked), Ok(_)) => asked,
            (None, Ok(named)) => named.unwrap_or(Self::Table),
        };
        if format == Self::Xlsx && output.is_none_or(is_standard_output) {
            return Err(Failure::usage(Finding::error("cli.needs_output", Place::file("--format xlsx"))));
        }
        Ok(format)
    }

    /// The form that a file name asks for; `None` where it leaves it open (.txt, .md, no extension).
    fn of_name(path: &Path) -> Result<Option<Self>, String> {
        let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
        match extension.as_deref() {
            None | Some("txt" | "text" | "md") => Ok(None),
            Some("json") => Ok(Some(Self::Json)),
            Some("csv") => Ok(Some(Self::Csv)),
            Some("xlsx") => Ok(Some(Self::Xlsx)),
            Some(other) => Err(other.to_owned()),
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
        }
    }
}

/// A file that can only be a workbook must be called so.
pub(super) fn need_workbook_name(path: &Path) -> Result<(), Failure> {
    match path.extension().map(|extension| extension.to_string_lossy().to_lowercase()).as_deref() {
        None | Some("xlsx") => Ok(()),
        Some(extension) => Err(Failure::usage(
            Finding::error("cli.workbook_name", Place::file("-o"))
                .with("path", path.display().to_string())
                .with("extension", extension),
        )),
    }
}

fn is_standard_output(path: &Path) -> bool {
    ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"].iter().any(|name| path == Path::new(name))
}

/// To a file, or to standard output.
pub(super) fn deliver(bytes: &[u8], path: Option<&Path>, lang: Lang) -> Result<(), Failure> {
    match path.filter(|path| !is_standard_output(path)) {
        Some(path) => {
            files::write(path, bytes)?;
            let written = Phrase::new("cli.written").with("path", path.display().to_string());
            let _ = writeln!(io::stderr(), "{}", written.render(lang));
            Ok(())
        }
        None => standard_output(bytes),
    }
}

/// A reader that closed the pipe (head) has what it wanted; anything else, such as a full disk, is an error.
pub(super) fn standard_output(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            let place = Place::file(Phrase::new("cli.standard_output").render(Lang::Zh));
            Err(Finding::error("cli.unwritable", place).with("why", files::why(&error)).into())
        }
        _ => Ok(()),
    }
}
