//! The folder of a sweep: `sweep.json`, then `draws/part-000000.parquet` (or `.csv`) and so on, each written whole or not at all.

use std::fs;
use std::path::{Path, PathBuf};

use crate::document::reasons;
use crate::files;
use crate::finding::{Finding, Place};
use crate::sweep::layout::{Block, Layout, PART};
use crate::sweep::manifest::{DrawsFormat, Manifest};
use crate::sweep::{csv_part, parquet_part};

/// Results beside the draws.
const RESULTS: [&str; 3] = ["summary.json", "summary.xlsx", "not_solved.csv"];

/// What to do with what a folder already holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// Refuse.
    Refuse,
    /// Go on with it.
    Resume,
    /// Remove it.
    Overwrite,
}

/// The draws kept in a folder.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
    format: DrawsFormat,
    /// Full parts.
    parts: u64,
}

impl Store {
    /// Opens a folder for a sweep; where one is resumed, parts that are not whole are left out.
    ///
    /// # Errors
    /// The folder holds another sweep, or cannot be read or written.
    pub fn open(folder: &Path, manifest: &Manifest, existing: Existing) -> Result<Self, Finding> {
        let store = Self { folder: folder.to_owned(), format: manifest.format, parts: 0 };
        let file = folder.join("sweep.json");
        if file.exists() {
            match existing {
                Existing::Refuse => {
                    return Err(Finding::error("sweep.exists", Place::file(folder.display().to_string())));
                }
                Existing::Resume => {
                    manifest.continues(&read_manifest(&file)?, Place::file(file.display().to_string()))?
                }
                Existing::Overwrite => {}
            }
        }
        let holds_sweep = file.exists();
        // What no sweep vouches for is somebody else's.
        if !holds_sweep && existing != Existing::Overwrite {
            store.own_names().iter().try_for_each(|name| files::writable(name))?;
        }
        if existing != Existing::Resume || !holds_sweep {
            store.remove_parts()?;
        }
        // Results of an earlier state must not stand beside new draws.
        for name in RESULTS {
            let _ = fs::remove_file(folder.join(name));
        }
        let mut text = serde_json::to_string_pretty(manifest).unwrap_or_default();
        text.push('\n');
        files::replace(&file, text.as_bytes())?;
        Ok(store)
    }

    /// Number of full parts.
    pub fn parts(&self) -> u64 {
        self.parts
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn draws(&self) -> PathBuf {
        self.folder.join("draws")
    }

    /// Path of a part.
    pub fn part(&self, index: u64) -> PathBuf {
        self.draws().join(format!("part-{index:06}.{}", self.format.extension()))
    }

    /// Files in the folder that bear names of a sweep.
    fn own_names(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.draws()).into_iter().flatten().filter_map(Result::ok);
        let parts = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with("part-"));
        RESULTS.iter().map(|name| self.folder.join(name)).chain(parts.map(|entry| entry.path())).collect()
    }

    fn remove_parts(&self) -> Result<(), Finding> {
        let Ok(entries) = fs::read_dir(self.draws()) else { return Ok(()) };
        for entry in entries.filter_map(Result::ok) {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with("part-") {
                fs::remove_file(entry.path()).map_err(|error| unwritable(&entry.path(), &error))?;
            }
        }
        Ok(())
    }

    /// Counts the full parts from the beginning; returns the rows of a short one after them. Whatever follows is redone.
    pub fn pending(&mut self, layout: &Layout) -> Block {
        loop {
            let first = self.parts * PART;
            let block = self.read(layout, self.parts).filter(|block| block.continues(first));
            match block {
                Some(block) if block.rows() as u64 == PART => self.parts += 1,
                Some(block) if (block.rows() as u64) < PART => return block,
                _ => return Block::new(layout),
            }
        }
    }

    /// A part, where it is there and can be read.
    pub fn read(&self, layout: &Layout, index: u64) -> Option<Block> {
        let path = self.part(index);
        match self.format {
            DrawsFormat::Csv => csv_part::decode(layout, &fs::read(path).ok()?),
            DrawsFormat::Parquet => parquet_part::decode(layout, fs::File::open(path).ok()?).ok(),
        }
    }

    fn put(&self, layout: &Layout, block: &Block) -> Result<(), Finding> {
        let path = self.part(self.parts);
        let bytes = match self.format {
            DrawsFormat::Csv => csv_part::encode(layout, block).ok_or_else(String::new),
            DrawsFormat::Parquet => parquet_part::encode(layout, block).map_err(|error| error.to_string()),
        };
        let bytes = bytes.map_err(|why| {
            Finding::error("cli.unwritable", Place::file(path.display().to_string())).with("why", why)
        })?;
        files::replace(&path, &bytes)
    }

    /// Writes the next full part.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&mut self, layout: &Layout, block: &Block) -> Result<(), Finding> {
        self.put(layout, block)?;
        self.parts += 1;
        Ok(())
    }

    /// Writes a short part behind the full ones.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write_last(&mut self, layout: &Layout, block: &Block) -> Result<(), Finding> {
        self.put(layout, block)
    }

    /// Removes what an earlier run left behind the first `done` draws.
    ///
    /// # Errors
    /// A file cannot be removed.
    pub fn trim(&self, done: u64) -> Result<(), Finding> {
        let Ok(entries) = fs::read_dir(self.draws()) else { return Ok(()) };
        let kept: Vec<PathBuf> = (0..done.div_ceil(PART)).map(|index| self.part(index)).collect();
        for entry in entries.filter_map(Result::ok) {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with("part-") && !kept.contains(&entry.path()) {
                fs::remove_file(entry.path()).map_err(|error| unwritable(&entry.path(), &error))?;
            }
        }
        Ok(())
    }

    /// Shows the first `done` draws block by block, in order.
    ///
    /// # Errors
    /// A part that was written can no longer be read.
    pub fn each(
        &self,
        layout: &Layout,
        done: u64,
        visit: &mut dyn FnMut(&Block) -> Result<(), Finding>,
    ) -> Result<(), Finding> {
        for index in 0..done.div_ceil(PART) {
            let rows = PART.min(done - index * PART);
            let block = self.read(layout, index);
            let whole = block.filter(|block| block.continues(index * PART) && block.rows() as u64 == rows);
            match whole {
                Some(block) => visit(&block)?,
                None => {
                    let place = Place::file(self.part(index).display().to_string());
                    return Err(Finding::error("sweep.part_damaged", place));
                }
            }
        }
        Ok(())
    }
}

fn read_manifest(file: &Path) -> Result<Manifest, Finding> {
    let text = files::read_text(file)?;
    serde_json::from_str(&text).map_err(|error| {
        Finding::error("sweep.manifest_damaged", Place::file(file.display().to_string()))
            .with("why", reasons::form(&error.to_string()))
    })
}

fn unwritable(path: &Path, error: &std::io::Error) -> Finding {
    Finding::error("cli.unwritable", Place::file(path.display().to_string())).with("why", error.to_string())
}
