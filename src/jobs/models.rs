//! Prepared models kept warm: text parsed, data read and joined, what does not depend on a change compiled.

use std::sync::Arc;

use crate::dataset::Source;
use crate::finding::Findings;
use crate::jobs::answers::{Answers, Key, key_of};
use crate::run::{self, Inputs, Prepared};
use crate::scenario::Change;

/// A model file and its data without changes, and what could be prepared of them.
#[derive(Debug)]
pub struct Base {
    /// Hash of model, file names and data.
    pub key: Key,
    inputs: Inputs,
    prepared: Option<Prepared>,
}

impl Base {
    fn new(key: Key, inputs: Inputs) -> Self {
        let prepared = run::prepare(&inputs).ok();
        Self { key, inputs, prepared }
    }

    /// The model under changes: the same as if all were read anew.
    ///
    /// # Errors
    /// All findings where one is an error.
    pub fn under(&self, changes: &[Change]) -> Result<Prepared, Findings> {
        let fresh = || run::prepare(&Inputs { changes: changes.to_vec(), ..self.inputs.clone() });
        match &self.prepared {
            Some(prepared) if changes.is_empty() => Ok(prepared.clone()),
            // What does not fit, or needs the data read anew, is told as a fresh reading tells it.
            Some(prepared) => run::changed(prepared, changes).or_else(|_| fresh()),
            // A change may repair what is wrong.
            None => fresh(),
        }
    }

    /// The model file, as the user calls it.
    pub fn model_file(&self) -> &str {
        &self.inputs.model_file
    }
}

/// Models kept, the least recently used dropped.
#[derive(Debug)]
pub struct Models {
    kept: Answers<Base>,
}

impl Models {
    /// Keeps so many models of so many bytes (of their files) together.
    pub fn new(count: usize, bytes: u64) -> Self {
        Self { kept: Answers::new(count, bytes) }
    }

    /// The key of a model and its data.
    pub fn key(model_file: &str, model_text: &str, source: &Source) -> Key {
        let names = [model_file.as_bytes(), model_text.as_bytes(), source.name.as_bytes()];
        let files = source.files.iter().flat_map(|(name, bytes)| [name.as_bytes(), bytes.as_slice()]);
        key_of(names.into_iter().chain(files))
    }

    /// The model of some inputs, prepared now or before; their changes are left aside.
    pub fn open(&self, key: Key, inputs: impl FnOnce() -> Inputs) -> Arc<Base> {
        if let Some(known) = self.kept.get(&key) {
            return known;
        }
        let inputs = Inputs { changes: Vec::new(), ..inputs() };
        let files: usize = inputs.source.files.iter().map(|(_, bytes)| bytes.len()).sum();
        // Prepared data take some ten times the room of their files.
        let bytes = (inputs.model_text.len() + files) as u64 * 11;
        let base = Arc::new(Base::new(key, inputs));
        self.kept.put(key, Arc::clone(&base), bytes);
        base
    }

    /// Times a model was found prepared, and times it was not.
    pub fn hits(&self) -> (u64, u64) {
        self.kept.hits()
    }
}
