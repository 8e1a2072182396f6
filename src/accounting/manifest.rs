//! The head of an account: `account.toml`. It names the account, its norms, price sets, views, ecosystems and units, and the tables
//! where they have other names than usual.

use std::collections::BTreeMap;

use crate::dataset::EcosystemSpec;
use crate::document::number::Number;
use crate::document::sections::{Reader, Section};
use crate::document::tree::{Node, Value as Tree};
use crate::finding::{Finding, Findings, Place};
use crate::norm::Norm;
use crate::phrases::Text;
use crate::unit::UnitTable;
use crate::value::Value;

/// How the prices of a set are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Those of the year of the account.
    Current,
    /// Those of one year for every account.
    Constant(i32),
}

/// A price set.
#[derive(Debug, Clone)]
pub struct PriceSet {
    /// Its id.
    pub id: String,
    /// Its name.
    pub label: Text,
    /// Current or constant.
    pub basis: Basis,
    /// Where it comes from.
    pub source: String,
}

/// A part of an account that an allocation divides by.
#[derive(Debug, Clone)]
pub struct View {
    /// Its id.
    pub id: String,
    /// Its name.
    pub label: Text,
    /// Codes whose value counts, with all below them.
    pub within: Vec<String>,
    /// Codes that do not, with all below them.
    pub without: Vec<String>,
    /// Price set; that of the account where none is said.
    pub prices: Option<String>,
    /// Norm; that of the account where none is said.
    pub norm: Option<String>,
    /// Where it stands.
    pub place: Place,
}

/// How figures of an area are divided among its parts.
#[derive(Debug, Clone)]
pub struct Downscaling {
    /// Indicator or input that is divided.
    pub name: String,
    /// Input by which it is divided; `None` for what is the same in every part, such as rain.
    pub key: Option<String>,
    /// Where it stands.
    pub place: Place,
}

/// A rule that an account is checked by.
#[derive(Debug, Clone)]
pub struct Check {
    /// Which.
    pub rule: Rule,
    /// Where the rule comes from.
    pub source: String,
    /// Where it stands.
    pub place: Place,
}

/// What is checked.
#[derive(Debug, Clone)]
pub enum Rule {
    /// The quantity of one indicator over that of another, and how far it may be off, as a share.
    Ratio {
        /// Above the line.
        of: String,
        /// Below it.
        to: String,
        /// What it must be.
        is: Value,
        /// The share by which it may be off.
        within: Value,
    },
    /// Indicators of which only one may be counted.
    Overlap(Vec<String>),
}

/// The head of an account.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// File.
    pub file: String,
    /// Id.
    pub id: String,
    /// Name.
    pub name: Text,
    /// Version.
    pub version: String,
    /// Whether any of it is made up; every document then says so.
    pub illustrative: bool,
    /// Where it comes from.
    pub source: String,
    /// A remark.
    pub note: String,
    /// Year, norm and price set where nothing else is asked for.
    pub year: Option<i32>,
    /// Norm.
    pub norm: String,
    /// Price set.
    pub prices: String,
    /// Optional indicators that it counts.
    pub counted: Vec<String>,
    /// Files by object.
    pub files: BTreeMap<&'static str, Vec<String>>,
    /// Units.
    pub units: UnitTable,
    /// Ecosystems.
    pub ecosystems: Vec<EcosystemSpec>,
    /// Norms by id.
    pub norms: BTreeMap<String, Norm>,
    /// Price sets by id.
    pub price_sets: BTreeMap<String, PriceSet>,
    /// Views by id.
    pub views: BTreeMap<String, View>,
    /// What is divided among parts, and how.
    pub downscaling: Vec<Downscaling>,
    /// What it is checked by.
    pub checks: Vec<Check>,
}

/// The objects that stand in tables, with the names of their files and sheets.
pub const OBJECTS: &[(&str, &[&str])] = &[
    ("indicators", &["indicators", "指标体系", "指标"]),
    ("members", &["norms", "members", "规范"]),
    ("methods", &["methods", "核算方法", "方法"]),
    ("formulas", &["formulas", "公式"]),
    ("variables", &["variables", "公式变量", "变量"]),
    ("parameters", &["parameters", "参数"]),
    ("prices", &["prices", "价格"]),
    ("ladders", &["ladders", "阶梯"]),
    ("series", &["series", "价格指数"]),
    ("areas", &["areas", "区域"]),
    ("quantities", &["quantities", "数据", "功能量"]),
    ("printed", &["printed", "公布值"]),
    ("realised", &["realised", "已实现价值"]),
    ("inventory", &["inventory", "生态产品目录清单", "目录清单"]),
];

/// The name of the head within a folder.
pub const FILE: &str = "account.toml";

impl Manifest {
    /// Reads the head of an account.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read(text: &str, file: &str) -> Result<Self, Findings> {
        let tree = crate::document::typed::tree(text, file)?;
        let reader = Reader::new(file);
        let found = head(&tree, &reader, file);
        let findings = reader.into_findings();
        match found {
            Some(manifest) => Findings::gate(manifest, findings).map(|(manifest, _)| manifest),
            None => Err(Findings(findings)),
        }
    }

    /// The files that it names, as it names them.
    pub fn named(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.files.values().flatten().map(String::as_str).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

fn head(tree: &Node, reader: &Reader, file: &str) -> Option<Manifest> {
    let root = reader.section(tree, "")?;
    let account = root.need("account").and_then(|node| reader.section(node, "account"));
    let mut units = UnitTable::common().clone();
    each(&root, "unit", |section| declare(section, &mut units));
    let ecosystems = each(&root, "ecosystem", |section| {
        let (id, label) = (needed(section, "id")?, section.label("label"));
        let aliases = words(section, "aliases");
        let label = label.unwrap_or_else(|| Text::same(&id));
        Some((id.clone(), EcosystemSpec { id, label, aliases }))
    });
    let norms = each(&root, "norm", |section| {
        let id = needed(section, "id")?;
        let label = section.label("label").unwrap_or_else(|| Text::same(&id));
        let text = |key: &'static str| section.text(key).unwrap_or_default();
        let (issued, in_force, source) = (text("issued"), text("in_force"), text("source"));
        let levels = words(section, "levels");
        Some((id.clone(), Norm { id, label, issued, in_force, levels, source, members: BTreeMap::new() }))
    });
    let price_sets = each(&root, "prices", |section| {
        let id = needed(section, "id")?;
        let label = section.label("label").unwrap_or_else(|| Text::same(&id));
        let constant = section.choice("basis", &[("current", false), ("constant", true)]).unwrap_or(false);
        let year = year(section, "year");
        let source = section.text("source").unwrap_or_default();
        if constant && year.is_none() {
            section.report(Finding::error("policy.key_missing", section.place()).with("key", "year"));
        }
        let basis = if constant { Basis::Constant(year.unwrap_or(0)) } else { Basis::Current };
        Some((id.clone(), PriceSet { id, label, basis, source }))
    });
    let views = each(&root, "view", |section| {
        let id = needed(section, "id")?;
        let label = section.label("label").unwrap_or_else(|| Text::same(&id));
        let (within, without) = (words(section, "in"), words(section, "out"));
        let (prices, norm) = (section.text("prices"), section.text("norm"));
        Some((id.clone(), View { id, label, within, without, prices, norm, place: section.place() }))
    });
    let downscaling = each(&root, "downscale", |section| {
        let same = section.flag("same").unwrap_or(false);
        let key = if same { None } else { Some(needed(section, "key")?) };
        let names = section.get("of").map(|node| section.reader().words(node, &section.at("of"))).unwrap_or_default();
        Some((section.path.clone(), (names, key, section.place())))
    });
    let downscaling = downscaling
        .into_iter()
        .flat_map(|(_, (names, key, place))| {
            names.into_iter().map(move |name| Downscaling { name, key: key.clone(), place: place.clone() })
        })
        .collect();
    let checks = each(&root, "check", check);
    let mut files: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
    if let Some(section) = root.get("files").and_then(|node| reader.section(node, "files")) {
        for (object, _) in OBJECTS.iter().chain(&[("all", [].as_slice())]) {
            if let Some(node) = section.get(object) {
                files.insert(object, reader.words(node, &section.at(object)));
            }
        }
        section.finish();
    }
    root.finish();
    let account = account?;
    let text = |key: &'static str| account.text(key).unwrap_or_default();
    let id = needed(&account, "id").unwrap_or_default();
    let manifest = Manifest {
        file: file.to_owned(),
        name: account.label("name").unwrap_or_else(|| Text::same(&id)),
        id,
        version: text("version"),
        illustrative: account.flag("illustrative").unwrap_or(false),
        source: text("source"),
        note: account.prose("note").unwrap_or_default(),
        year: year(&account, "year"),
        norm: text("norm"),
        prices: text("prices"),
        counted: words(&account, "counted"),
        files,
        units,
        ecosystems: ecosystems.into_iter().map(|(_, spec)| spec).collect(),
        norms: distinct(norms, reader, tree),
        price_sets: distinct(price_sets, reader, tree),
        views: distinct(views, reader, tree),
        downscaling,
        checks,
    };
    account.finish();
    Some(manifest)
}

fn distinct<T>(list: Vec<(String, T)>, reader: &Reader, tree: &Node) -> BTreeMap<String, T> {
    let mut map = BTreeMap::new();
    for (id, value) in list {
        if map.insert(id.clone(), value).is_some() {
            reader.report(Finding::error("policy.word_twice", reader.place(tree.line, "")).with("word", id));
        }
    }
    map
}

/// Every table of a list.
fn each<T>(root: &Section<'_>, key: &'static str, mut read: impl FnMut(&Section<'_>) -> Option<T>) -> Vec<T> {
    let Some(node) = root.get(key) else { return Vec::new() };
    let reader = root.reader();
    let items = if matches!(node.value, Tree::List(_)) { reader.list(node, key) } else { std::slice::from_ref(node) };
    let mut found = Vec::new();
    for (at, item) in items.iter().enumerate() {
        if let Some(section) = reader.section(item, format!("{key}[{}]", at + 1)) {
            // Remarks say nothing that is reckoned with.
            let _ = (section.get("note"), section.get("trust"));
            found.extend(read(&section));
            section.finish();
        }
    }
    found
}

fn needed(section: &Section<'_>, key: &'static str) -> Option<String> {
    section.need(key)?;
    section.text(key)
}

fn words(section: &Section<'_>, key: &'static str) -> Vec<String> {
    section.get(key).map(|node| section.reader().words(node, &section.at(key))).unwrap_or_default()
}

fn year(section: &Section<'_>, key: &'static str) -> Option<i32> {
    let value = section.decimal(key)?.to_string();
    let found = value.parse().ok().filter(|year| (1900..=2200).contains(year));
    if found.is_none() {
        section.report(Finding::error("gep.year", section.place_of(key)).with("value", value));
    }
    found
}

fn check(section: &Section<'_>) -> Option<Check> {
    let kind = section.choice("kind", &[("ratio", true), ("overlap", false)])?;
    let source = section.text("source").unwrap_or_default();
    let place = section.place();
    if !kind {
        return Some(Check { rule: Rule::Overlap(words(section, "of")), source, place });
    }
    let (of, to) = (needed(section, "of")?, needed(section, "to")?);
    let number = |key: &'static str| {
        let node = section.need(key)?;
        let text = match &node.value {
            Tree::Text(text) | Tree::Number(text) => text.as_str(),
            _ => "",
        };
        let read = Number::parse(text);
        read.map_err(|phrase| section.report(Finding::from_phrase(phrase, section.place_of(key))))
            .ok()
            .map(|number| Value::of(number.0))
    };
    Some(Check { rule: Rule::Ratio { of, to, is: number("is")?, within: number("within")? }, source, place })
}

fn declare(section: &Section<'_>, units: &mut UnitTable) -> Option<()> {
    let symbol = needed(section, "symbol")?;
    let names = words(section, "names");
    let is = section.text("is");
    if let Err(phrase) = units.declare(&symbol, &names, is.as_deref()) {
        section.report(Finding::from_phrase(phrase, section.place()));
    }
    Some(())
}
