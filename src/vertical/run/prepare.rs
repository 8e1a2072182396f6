//! Reading and checking: a model, its data and changes in, a problem out. Nothing is solved.

use std::collections::BTreeSet;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use sha2::{Digest, Sha256};

use crate::accounting::view::Linked;
use crate::dataset::{self, Dataset, EcosystemSpec, Source, hex, indicator};
use crate::document::ENGINE;
use crate::document::spots::Spots;
use crate::document::tree::Node;
use crate::finding::{Finding, Findings, Place};
use crate::phrases::Text;
use crate::policy::{self, Problem, Rebound};
use crate::program;
use crate::run::{Demands, account, demands, demands_beside};
use crate::scenario::{self, Change, Difference};
use crate::solver::Basis;
use crate::units::Money;

/// A model file and its data, before they are read.
#[derive(Debug, Clone)]
pub struct Inputs {
    /// Model file as the user calls it.
    pub model_file: String,
    /// Its text.
    pub model_text: String,
    /// The files of the dataset.
    pub source: Source,
    /// Changes, in order.
    pub changes: Vec<Change>,
    /// Where the lines of the text stand, if the model file is a workbook.
    pub spots: Option<Arc<Spots>>,
}

/// A checked problem with what was found on the way; shared by its clones.
#[derive(Debug, Clone)]
pub struct Prepared(Arc<Parts>);

/// The files that were read, each with its name without folder and the SHA-256 of its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    /// The model file.
    pub model: (String, String),
    /// Tables, workbook and manifest of the data, by name.
    pub data: Vec<(String, String)>,
}

impl Files {
    fn of(inputs: &Inputs, attached: Option<&str>) -> Self {
        let sha256 = |bytes: &[u8]| hex(&Sha256::digest(bytes));
        let base = |name: &str| name.rsplit(['/', '\\']).next().unwrap_or(name).to_owned();
        let mut used = inputs.source.used();
        used.extend(inputs.source.files.iter().map(|(name, _)| name.as_str()).filter(|name| Some(*name) == attached));
        let data = inputs.source.files.iter().filter(|(name, _)| used.contains(&name.as_str()));
        let mut data: Vec<(String, String)> = data.map(|(name, bytes)| (base(name), sha256(bytes))).collect();
        let account =
            inputs.source.files.iter().filter_map(|(name, bytes)| Some((account::account_file(name)?, bytes)));
        data.extend(account.map(|(name, bytes)| (format!("gep/{}", base(name)), sha256(bytes))));
        data.sort();
        data.dedup();
        let model = match &inputs.spots {
            Some(spots) => spots.sha256.clone(),
            None => sha256(inputs.model_text.as_bytes()),
        };
        Self { model: (base(&inputs.model_file), model), data }
    }
}

/// What [`Prepared`] shares.
#[derive(Debug)]
pub struct Parts {
    /// The problem.
    pub problem: Problem,
    /// Its demands.
    pub demands: Demands,
    /// Warnings about the data.
    pub data_warnings: Vec<Finding>,
    /// Warnings about the model and how it fits the data.
    pub warnings: Vec<Finding>,
    /// What the changes came to.
    pub differences: Vec<Difference>,
    /// The number of the run: a hash of the content of model, data, changes and engine. The same number is the same plan.
    pub hash: String,
    /// Digest of the data as read, before changes.
    pub data_digest: String,
    /// The model file, as the user calls it.
    pub model_file: String,
    /// What was read.
    pub files: Arc<Files>,
    /// Where the lines of the model stand, if its file is a workbook.
    pub spots: Option<Arc<Spots>>,
    /// The model with its changes applied.
    pub tree: Node,
    /// The same model and data without changes, where there are any and they can be laid over it.
    pub base: Option<Prepared>,
    /// What the plan without anything set by hand pays, one for each amount of the frame, where amounts follow from it.
    pub calculated: Option<Arc<Vec<Money>>>,
    /// Where the programs of this model ended, once it is known; other models start from there.
    pub(super) bases: OnceLock<Vec<Basis>>,
    /// The account whose values are the GEP of the cells, after changes; `None` where the data have it.
    pub account: Option<Arc<Linked>>,
    /// Digest of the data after changes.
    digest: String,
}

impl Parts {
    /// The place of a line of the model file.
    pub fn place(&self, line: u64, path: &str) -> Place {
        let place = Place::file(&self.model_file);
        let place = if line > 0 { place.row(line).column(path) } else { place.column(path) };
        let finding = Finding::warning("finding.more", place);
        self.spots.as_ref().map_or(finding.clone(), |spots| spots.located(&self.model_file, finding)).place
    }

    /// Whether model and data are the same, whatever changes made them so.
    pub fn is_same_as(&self, other: &Self) -> bool {
        self.digest == other.digest && self.tree.canonical() == other.tree.canonical()
    }
}

impl Prepared {
    /// The same model with another problem made of it.
    pub(super) fn with_problem(&self, problem: Problem, demands: Demands, calculated: Option<Arc<Vec<Money>>>) -> Self {
        Self(Arc::new(Parts {
            problem,
            demands,
            data_warnings: self.data_warnings.clone(),
            warnings: self.warnings.clone(),
            differences: self.differences.clone(),
            hash: self.hash.clone(),
            data_digest: self.data_digest.clone(),
            model_file: self.model_file.clone(),
            files: Arc::clone(&self.files),
            spots: self.spots.clone(),
            tree: self.tree.clone(),
            base: self.base.clone(),
            calculated,
            bases: OnceLock::new(),
            account: self.account.clone(),
            digest: self.digest.clone(),
        }))
    }
}

impl Deref for Prepared {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// The files that a model names, relative to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The dataset.
    pub dataset: String,
    /// The table of batches, where it names one.
    pub attached: Option<String>,
    /// The account whose values are the GEP of the cells, where it names one.
    pub account: Option<String>,
}

/// What a model calls itself; `None` where its head is wrong.
pub fn name_of(model_text: &str, model_file: &str) -> Option<Text> {
    let tree = Node::parse(model_text, model_file).ok()?;
    policy::head(&tree, model_file).ok().map(|head| head.name)
}

/// The files that a model names under changes.
///
/// # Errors
/// What is wrong with the head of the model.
pub fn named(model_text: &str, model_file: &str, changes: &[Change]) -> Result<Named, Findings> {
    let tree = changed_tree(model_text, model_file, changes)?.0;
    let attached = policy::attachment(&tree).map(str::to_owned);
    let head = policy::head(&tree, model_file)?;
    Ok(Named { dataset: head.dataset, attached, account: head.gep.map(|gep| gep.account) })
}

/// The ecosystems that a model names.
///
/// # Errors
/// What is wrong with the head of the model.
pub fn ecosystems_of(model_text: &str, model_file: &str) -> Result<Vec<EcosystemSpec>, Findings> {
    let tree = Node::parse(model_text, model_file)?;
    Ok(policy::head(&tree, model_file)?.ecosystems.into_iter().map(|(spec, _)| spec).collect())
}

fn changed_tree(text: &str, file: &str, changes: &[Change]) -> Result<(Node, Vec<Difference>), Findings> {
    let mut tree = Node::parse(text, file)?;
    let differences = scenario::apply_to_model(changes, &mut tree)?;
    Ok((tree, differences))
}

/// Reads and checks everything, without solving.
///
/// # Errors
/// All findings where one is an error.
pub fn prepare(inputs: &Inputs) -> Result<Prepared, Findings> {
    let anew = || read(inputs, &inputs.changes);
    if inputs.changes.is_empty() { anew() } else { under(read(inputs, &[]).ok().as_ref(), &inputs.changes, anew) }
}

/// A model and its data, prepared without changes already unless they are wrong without, under changes; `anew` reads all three
/// together.
///
/// # Errors
/// All findings where one is an error.
pub fn under(
    base: Option<&Prepared>,
    changes: &[Change],
    anew: impl FnOnce() -> Result<Prepared, Findings>,
) -> Result<Prepared, Findings> {
    match base {
        // What does not fit, or needs the data read anew, is told as a fresh reading tells it.
        Some(base) => changed(base, changes).or_else(|_| anew()),
        // A change may repair what is wrong.
        None => anew(),
    }
}

/// Reads model and data of inputs under changes of its own, those of the inputs aside.
///
/// # Errors
/// All findings where one is an error.
pub fn read(inputs: &Inputs, changes: &[Change]) -> Result<Prepared, Findings> {
    read_lines(inputs, changes).map_err(|findings| locate(inputs.spots.as_ref(), &inputs.model_file, findings))
}

/// Findings about a model at the cells of its workbook, where it stands in one.
fn locate(spots: Option<&Arc<Spots>>, file: &str, findings: Findings) -> Findings {
    match spots {
        Some(spots) => spots.locate(file, findings),
        None => findings,
    }
}

fn read_lines(inputs: &Inputs, changes: &[Change]) -> Result<Prepared, Findings> {
    let mut tree = Node::parse(&inputs.model_text, &inputs.model_file)?;
    // Which table is read, a change may say too; the batches that it brings are there before all other changes.
    let tables: Vec<Change> = changes.iter().filter(|change| names_table(change)).cloned().collect();
    scenario::apply_to_model(&tables, &mut tree)?;
    policy::attach(&mut tree, &inputs.source, &inputs.model_file)?;
    let attached = policy::attachment(&tree).map(str::to_owned);
    let mut differences = scenario::apply_to_model(changes, &mut tree)?;
    let relocate = |findings| scenario::relocate(findings, changes, &tree);
    let head = policy::head(&tree, &inputs.model_file).map_err(relocate)?;
    let specs: Vec<EcosystemSpec> = head.ecosystems.iter().map(|(spec, _)| spec.clone()).collect();
    let (mut data, mut data_warnings) = match &attached {
        Some(attached) => dataset::read(&without(&inputs.source, attached), &specs)?,
        None => dataset::read(&inputs.source, &specs)?,
    };
    let mut linked = None;
    if let Some((opened, noticed)) = account::open(&head, &inputs.source, &inputs.model_file)? {
        data_warnings.extend(noticed);
        account::fill(&opened, &mut data)?;
        linked = Some(opened);
    }
    let data_digest = data.digest();
    if let Some((changed, told)) = account::changed(linked.as_ref(), changes)? {
        account::fill(&changed, &mut data)?;
        differences.extend(told);
        linked = Some(changed);
    }
    differences.extend(scenario::apply_to_data(changes, &mut data)?);
    let (digest, marks) = (data.digest(), data.marks());
    let (problem, warnings) = policy::bind(&tree, &head, data, &inputs.model_file).map_err(relocate)?;
    let Findings(warnings) = locate(inputs.spots.as_ref(), &inputs.model_file, Findings(warnings));
    let demands = demands(&problem)?;
    complete(&problem)?;
    Ok(Prepared(Arc::new(Parts {
        problem,
        demands,
        data_warnings,
        warnings,
        hash: content_hash(&tree, (&digest, &marks), linked.as_deref(), None),
        differences,
        data_digest,
        model_file: inputs.model_file.clone(),
        files: Arc::new(Files::of(inputs, attached.as_deref())),
        spots: inputs.spots.clone(),
        tree,
        base: None,
        calculated: None,
        bases: OnceLock::new(),
        account: linked,
        digest,
    })))
}

/// Whether a change says which table of batches is read.
fn names_table(change: &Change) -> bool {
    matches!(change.path.as_str(), "paid.file" | "paid.sheet")
}

/// The files of a dataset without a table that is none of its own.
fn without(source: &Source, attached: &str) -> Source {
    let files = source.files.iter().filter(|(name, _)| name != attached);
    Source { name: source.name.clone(), files: files.cloned().collect() }
}

/// A figure that a stage needs and the data lack is found here, not while solving.
fn complete(problem: &Problem) -> Result<(), Findings> {
    let missing = program::missing_figures(&problem.frame, &problem.stages);
    if missing.is_empty() { Ok(()) } else { Err(Findings(missing)) }
}

/// The same model and data under further changes, without reading any file again.
///
/// # Errors
/// A change does not fit, needs other data, or the changed model or data are wrong.
pub fn changed(prepared: &Prepared, changes: &[Change]) -> Result<Prepared, Findings> {
    if changes.is_empty() {
        return Ok(prepared.clone());
    }
    if changes.iter().any(names_table) {
        return Err(Finding::error("scenario.other_data", Place::file(&prepared.model_file)).into());
    }
    let Altered { tree, data, indicators, differences: told, account } = altered(prepared, changes, true)?;
    let relocate = |findings: Findings| {
        let findings = scenario::relocate(findings, changes, &tree);
        locate(prepared.spots.as_ref(), &prepared.model_file, findings)
    };
    let digest = if indicators.is_empty() { prepared.digest.clone() } else { data.digest() };
    let Joined { problem, demands, mut warnings, in_part } =
        join(prepared, &tree, (data, &indicators)).map_err(relocate)?;
    if in_part && !(warnings.is_empty() && prepared.warnings.is_empty()) {
        // Which of them still hold, only a full reading tells.
        let data = problem.frame.dataset.clone();
        warnings = policy::bind(&tree, &problem.head, data, &prepared.model_file).map_err(relocate)?.1;
    }
    let Findings(warnings) = locate(prepared.spots.as_ref(), &prepared.model_file, Findings(warnings));
    let differences: Vec<Difference> = prepared.differences.iter().cloned().chain(told).collect();
    let base = prepared.base.as_ref().unwrap_or(prepared);
    let marks = problem.frame.dataset.marks();
    Ok(Prepared(Arc::new(Parts {
        problem,
        demands,
        data_warnings: prepared.data_warnings.clone(),
        warnings,
        hash: content_hash(&tree, (&digest, &marks), account.as_deref(), Some(base)),
        differences,
        data_digest: prepared.data_digest.clone(),
        model_file: prepared.model_file.clone(),
        files: Arc::clone(&prepared.files),
        spots: prepared.spots.clone(),
        tree,
        base: Some(base.clone()),
        calculated: None,
        bases: OnceLock::new(),
        account,
        digest,
    })))
}

/// A changed model joined with its data.
pub(crate) struct Joined {
    /// The problem.
    pub problem: Problem,
    /// Its demands.
    pub demands: Demands,
    /// Warnings about what was read.
    pub warnings: Vec<Finding>,
    /// Whether only what the changes touch was read.
    pub in_part: bool,
}

/// Joins a changed model with data whose figures differ in the given indicators only; what is untouched is shared.
///
/// # Errors
/// Other data are needed, or the changed model or data are wrong.
pub(crate) fn join(
    prepared: &Prepared,
    tree: &Node,
    (data, indicators): (Dataset, &BTreeSet<String>),
) -> Result<Joined, Findings> {
    let head = policy::head(tree, &prepared.model_file)?;
    let known = &prepared.problem.head;
    if head.dataset != known.dataset || head.ecosystems != known.ecosystems || head.gep != known.gep {
        return Err(Finding::error("scenario.other_data", Place::file(&prepared.model_file)).into());
    }
    let trees = (&prepared.tree, tree);
    let Rebound { problem, touched, warnings } =
        policy::rebind(&prepared.problem, trees, &head, (data, indicators), &prepared.model_file)?;
    let demands = demands_beside(&prepared.demands, &problem, &touched)?;
    complete(&problem)?;
    Ok(Joined { problem, demands, warnings, in_part: !touched.everything })
}

/// Model and data under changes, not joined yet.
pub(crate) struct Altered {
    /// The model.
    pub tree: Node,
    /// The data.
    pub data: Dataset,
    /// Indicators with a changed figure.
    pub indicators: BTreeSet<String>,
    /// What the changes came to.
    pub differences: Vec<Difference>,
    /// The account that the model divides by.
    pub account: Option<Arc<Linked>>,
}

/// Lays changes over a prepared model and its data; differences of the data are listed where `tell` asks for them.
///
/// # Errors
/// The changes that do not fit.
pub(crate) fn altered(prepared: &Prepared, changes: &[Change], tell: bool) -> Result<Altered, Findings> {
    let mut tree = prepared.tree.clone();
    let mut data = prepared.problem.frame.dataset.clone();
    let mut differences = scenario::apply_to_model(changes, &mut tree)?;
    let mut account = prepared.account.clone();
    if let Some((changed, told)) = account::changed(account.as_ref(), changes)? {
        // Values of the account come before changes of the data, and would undo those that stand there already.
        let of_data = format!("data.{}", indicator::GEP);
        if prepared.differences.iter().any(|difference| difference.change.starts_with(&of_data)) {
            return Err(Finding::error("scenario.other_data", Place::file(&prepared.model_file)).into());
        }
        account::fill(&changed, &mut data)?;
        differences.extend(told);
        account = Some(changed);
    }
    if tell {
        differences.extend(scenario::apply_to_data(changes, &mut data)?);
    } else {
        scenario::alter_data(changes, &mut data, &mut |_| ())?;
    }
    let indicators = changes.iter().filter_map(|change| change.indicator().map(str::to_owned)).collect();
    Ok(Altered { tree, data, indicators, differences, account })
}

/// Engine, model and data; under changes also the model without them, from whose answer that of this one starts.
fn content_hash(
    tree: &Node,
    (digest, marks): (&str, &str),
    account: Option<&Linked>,
    base: Option<&Prepared>,
) -> String {
    let base = base.map_or("", |base| base.hash.as_str());
    // The same data are the same wherever they lie; what a table of batches says stands in the tree, an account has a hash.
    let tree = tree.without(&["model", "dataset"]).without(&["paid", "file"]).without(&["gep", "account"]);
    let tree = tree.without(&["paid", "batch", policy::BATCH_FROM]);
    let mut text = format!("{ENGINE}\n{}\n{digest}\n{marks}\n{base}", tree.canonical());
    if let Some(account) = account {
        text.push('\n');
        text.push_str(account.hash());
    }
    hex(&Sha256::digest(text.as_bytes()))
}
