//! Prepared models kept warm: text parsed, data read and joined.

use std::sync::{Arc, OnceLock};

use crate::dataset::Source;
use crate::document::spots::Spots;
use crate::finding::Findings;
use crate::jobs::answers::{Answers, Key, key_of};
use crate::run::{self, Inputs, Prepared};
use crate::scenario::Change;

/// A model file and its data without changes, and what could be prepared of them.
#[derive(Debug)]
pub struct Base {
    model_file: String,
    model_text: String,
    source: Arc<Source>,
    spots: Option<Arc<Spots>>,
    prepared: OnceLock<Option<Prepared>>,
}

impl Base {
    /// A model that is prepared when it is first asked for; with the cells of its lines where it stands in a workbook.
    pub fn new(model_file: String, model_text: String, source: Arc<Source>, spots: Option<Arc<Spots>>) -> Self {
        Self { model_file, model_text, source, spots, prepared: OnceLock::new() }
    }

    fn read(&self, changes: &[Change]) -> Result<Prepared, Findings> {
        let inputs = Inputs {
            model_file: self.model_file.clone(),
            model_text: self.model_text.clone(),
            source: Source::clone(&self.source),
            changes: Vec::new(),
            spots: self.spots.clone(),
        };
        run::read(&inputs, changes)
    }

    /// The model under changes: the same as if all were read anew.
    ///
    /// # Errors
    /// All findings where one is an error.
    pub fn under(&self, changes: &[Change]) -> Result<Prepared, Findings> {
        let base = self.prepared.get_or_init(|| self.read(&[]).ok());
        run::under(base.as_ref(), changes, || self.read(changes))
    }

    /// About how many bytes it takes: prepared data take some ten times the room of their files.
    fn weight(&self) -> u64 {
        let files: usize = self.source.files.iter().map(|(_, bytes)| bytes.len()).sum();
        (self.model_text.len() + files) as u64 * 11
    }
}

/// Models kept, the least recently used dropped.
#[derive(Debug)]
pub struct Models {
    kept: Answers<Base>,
}

impl Models {
    /// Keeps so many models of so many bytes together.
    pub fn new(count: usize, bytes: u64) -> Self {
        Self { kept: Answers::new(count, bytes) }
    }

    /// The key of a model and its data; two workbooks may spell the same text.
    pub fn key((file, text): (&str, &str), spots: Option<&Spots>, data: &Key) -> Key {
        let workbook = spots.map_or(&[][..], |spots| spots.sha256.as_bytes());
        key_of([file.as_bytes(), text.as_bytes(), workbook, data.as_slice()])
    }

    /// The model of a key, known or new; it is prepared by who first asks it something.
    pub fn open(&self, key: Key, new: impl FnOnce() -> Base) -> Arc<Base> {
        if let Some(known) = self.kept.get(&key) {
            return known;
        }
        let base = Arc::new(new());
        self.kept.put(key, Arc::clone(&base), base.weight());
        base
    }

    /// Times a model was found, and times it was not.
    pub fn hits(&self) -> (u64, u64) {
        self.kept.hits()
    }
}
