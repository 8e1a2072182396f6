//! `ecocomp convert`: a model file as a workbook, and back.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::failure::Failure;
use crate::cli::output::deliver;
use crate::cli::usage::Manner;
use crate::document::tree::{Node, Value};
use crate::files;
use crate::finding::{Finding, Place};
use crate::office::model::{Extra, workbook};
use crate::office::toml::{comments, print};

/// Turns a model file (.toml) into a workbook (.xlsx), or back; it stays the same model.
#[derive(Debug, Args)]
pub(super) struct Convert {
    /// Model: .toml or .xlsx.
    from: PathBuf,
    /// File to write: .xlsx or .toml.
    to: PathBuf,
}

pub(super) fn run(command: &Convert, manner: Manner) -> Result<(), Failure> {
    let name = command.from.display().to_string();
    let (text, _) = files::model_text(&command.from)?;
    let mut tree = Node::parse(&text, &name)?;
    files::writable(&command.to)?;
    move_data(&mut tree, &command.from, &command.to);
    let ending = command.to.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default();
    let comments = comments(&text);
    let bytes = match ending.as_str() {
        "toml" => print(&tree, &comments).text.into_bytes(),
        "xlsx" => workbook(&tree, &comments, &Extra::default(), manner.lang)
            .map_err(|error| Finding::error("cli.unwritable", Place::default()).with("why", error.to_string()))?,
        _ => {
            let place = Place::file(command.to.display().to_string());
            return Err(Failure::usage(Finding::error("office.no_form", place)));
        }
    };
    deliver(&bytes, Some(&command.to), manner.lang)
}

/// The data stay where they are: from another folder they are called otherwise.
fn move_data(tree: &mut Node, from: &Path, to: &Path) {
    let folder = |path: &Path| path.parent().map(Path::to_path_buf).unwrap_or_default();
    let whole = |path: &Path| {
        let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        std::path::absolute(path).ok()
    };
    let (Some(here), Some(there)) = (whole(&folder(from)), whole(&folder(to))) else { return };
    if here == there {
        return;
    }
    for (section, key) in [("model", "dataset"), ("paid", "file"), ("gep", "account")] {
        let Value::Table(entries) = &mut tree.value else { return };
        let table = entries.iter_mut().find(|(known, _)| known == section).map(|(_, node)| &mut node.value);
        let Some(Value::Table(table)) = table else { continue };
        let file = table.iter_mut().find(|(known, _)| known == key).map(|(_, node)| &mut node.value);
        let Some(Value::Text(file)) = file else { continue };
        let path = plain(&here.join(&file));
        // Batches may lie beside the data: then they are called as they were.
        if key != "file" || path.exists() {
            *file = relative(&there, &path);
        }
    }
}

/// A path without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::ParentDir => drop(plain.pop()),
            std::path::Component::CurDir => {}
            part => plain.push(part),
        }
    }
    plain
}

/// What a path is called from a folder.
fn relative(folder: &Path, path: &Path) -> String {
    let folder = plain(folder);
    let shared = folder.components().zip(path.components()).take_while(|(one, other)| one == other).count();
    let up = folder.components().skip(shared).map(|_| "..".to_owned());
    let down = path.components().skip(shared).map(|part| part.as_os_str().to_string_lossy().into_owned());
    let parts: Vec<String> = up.chain(down).collect();
    if parts.is_empty() { ".".to_owned() } else { parts.join("/") }
}
