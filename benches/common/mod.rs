//! Synthetic models in memory (seed 3), for benchmarks of what comes after reading.

use ecocomp::dataset::{Source, synthetic};
use ecocomp::run::{self, Inputs, Prepared};

/// A synthetic model of so many areas, read and checked.
pub fn prepared(areas: usize) -> Prepared {
    let files = synthetic::generate(areas, 3).files;
    let text = |name: &str| files.iter().find(|(known, _)| *known == name).map(|(_, text)| text.clone());
    let model_text = text("model.toml").expect("a model");
    let tables = files.iter().filter(|(name, _)| Source::concerns(name));
    let files = tables.map(|(name, text)| ((*name).to_owned(), text.clone().into_bytes())).collect();
    let source = Source { name: "synthetic".to_owned(), files };
    run::prepare(&Inputs { model_file: "model.toml".to_owned(), model_text, source, changes: Vec::new(), spots: None })
        .expect("a sound model")
}
