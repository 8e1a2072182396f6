//! The model file, read and checked against the data: gate two of three.
//!
//! [`Head`] is what a model says before its data are known; [`bind`] joins it with a dataset into a [`Problem`].

pub mod ahp;
mod bind;
mod deduction_section;
pub mod entitlement;
pub mod entropy;
mod objectives;
pub mod outcome;
mod override_section;
pub mod paid;
mod paid_file;
mod paid_section;
mod rebind;
mod rules_section;
mod scale;
mod selection;
mod uncertainty_section;

use std::sync::Arc;

use crate::accounting::view::Asked;
use crate::dataset::{EcosystemSpec, YEARS};
use crate::document::sections::{Reader, Section, unknown_word};
use crate::document::tree::{Node, Value};
use crate::finding::{Finding, FindingLog, Findings};
use crate::phrases::{Phrase, Text};
use crate::program::Stage;
use crate::rules::{Frame, Member, Requirement, Rule, RuleKind, fund, missing};
use crate::uncertainty::Uncertainty;
use crate::units::Money;

pub use bind::bind;
pub use entitlement::{EntitlementReport, FactorPart};
pub use paid_file::{attach, attachment};
pub(crate) use paid_section::FROM as BATCH_FROM;
pub use rebind::{Rebound, Touched, rebind};
pub use rules_section::kind_label;

/// What a model file says before its data are known.
#[derive(Debug, Clone, PartialEq)]
pub struct Head {
    /// Printed name.
    pub name: Text,
    /// What an area is called in reports: 区域, 乡镇, 县.
    pub area_label: Text,
    /// Budget year.
    pub year: Option<i64>,
    /// Dataset, relative to the model file.
    pub dataset: String,
    /// Every amount is a multiple of it.
    pub rounding: Money,
    /// Whether a bound of a rule may be missed by less than one rounding unit, or by one, where whole units do not meet it.
    pub tolerance: bool,
    /// Whether what is left of a fund beyond whole rounding units stays in it.
    pub keeps_remainder: bool,
    /// Legal basis; empty where none is given.
    pub basis: String,
    /// Free text; empty where none is given.
    pub note: String,
    /// Whether the annex is in 万元 or in 元, where the model says so.
    pub annex_in_wan: Option<bool>,
    /// Ecosystems and the unit in which their extent is printed.
    pub ecosystems: Vec<(EcosystemSpec, String)>,
    /// Whether the model names its ecosystems itself.
    pub own_ecosystems: bool,
    /// The account whose values are the GEP of the cells; `None` where the data have it.
    pub gep: Option<Account>,
}

/// The account that a model divides by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Folder or file of the account, relative to the model file.
    pub account: String,
    /// Which part of it.
    pub asked: Asked,
}

/// A model joined with its data: all that is needed to allocate.
#[derive(Debug, Clone)]
pub struct Problem {
    /// What the model says of itself.
    pub head: Head,
    /// Facts, funds, amounts and entitlements.
    pub frame: Frame,
    /// The rules, enabled ones only, in the order written; then what follows from `[[paid]]` and `[[override]]`.
    pub rules: Vec<Arc<Rule>>,
    /// The stages of the objective.
    pub stages: Vec<Stage>,
    /// How the entitlements came about.
    pub entitlement: Arc<EntitlementReport>,
    /// What was paid during the year; `None` where nothing is said of it.
    pub paid: Option<Arc<paid::Book>>,
    /// The declared uncertainties; `None` where the model has none.
    pub uncertainty: Option<Uncertainty>,
}

impl Problem {
    /// How many of the rules make the plan without anything set by hand; the others come after them.
    pub fn calculating(&self) -> usize {
        let by_hand = |rule: &Arc<Rule>| matches!(rule.kind, RuleKind::Fixed(_));
        self.rules.iter().position(by_hand).unwrap_or(self.rules.len())
    }

    /// The funds, then the rules.
    pub fn members(&self) -> impl Iterator<Item = Member> + use<> {
        (0..self.frame.funds.len()).map(Member::Fund).chain((0..self.rules.len()).map(Member::Rule))
    }

    /// Requirements of all funds and rules, soft ones included.
    ///
    /// # Errors
    /// Figures that a rule needs and the data lack.
    pub fn requirements(&self) -> Result<Vec<Requirement>, Findings> {
        let mut requirements = Vec::new();
        let mut log = FindingLog::default();
        for member in self.members() {
            match self.requirements_of(member) {
                Ok(found) => requirements.extend(found),
                Err(Findings(missing)) => log.extend(missing),
            }
        }
        if log.errors() == 0 { Ok(requirements) } else { Err(Findings(log.into_findings())) }
    }

    /// Requirements of one fund or rule.
    ///
    /// # Errors
    /// Figures that the rule needs and the data lack.
    pub fn requirements_of(&self, member: Member) -> Result<Vec<Requirement>, Findings> {
        let rule = match member {
            Member::Fund(index) => return Ok(fund::requirement(&self.frame, index).into_iter().collect()),
            Member::Rule(index) => self.rules.get(index),
        };
        let Some(rule) = rule else { return Ok(Vec::new()) };
        rule.kind.requirements(member, &self.frame, rule.penalty.is_some()).map_err(|missing| {
            let who = format!("rule {}", rule.id);
            let mut log = FindingLog::default();
            log.extend(missing::findings(&missing, &self.frame.dataset, &who));
            Findings(log.into_findings())
        })
    }

    /// Id of a fund or rule.
    pub fn id(&self, member: Member) -> &str {
        match member {
            Member::Fund(index) => self.frame.funds.get(index).map_or("?", |fund| fund.id.as_str()),
            Member::Rule(index) => self.rules.get(index).map_or("?", |rule| rule.id.as_str()),
        }
    }

    /// Penalty of a soft member; `None` for a hard one.
    pub fn penalty(&self, member: Member) -> Option<f64> {
        match member {
            Member::Fund(_) => None,
            Member::Rule(index) => self.rules.get(index)?.penalty.map(crate::units::Decimal::to_f64),
        }
    }
}

/// Reads what a model says before its data are known.
///
/// # Errors
/// Everything that is wrong with `[model]` and `[ecosystems]`.
pub fn head(tree: &Node, file: &str) -> Result<Head, Findings> {
    let reader = Reader::new(file);
    let head = read_head(&reader, tree);
    let findings = reader.into_findings();
    match head {
        Some(head) if findings.is_empty() => Ok(head),
        _ => Err(Findings(findings)),
    }
}

fn read_head(reader: &Reader, tree: &Node) -> Option<Head> {
    let root = reader.section(tree, "")?;
    let model = reader.section(root.need("model")?, "model")?;
    let name = model.label("name");
    let area_label = model.label("area_label").unwrap_or_else(|| Phrase::new("report.area").text());
    let year = year(reader, &model);
    let dataset = model.need("dataset").and_then(|node| reader.text(node, "model.dataset"));
    let (rounding, tolerance, keeps_remainder) = rounding(reader, model.get("rounding"));
    if rounding.is_some_and(|unit| unit <= Money::ZERO) {
        reader.report(Finding::error("policy.rounding_form", model.place_of("rounding")));
    }
    let basis = model.text("basis").unwrap_or_default();
    let note = model.prose("note").unwrap_or_default();
    let annex_in_wan = model.choice("annex_unit", &[("万元", true), ("wan", true), ("元", false), ("yuan", false)]);
    model.finish();
    let own = root.get("ecosystems").is_some();
    let ecosystems = match root.get("ecosystems").and_then(|node| reader.section(node, "ecosystems")) {
        Some(section) => section.entries().iter().filter_map(|(id, node)| ecosystem(reader, id, node)).collect(),
        None => standard_ecosystems(),
    };
    let gep = match root.get("gep") {
        Some(node) => Some(account(reader, node)?),
        None => None,
    };
    let dataset = dataset?;
    let name = name.unwrap_or_else(|| Text { zh: "未命名模型".to_owned(), en: "unnamed model".to_owned() });
    Some(Head {
        name,
        area_label,
        year,
        dataset,
        rounding: rounding?,
        tolerance,
        keeps_remainder,
        basis,
        note,
        annex_in_wan,
        ecosystems,
        own_ecosystems: own,
        gep,
    })
}

/// `"1 元"`, or `{ unit = "1000 元", tolerance = true, remainder = "fund" }`.
fn rounding(reader: &Reader, node: Option<&Node>) -> (Option<Money>, bool, bool) {
    const PATH: &str = "model.rounding";
    let Some(node) = node else { return (Some(Money::from_fen(1)), false, false) };
    if !matches!(node.value, Value::Table(_)) {
        return (reader.money(node, PATH), false, false);
    }
    let Some(section) = reader.section(node, PATH) else { return (None, false, false) };
    let unit = section.need("unit").and_then(|node| reader.money(node, &section.at("unit")));
    let tolerance = section.flag("tolerance").unwrap_or(false);
    let keeps = section.choice("remainder", &[("error", false), ("fund", true)]).unwrap_or(false);
    section.finish();
    (unit, tolerance, keeps)
}

/// `gep = { account = "…", view = "…" }`.
fn account(reader: &Reader, node: &Node) -> Option<Account> {
    let section = reader.section(node, "gep")?;
    let text = |key: &'static str| section.need(key).and_then(|node| reader.text(node, &section.at(key)));
    let (account, view) = (text("account"), text("view"));
    let year = year(reader, &section).and_then(|year| i32::try_from(year).ok());
    let downscaled = section.flag("downscaled").unwrap_or(false);
    section.finish();
    Some(Account { account: account?, asked: Asked { view: view?, year, downscaled } })
}

/// A whole year, written as a number.
fn year(reader: &Reader, model: &Section<'_>) -> Option<i64> {
    let node = model.get("year")?;
    let year = match &node.value {
        Value::Number(text) => text.parse::<i64>().ok(),
        _ => None,
    };
    let year = year.filter(|year| YEARS.contains(year));
    if year.is_none() {
        reader.report(Finding::error("policy.year", model.place_of("year")).with("year", node.canonical()));
    }
    year
}

fn ecosystem(reader: &Reader, id: &str, node: &Node) -> Option<(EcosystemSpec, String)> {
    let section = reader.section(node, format!("ecosystems.{id}"))?;
    if !is_id(id) {
        reader.report(Finding::error("policy.id_form", section.place()).with("id", id));
    }
    let standard = standard_ecosystems().into_iter().find(|(spec, _)| spec.id == id).map(|(spec, _)| spec.label);
    let label = section.label("label").or(standard).unwrap_or_else(|| Text::same(id));
    let aliases = section.get("aliases").map(|node| reader.words(node, &section.at("aliases"))).unwrap_or_default();
    let unit = section.text("extent_unit").unwrap_or_else(|| "亩".to_owned());
    if !crate::units::Extent::knows(&unit) {
        let known = ["亩", "公顷", "km2", "m2", "万亩"];
        reader.report(unknown_word(section.place_of("extent_unit"), &unit, known.into_iter()));
    }
    section.finish();
    Some((EcosystemSpec { id: id.to_owned(), label, aliases }, unit))
}

/// The four compensated ecosystems of the district plan (沪崇府办发〔2025〕1号 §五).
pub fn standard_ecosystems() -> Vec<(EcosystemSpec, String)> {
    [
        ("forest", "林地", "forest", &["森林", "公益林", "生态公益林"][..]),
        ("wetland", "湿地", "wetland", &[][..]),
        ("farmland", "基本农田", "farmland", &["农田", "永久基本农田", "耕地"][..]),
        ("water_source", "水源地", "water source", &["饮用水水源地", "水源"][..]),
    ]
    .into_iter()
    .map(|(id, zh, en, aliases)| {
        let label = Text { zh: zh.to_owned(), en: en.to_owned() };
        let aliases = aliases.iter().map(ToString::to_string).collect();
        (EcosystemSpec { id: id.to_owned(), label, aliases }, "亩".to_owned())
    })
    .collect()
}

/// Whether a code is made of letters, digits, `_` and `-` only.
pub(crate) fn is_id(id: &str) -> bool {
    !id.is_empty() && id.len() <= 64 && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}
