//! From a question to what a worker needs: model text, data, changes.

use std::sync::Arc;

use crate::dataset::Source;
use crate::document::spots::Spots;
use crate::finding::{Finding, Findings, Place};
use crate::http::documents::{DataRef, ModelRef, Named, WhatIf};
use crate::http::edge::aside::aside;
use crate::http::edge::problem::{self, Problem};
use crate::http::failures::{of_store, pointed};
use crate::http::library::{FOLDER, is_name};
use crate::http::limits;
use crate::http::shelf::Shelf;
use crate::http::state::{Data, Outline, Service};
use crate::jobs::{Asked, Base, Key, Models, key_of};
use crate::office;
use crate::phrases::Phrase;
use crate::questions::{self, ChangeText};
use crate::run;
use crate::scenario::{Change, Scenario, stacked};

/// A model's text and what it is called.
#[derive(Debug, Clone)]
pub struct Text {
    /// Name in the service; `inline` where it came written out.
    pub name: String,
    /// Version; `None` where it came written out.
    pub version: Option<i64>,
    /// File name, in findings and warnings.
    pub file: String,
    /// The text.
    pub text: String,
    /// The workbook that it came in.
    pub book: Option<Book>,
}

/// What a workbook holds beside the text of its model.
#[derive(Debug, Clone)]
pub struct Book {
    /// Cells of the lines of the text.
    pub spots: Arc<Spots>,
    /// Its own data, where it has sheets of them and names no others.
    pub data: Option<Arc<Data>>,
}

/// Reads a workbook that is a model.
///
/// # Errors
/// What is wrong with its sheets, each with its cell.
pub fn workbook(name: &str, bytes: Vec<u8>) -> Result<Text, Problem> {
    let file = format!("{name}.xlsx");
    let spelled = office::model::read_beside(&file, name, &bytes).map_err(pointed)?;
    if spelled.text.len() > limits::MODEL_MAX {
        return Err(pointed(limits::too_long(Place::file(&file), limits::MODEL_MAX).into()));
    }
    let is_own = spelled.holds_data && run::named(&spelled.text, &file, &[]).is_ok_and(|named| named.dataset == name);
    let own = is_own.then(|| Source { name: "data".to_owned(), files: vec![(file.clone(), bytes)] });
    let book = Book { spots: Arc::new(spelled.spots), data: own.map(|source| Arc::new(of_source(source))) };
    Ok(Text { name: name.to_owned(), version: None, file, text: spelled.text, book: Some(book) })
}

/// A question resolved, with a key of everything that its answer depends on.
#[derive(Debug, Clone)]
pub struct Resolved {
    /// Model without changes, and the changes.
    pub asked: Asked,
    /// The model.
    pub model: Text,
    /// Name of the dataset; `data` where it came written out.
    pub dataset: String,
    /// Hash of engine, model and data.
    pub model_key: Key,
    /// Hash of engine, model, data and changes.
    pub key: Key,
    /// Key under which the answer is remembered: how fast an answer comes must not tell one organisation what another has asked.
    pub answer: Key,
}

fn file_of(name: &str) -> String {
    format!("{FOLDER}/{name}.toml")
}

impl Service {
    /// The text of a model.
    ///
    /// # Errors
    /// 404 for one that is not there.
    pub async fn model_text(&self, org: &str, named: &Named) -> Result<Text, Problem> {
        let unknown =
            || Problem::new(problem::NOT_FOUND).detail(Phrase::new("service.no_model").with("name", &named.name));
        if let Some(text) = self.library.models.get(&named.name) {
            if named.version.is_some_and(|version| version != 1) {
                return Err(unknown());
            }
            let (name, text) = (named.name.clone(), text.clone());
            return Ok(Text { file: file_of(&name), name, version: Some(1), text, book: None });
        }
        if !is_name(&named.name) {
            return Err(unknown());
        }
        let found = self.store.model(org, &named.name, named.version.map(i64::from)).await;
        let found = found
            .map_err(|error| if error == crate::store::StoreError::NotFound { unknown() } else { of_store(error) })?;
        let name = found.entry.name;
        let version = Some(found.entry.version);
        Ok(Text { file: file_of(&name), name, version, text: found.text, book: None })
    }

    /// The files of a dataset.
    ///
    /// # Errors
    /// 404 for one that is not there.
    pub async fn dataset(&self, org: &str, named: &Named) -> Result<Arc<Data>, Problem> {
        let unknown =
            || Problem::new(problem::NOT_FOUND).detail(Phrase::new("service.no_dataset").with("name", &named.name));
        if let Some(source) = self.library.datasets.get(&named.name) {
            if named.version.is_some_and(|version| version != 1) {
                return Err(unknown());
            }
            let key = key_of([b"library".as_slice(), named.name.as_bytes()]);
            return self.kept(key, Source::clone(source)).await;
        }
        if !is_name(&named.name) {
            return Err(unknown());
        }
        let version = named.version.map(i64::from);
        let failed = |error| if error == crate::store::StoreError::NotFound { unknown() } else { of_store(error) };
        let entry = self.store.dataset(org, &named.name, version).await.map_err(failed)?;
        let key = key_of([b"store".as_slice(), org.as_bytes(), named.name.as_bytes(), entry.hash.as_bytes()]);
        if let Some(known) = self.data.get(&key) {
            return Ok(known);
        }
        let (entry, files) = self.store.dataset_files(org, &named.name, Some(entry.version)).await.map_err(failed)?;
        let files = files.into_iter().map(|file| (file.name, file.bytes)).collect();
        let source = Source { name: format!("{FOLDER}/../datasets/{}", entry.name), files };
        self.kept(key, source).await
    }

    async fn kept(&self, key: Key, source: Source) -> Result<Arc<Data>, Problem> {
        if let Some(known) = self.data.get(&key) {
            return Ok(known);
        }
        let bytes = size(&source);
        let data = aside(bytes, move || Ok(Arc::new(of_source(source)))).await?;
        self.data.put(key, Arc::clone(&data), bytes as u64);
        Ok(data)
    }

    /// The model of a reference.
    ///
    /// # Errors
    /// 404 for one that is not there.
    pub async fn model(&self, org: &str, model: &ModelRef) -> Result<Text, Problem> {
        match model {
            ModelRef::Named(named) => self.model_text(org, named).await.map_err(|problem| problem.pointer("/model")),
            ModelRef::Inline(inline) => Ok(Text {
                name: "inline".to_owned(),
                version: None,
                file: "model.toml".to_owned(),
                text: inline.text.clone(),
                book: None,
            }),
            ModelRef::Workbook(book) => {
                let pointer = "/model/workbook";
                let wrong =
                    || Problem::new(problem::WRONG_SHAPE).detail(Phrase::new("service.no_base64")).pointer(pointer);
                if book.workbook.len() > limits::WORKBOOK_MAX {
                    let place = Place::file(pointer);
                    return Err(pointed(limits::too_long(place, limits::WORKBOOK_MAX).into()));
                }
                let bytes = book.bytes().ok_or_else(wrong)?;
                // What a workbook holds is packed.
                let read = move || workbook("model", bytes);
                Ok(Text { name: "inline".to_owned(), ..aside(usize::MAX, read).await? })
            }
        }
    }

    /// The data of a question: those given, else those that the model names.
    ///
    /// # Errors
    /// 404 for a dataset that is not there, findings where the model's head is wrong or leads out of the service.
    pub async fn data(
        self: &Arc<Self>,
        org: &str,
        model: &Text,
        data: Option<&DataRef>,
        changes: &[Change],
    ) -> Result<Arc<Data>, Problem> {
        match data {
            Some(DataRef::Dataset(named)) => self.dataset(org, named).await.map_err(|problem| problem.pointer("/data")),
            Some(DataRef::Files(files)) => {
                let file = |(name, text): (&String, &String)| (name.clone(), text.clone().into_bytes());
                let files: Vec<(String, Vec<u8>)> = files.files.iter().map(file).collect();
                if let Some((name, _)) = files.iter().find(|(name, _)| name.contains(['/', '\\', '\0'])) {
                    let finding = Finding::error("service.file_name", Place::file("/data/files"));
                    return Err(pointed(finding.with("name", name).into()));
                }
                let source = Source { name: "data".to_owned(), files };
                aside(size(&source), move || Ok(Arc::new(of_source(source)))).await
            }
            None => {
                if let Some(own) = model.book.as_ref().and_then(|book| book.data.clone()) {
                    return Ok(own);
                }
                let outline = self.outline(org, model, changes, true).await?;
                let named = Named { name: outline.dataset.clone().unwrap_or_default(), version: None };
                self.dataset(org, &named).await.map_err(|problem| problem.pointer("/model"))
            }
        }
    }

    /// What a model file looks like at a glance: its rules, and where it is asked the dataset that it refers to.
    ///
    /// # Errors
    /// Findings where the head is wrong or leads out of the service.
    async fn outline(
        self: &Arc<Self>,
        org: &str,
        model: &Text,
        changes: &[Change],
        with_data: bool,
    ) -> Result<Arc<Outline>, Problem> {
        let changed = changes.iter().any(|change| change.path.starts_with("model") || change.path.contains("dataset"));
        let changed = changed && with_data;
        let kind = if with_data { b"reference".as_slice() } else { b"outline" };
        let key = key_of([kind, org.as_bytes(), model.file.as_bytes(), model.text.as_bytes()]);
        if !changed && let Some(known) = self.references.get(&key) {
            return Ok(known);
        }
        let (text, changes) = (model.clone(), changes.to_vec());
        let look = move || {
            let dataset = if with_data { Some(reference(&text, &changes).map_err(pointed)?) } else { None };
            Ok(Arc::new(Outline { dataset, rules: limits::rules(&text.text, &text.file) }))
        };
        let outline = aside(model.text.len(), look).await?;
        if !changed {
            self.references.put(key, Arc::clone(&outline), 256);
        }
        Ok(outline)
    }

    /// The changes of scenarios, then those written out.
    ///
    /// # Errors
    /// Everything that is wrong with either, by pointer.
    pub fn changes(&self, scenarios: &[String], changes: &[ChangeText], shelf: &Shelf) -> Result<Vec<Change>, Problem> {
        let (mut list, mut findings) = (Vec::new(), Vec::new());
        for (index, change) in changes.iter().enumerate() {
            limits::change(change, &Place::file(format!("/changes/{index}")))
                .map_err(|finding| pointed(finding.into()))?;
        }
        match self.scenarios(scenarios, shelf) {
            Ok(found) => list.extend(stacked(&found)),
            Err(Findings(found)) => findings.extend(found),
        }
        match questions::parse(changes, "/changes") {
            Ok(found) => list.extend(found),
            Err(Findings(found)) => findings.extend(found),
        }
        if findings.is_empty() { Ok(list) } else { Err(pointed(Findings(findings))) }
    }

    /// Scenarios by word.
    ///
    /// # Errors
    /// Everything that is wrong with them, by pointer.
    pub fn scenarios(&self, words: &[String], shelf: &Shelf) -> Result<Vec<Scenario>, Findings> {
        let (mut list, mut findings) = (Vec::new(), Vec::new());
        for (index, word) in words.iter().enumerate() {
            match self.library.scenario(word, shelf) {
                Ok(found) => list.push(found),
                Err(Findings(found)) => findings.extend(found.into_iter().map(|mut finding| {
                    if finding.place.file.as_deref() == Some("--scenario") {
                        finding.place.file = Some(format!("/scenarios/{index}"));
                    }
                    finding
                })),
            }
        }
        if findings.is_empty() { Ok(list) } else { Err(Findings(findings)) }
    }

    /// A question, ready for a worker.
    ///
    /// # Errors
    /// What is not there, too large, or wrong with the changes; what is wrong with model and data is found by the worker.
    pub async fn resolve(self: &Arc<Self>, org: &str, question: &WhatIf) -> Result<Resolved, Problem> {
        let shelf = self.shelf(org, &question.scenarios).await?;
        let changes = self.changes_of(question, shelf).await?;
        let model = self.model(org, &question.model).await?;
        let data = self.data(org, &model, question.data.as_ref(), &changes).await?;
        let is_shipped = self.library.models.contains_key(&model.name) && model.version.is_some();
        if !is_shipped {
            let outline = self.outline(org, &model, &changes, question.data.is_none()).await?;
            limits::model(outline.rules, data.rows, self.settings.rules, &model.file).map_err(pointed)?;
        }
        let spots = model.book.as_ref().map(|book| Arc::clone(&book.spots));
        let model_key = Models::key((&model.file, &model.text), spots.as_deref(), &data.key);
        let texts = changes.iter().flat_map(|change| [change.path.as_bytes(), change.text.as_bytes()]);
        let key = key_of(std::iter::once(model_key.as_slice()).chain(texts));
        let dataset = data.source.name.rsplit('/').next().unwrap_or_default().to_owned();
        let is_public =
            is_shipped && self.library.datasets.get(&dataset).is_some_and(|known| known.name == data.source.name);
        let own = |key: Key| if is_public { key } else { key_of([org.as_bytes(), key.as_slice()]) };
        let base = self.models.open(own(model_key), || {
            // What is wrong with the model the worker finds.
            let account = run::named(&model.text, &model.file, &[]).ok().and_then(|named| named.account);
            let source = self.library.with_account(account.as_ref(), &data.source);
            Base::new(model.file.clone(), model.text.clone(), source, spots)
        });
        Ok(Resolved { asked: Asked { base, changes }, model, dataset, model_key, key, answer: own(key) })
    }

    /// The changes of a question; a long list of them is read aside.
    async fn changes_of(self: &Arc<Self>, question: &WhatIf, shelf: Shelf) -> Result<Vec<Change>, Problem> {
        // A scenario of the library is a file to read.
        let files: usize = question.scenarios.iter().map(|word| word.split('+').count() * 1000).sum();
        let written: usize = question.scenarios.iter().map(String::len).sum();
        let (service, scenarios, changes) = (Arc::clone(self), question.scenarios.clone(), question.changes.clone());
        let weight = files + written + changes.len() * 100;
        aside(weight, move || service.changes(&scenarios, &changes, &shelf)).await
    }
}

/// The name of the dataset that a model refers to: `../datasets/NAME` or `NAME`, and nothing else.
fn reference(model: &Text, changes: &[Change]) -> Result<String, Findings> {
    let located = |findings| match &model.book {
        Some(book) => book.spots.locate(&model.file, findings),
        None => findings,
    };
    let reference = run::named(&model.text, &model.file, changes).map_err(located)?.dataset;
    let name = reference.strip_prefix("../datasets/").unwrap_or(&reference);
    if is_name(name) {
        return Ok(name.to_owned());
    }
    let place = Place::file(&model.file).column("model.dataset");
    Err(located(Finding::error("service.dataset_reference", place).with("reference", &reference).into()))
}

fn size(source: &Source) -> usize {
    source.files.iter().map(|(_, bytes)| bytes.len()).sum()
}

fn of_source(source: Source) -> Data {
    let files = source.files.iter().flat_map(|(name, bytes)| [name.as_bytes(), bytes.as_slice()]);
    let key = key_of(std::iter::once(source.name.as_bytes()).chain(files));
    let rows = limits::rows(&source);
    Data { source: Arc::new(source), key, rows }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::library::Library;
    use crate::http::state::Settings;
    use crate::store::{Server, open};

    /// How fast an answer comes tells nobody what another organisation has asked of what is not public.
    #[actix_web::test]
    async fn what_one_organisation_asked_is_not_remembered_for_another() {
        let store = open("sqlite::memory:").await.unwrap();
        let library = Library::open(std::path::Path::new("models")).unwrap();
        let server = Server { id: "s".to_owned(), name: "s".to_owned() };
        let service = Arc::new(Service::new(store, library, server, Settings::default()).unwrap());
        let ask = |model: serde_json::Value| serde_json::from_value::<WhatIf>(model).unwrap();
        let text = std::fs::read_to_string("models/minimal.toml").unwrap();
        let shipped = ask(serde_json::json!({ "model": "minimal", "changes": ["fund.district.amount=+5%"] }));
        let inline = ask(serde_json::json!({ "model": { "text": text } }));
        for (question, is_public) in [(&shipped, true), (&inline, false)] {
            let [one, other] =
                [service.resolve("a", question).await.unwrap(), service.resolve("b", question).await.unwrap()];
            assert_eq!(one.key, other.key, "the same question is the same run");
            assert_eq!(one.answer == other.answer, is_public);
            assert_eq!(Arc::ptr_eq(&one.asked.base, &other.asked.base), is_public);
            let again = service.resolve("a", question).await.unwrap();
            assert!(again.answer == one.answer && Arc::ptr_eq(&again.asked.base, &one.asked.base));
        }
    }
}
