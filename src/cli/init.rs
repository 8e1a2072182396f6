//! `ecocomp init`: a workbook to begin with, from the office's own table.

use std::io::Write as _;
use std::path::PathBuf;

use clap::Args;

use crate::cli::failure::Failure;
use crate::cli::output::{deliver, only, standard_output};
use crate::cli::usage::Manner;
use crate::cli::warnings;
use crate::files;
use crate::finding::{Finding, Place};
use crate::office::table::{self, File};
use crate::office::{start, table::Facts};
use crate::phrases::{Lang, Phrase};
use crate::report;
use crate::report::forms::Form;

/// Makes a workbook with data, funds and rules from last year's table.
#[derive(Debug, Args)]
pub(super) struct Init {
    /// What the workbook is for, such as the name of the county.
    name: String,
    /// Table as the office has it (.xlsx or .csv); may be repeated.
    #[arg(long = "from", value_name = "FILE", required = true)]
    from: Vec<PathBuf>,
    /// Unit of columns whose table names none; may be repeated.
    #[arg(long = "unit", value_name = "UNIT")]
    units: Vec<String>,
    /// Folder, or workbook, to write; default a workbook here.
    #[arg(short, long)]
    output: Option<PathBuf>,
}

pub(super) fn run(command: &Init, manner: Manner) -> Result<(), Failure> {
    let lang = manner.lang;
    if let Some(unit) = command.units.iter().find(|unit| !table::is_unit(unit)) {
        let finding = Finding::error("office.unknown_unit", Place::file("--unit")).with("unit", unit);
        return Err(Failure::usage(finding));
    }
    let open = |path: &PathBuf| Ok(File { name: path.display().to_string(), bytes: files::table_bytes(path)? });
    let given: Vec<File> = command.from.iter().map(open).collect::<Result<_, Finding>>()?;
    let (facts, found) = table::read(&given, &command.units)?;
    let path = path(command, &facts)?;
    files::writable(&path)?;
    let name = path.display().to_string();
    let started = start::start(&command.name, &facts, &found, (&name, lang))?;
    standard_output(report::started::text(&facts.taken, &started.told, lang).as_bytes())?;
    warnings::show(&found, lang);
    warnings::show(&started.findings, lang);
    deliver(&started.bytes, Some(&path), lang)?;
    let next = Phrase::new("office.told_next").with("file", &name);
    let _ = writeln!(std::io::stderr(), "{}", next.render(lang));
    Ok(())
}

/// The workbook to write: as it is called, or in a folder under the name and the year.
fn path(command: &Init, facts: &Facts) -> Result<PathBuf, Failure> {
    let year = facts.year.map_or_else(String::new, |year| (year + 1).to_string());
    let plain: String = command.name.chars().filter(|c| !matches!(c, '/' | '\\' | ':' | '\0')).collect();
    let file =
        format!("{}{year}.xlsx", if plain.is_empty() { Phrase::new("office.title").render(Lang::Zh) } else { plain });
    Ok(match &command.output {
        Some(path) if path.extension().is_some() && !path.is_dir() => {
            only(Form::Xlsx, path)?;
            path.clone()
        }
        Some(folder) => folder.join(file),
        None => PathBuf::from(file),
    })
}
