//! What a question is: plain data with one way to its answer. Whoever asks gives the model and the means.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::document::typed::Document;
use crate::finding::{Finding, Place};
use crate::questions::Failure;
use crate::report::forms::{Answer, Printed};
use crate::run::{self, Prepared, Solved};
use crate::scenario::{Difference, Scenario};
use crate::solver::SolveOptions;

/// What an answer may take, and who hears of it.
pub struct Means<'a> {
    /// Limits of time, and the interrupt.
    pub options: SolveOptions,
    /// Threads for independent work; answers do not depend on it.
    pub threads: usize,
    /// Most scenarios that one question may solve; `None` for any number.
    pub most: Option<u64>,
    /// Folder that may be made for what does not stay; whoever asks removes it.
    pub spool: PathBuf,
    /// Told how many parts are done, of how many.
    pub told: &'a mut dyn FnMut(u64, u64),
    /// Told what changes come to, before anything is solved.
    pub changed: &'a dyn Fn(&[Difference]),
}

impl Means<'_> {
    /// Refuses more scenarios than may be solved at once; `member` is where the question says so many.
    ///
    /// # Errors
    /// There are more.
    pub fn within(&self, wanted: u64, member: &'static str) -> Result<(), Finding> {
        match self.most {
            Some(most) if wanted > most => {
                let finding = Finding::error("service.too_many_draws", Place::file(member));
                Err(finding.with("wanted", wanted.to_string()).with("most", most.to_string()))
            }
            _ => Ok(()),
        }
    }
}

/// A model and its data under changes, read and joined.
pub struct Model {
    /// The model.
    pub prepared: Prepared,
    /// Scenarios beside it, where the question takes them so.
    pub scenarios: Vec<Scenario>,
}

impl Model {
    /// Solves it; `keep_programs` for what looks at the programs afterwards.
    ///
    /// # Errors
    /// No plan, a limit, a failure of the solver.
    pub fn solved(self, keep_programs: bool, means: &Means<'_>) -> Result<Solved, Failure> {
        (means.changed)(&self.prepared.differences);
        run::solve(self.prepared, &means.options, keep_programs).map_err(|error| Failure::of(error, &means.options))
    }
}

/// A question about a model. Its members are options of the command line and members of a body, its documentation is that of both.
pub trait OfModel: clap::Args + Serialize + DeserializeOwned + JsonSchema + Send + Sync + 'static {
    /// Its answer.
    type Answer: Printed + JsonSchema + Send + 'static;

    /// Answers it.
    ///
    /// # Errors
    /// What is wrong with question or model, no plan, a limit.
    fn answer(&self, model: Model, means: &mut Means<'_>) -> Result<Self::Answer, Failure>;
}

/// A question about a model, of any kind.
pub trait AskModel: Send + Sync {
    /// Answers it.
    ///
    /// # Errors
    /// As [`OfModel::answer`].
    fn ask(&self, model: Model, means: &mut Means<'_>) -> Result<Box<dyn Answer>, Failure>;

    /// The question as a document, what was left out included.
    fn document(&self) -> serde_json::Value;

    /// The member that an option of the command line is; findings bear the options for places.
    fn member(&self, option: &str) -> Option<String>;
}

impl<Q: OfModel> AskModel for Q {
    fn ask(&self, mut model: Model, means: &mut Means<'_>) -> Result<Box<dyn Answer>, Failure> {
        let resolved = run::resolved(&model.prepared, &means.options);
        model.prepared = resolved.map_err(|error| Failure::of(error, &means.options))?;
        Ok(Box::new(self.answer(model, means)?))
    }

    fn document(&self) -> serde_json::Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    fn member(&self, option: &str) -> Option<String> {
        let options = Q::augment_args(clap::Command::new(""));
        let found = options.get_arguments().find(|known| known.get_long() == Some(option));
        found.map(|known| known.get_id().to_string())
    }
}

/// A question that is a document complete in itself.
pub trait OfDocument: Document + JsonSchema + Send + 'static {
    /// Its answer.
    type Answer: Printed + JsonSchema + Send + 'static;

    /// Answers it; findings have key paths of the document for places.
    ///
    /// # Errors
    /// What is wrong with the document, a limit.
    fn answer(self, options: &SolveOptions) -> Result<Self::Answer, Failure>;

    /// Whether it may take long.
    fn is_long(&self) -> bool {
        false
    }

    /// Why an answer says nothing, where it does.
    fn nothing(_: &Self::Answer) -> Option<Finding> {
        None
    }

    /// Whether an answer is whole: no limit cut short what was looked for.
    fn is_complete(_: &Self::Answer) -> bool {
        true
    }
}

/// A question that is a document, of any kind.
pub trait AskDocument: Send {
    /// Answers it.
    ///
    /// # Errors
    /// As [`OfDocument::answer`].
    fn ask(self: Box<Self>, options: &SolveOptions) -> Result<Box<dyn Answer>, Failure>;

    /// Whether it may take long.
    fn is_long(&self) -> bool;
}

impl<Q: OfDocument> AskDocument for Q {
    fn ask(self: Box<Self>, options: &SolveOptions) -> Result<Box<dyn Answer>, Failure> {
        Ok(Box::new(self.answer(options)?))
    }

    fn is_long(&self) -> bool {
        OfDocument::is_long(self)
    }
}
