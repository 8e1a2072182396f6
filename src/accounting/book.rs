//! An account as opened: all its objects, read and checked, each with its hash.

use std::collections::BTreeMap;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::area::Areas;
use crate::dataset::table::Table;
use crate::dataset::workbook::read_xlsx;
use crate::dataset::{Source, hex, read_csv};
use crate::entry::{self, Entry, Ladder, Series};
use crate::finding::{Finding, FindingLog, Findings, Place, hint};
use crate::formula::{self, Formula};
use crate::head_sheets::spelled;
use crate::inventory::{self, Product};
use crate::manifest::{FILE, Manifest, OBJECTS};
use crate::norm::{self, Method, Norm};
use crate::printed::{self, Printed, Realised};
use crate::quantity::{Known, Quantities};
use crate::tree::Tree;

/// An account with all its objects; parts are shared by accounts that are made of it.
#[derive(Debug, Clone)]
pub struct Book {
    /// The head.
    pub manifest: Arc<Manifest>,
    /// The indicators.
    pub tree: Arc<Tree>,
    /// The norms.
    pub norms: Arc<BTreeMap<String, Norm>>,
    /// The methods.
    pub methods: Arc<Vec<Method>>,
    /// The formulas.
    pub formulas: Arc<BTreeMap<String, Formula>>,
    /// The parameters.
    pub parameters: Arc<Vec<Entry>>,
    /// The prices.
    pub prices: Arc<Vec<Entry>>,
    /// The ladders.
    pub ladders: Arc<BTreeMap<String, Ladder>>,
    /// The index series.
    pub series: Arc<Series>,
    /// The areas.
    pub areas: Arc<Areas>,
    /// The figures.
    pub quantities: Arc<Quantities>,
    /// What was printed.
    pub printed: Arc<Vec<Printed>>,
    /// What was realised.
    pub realised: Arc<Vec<Realised>>,
    /// The inventory.
    pub inventory: Arc<Vec<Product>>,
    /// Files as read, by name, with the SHA-256 of their bytes.
    pub files: Vec<(String, String)>,
}

/// Hashes of the objects of an account, and of all of them.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[schemars(rename = "GepHashes")]
pub struct Hashes {
    /// Of everything that the account follows from.
    pub account: String,
    /// Of the tree of indicators.
    pub indicators: String,
    /// Of the norms and methods.
    pub norms: String,
    /// Of the formulas.
    pub formulas: String,
    /// Of the parameters and ladders.
    pub parameters: String,
    /// Of the prices and index series.
    pub prices: String,
    /// Of the areas.
    pub areas: String,
    /// Of the figures.
    pub quantities: String,
}

fn hash(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

fn sorted(mut lines: Vec<String>) -> String {
    lines.sort_unstable();
    lines.join("\n")
}

/// The tables of an account by object.
struct Tables {
    by_object: BTreeMap<&'static str, Vec<Table>>,
}

fn stem(file: &str) -> String {
    let base = file.rsplit(['/', '\\']).next().unwrap_or(file);
    base.rsplit_once('.').map_or(base, |(stem, _)| stem).to_lowercase()
}

fn is_book(file: &str) -> bool {
    file.to_lowercase().ends_with(".xlsx")
}

impl Tables {
    fn of(source: &Source, manifest: &Manifest, log: &mut FindingLog) -> Self {
        let mut tables = Self { by_object: BTreeMap::new() };
        let bytes = |name: &str| source.files.iter().find(|(file, _)| file == name).map(|(_, bytes)| bytes.as_slice());
        let place = || Place::file(&manifest.file).column("files");
        for (object, names) in OBJECTS {
            let wanted: Vec<&str> = match manifest.files.get(object) {
                Some(list) => list.iter().map(String::as_str).collect(),
                None => {
                    let own = source.files.iter().map(|(file, _)| file.as_str());
                    let own = own.filter(|file| {
                        !file.contains(['/', '\\'])
                            && file.to_lowercase().ends_with(".csv")
                            && names.contains(&stem(file).as_str())
                    });
                    own.chain(manifest.files.get("all").into_iter().flatten().map(String::as_str)).collect()
                }
            };
            let must = manifest.files.contains_key(object);
            for file in wanted {
                let Some(bytes) = bytes(file) else {
                    let known = source.files.iter().map(|(file, _)| file.as_str()).filter(|file| *file != FILE);
                    let like = hint(file, known).text();
                    log.push(Finding::error("gep.file_missing", place()).with("file", file).with("like", like));
                    continue;
                };
                let read = if is_book(file) {
                    read_xlsx(file, bytes, &|sheet| names.contains(&sheet.trim().to_lowercase().as_str()))
                } else {
                    read_csv(file, bytes).map(|table| vec![table])
                };
                match read {
                    Ok(found) => {
                        if found.is_empty() && must {
                            let finding = Finding::error("gep.sheet_missing", Place::file(file))
                                .with("sheets", names.join(" / "));
                            log.push(finding);
                        }
                        tables.by_object.entry(object).or_default().extend(found);
                    }
                    Err(Findings(found)) => log.extend(found),
                }
            }
        }
        tables
    }

    fn get(&self, object: &str) -> &[Table] {
        self.by_object.get(object).map_or(&[], Vec::as_slice)
    }
}

impl Book {
    /// Opens an account: its head, named `account.toml`, the only file in TOML or JSON, or in the sheets of
    /// a workbook; and its tables.
    ///
    /// # Errors
    /// Everything that is wrong with it, each finding at its cell or line.
    pub fn open(source: &Source) -> Result<(Self, Vec<Finding>), Findings> {
        let is_head = |file: &str| file.ends_with(".toml") || file.ends_with(".json");
        let mut heads = source.files.iter().filter(|(file, _)| is_head(file));
        let named = source.files.iter().find(|(file, _)| file == FILE);
        let manifest = match named.or_else(|| heads.next()) {
            Some((file, bytes)) => {
                let text = std::str::from_utf8(bytes).map_err(|_| Finding::error("cli.not_utf8", Place::file(file)))?;
                Manifest::read(text, file)?
            }
            None => Self::head_of_workbook(source)?,
        };
        let mut log = FindingLog::of_tables();
        let tables = Tables::of(source, &manifest, &mut log);
        if log.errors() > 0 {
            return Err(Findings(log.into_findings()));
        }
        let book = Self::read(source, manifest, &tables, &mut log);
        Findings::gate(book, log.into_findings())
    }

    /// The head in the sheets of a workbook.
    fn head_of_workbook(source: &Source) -> Result<Manifest, Findings> {
        for (file, bytes) in source.files.iter().filter(|(file, _)| is_book(file)) {
            if let Some(head) = spelled(file, bytes)? {
                return Manifest::read(&head.text, file).map_err(|findings| head.locate(findings));
            }
        }
        Err(Finding::error("gep.no_head", Place::file(&source.name)).into())
    }

    fn read(source: &Source, manifest: Manifest, tables: &Tables, log: &mut FindingLog) -> Self {
        let units = &manifest.units;
        let mut tree = Tree::default();
        for table in tables.get("indicators") {
            let found = Tree::read(table, units, log);
            if tree.entries.is_empty() {
                tree = found;
            } else {
                log.push(Finding::error("gep.two_trees", table.place.clone()));
            }
        }
        if tables.get("indicators").is_empty() {
            log.push(Finding::error("gep.no_indicators", Place::file(&manifest.file)));
        }
        let mut norms = manifest.norms.clone();
        for table in tables.get("members") {
            norm::read_members(table, &tree, &mut norms, log);
        }
        let areas = Areas::read(tables.get("areas"), units, log);
        let formulas = formula::read(tables.get("formulas"), tables.get("variables"), units, log);
        let known = Known { areas: &areas, ecosystems: &manifest.ecosystems, units };
        let ecosystem = |text: &str| known.ecosystem(text);
        let mut methods = Vec::new();
        for table in tables.get("methods") {
            methods.extend(norm::read_methods(table, &tree, &ecosystem, log));
        }
        check_methods(&methods, &formulas, &norms, log);
        let entries = |object: &str, columns: &[crate::sheet::Column], log: &mut FindingLog| -> Vec<Entry> {
            let mut list: Vec<Entry> = Vec::new();
            for table in tables.get(object) {
                for mut entry in entry::read(table, columns, units, log) {
                    match known.ecosystem(&entry.ecosystem) {
                        Ok(id) => entry.ecosystem = id,
                        Err(mut finding) => {
                            finding.place = Place { column: None, ..entry.place.clone() };
                            log.push(finding);
                        }
                    }
                    list.push(entry);
                }
            }
            // The same names side by side, whatever the order of rows.
            list.sort_by_cached_key(Entry::canonical);
            list
        };
        let parameters = entries("parameters", entry::PARAMETERS, log);
        let prices = entries("prices", entry::PRICES, log);
        let (mut ladders, mut series) = (BTreeMap::new(), Series::default());
        for table in tables.get("ladders") {
            entry::read_ladders(table, units, &mut ladders, log);
        }
        for table in tables.get("series") {
            series.read(table, log);
        }
        for price in &prices {
            for set in price.sets.iter().filter(|set| !manifest.price_sets.contains_key(*set)) {
                let like = hint(set, manifest.price_sets.keys().map(String::as_str)).text();
                log.push(
                    Finding::error("gep.prices_unknown", price.place.clone()).with("prices", set).with("like", like),
                );
            }
        }
        let quantities = Quantities::read(tables.get("quantities"), &known, log);
        let printed = tables.get("printed").iter().flat_map(|table| printed::read(table, &known, log)).collect();
        let realised =
            tables.get("realised").iter().flat_map(|table| printed::read_realised(table, &known, log)).collect();
        let inventory =
            tables.get("inventory").iter().flat_map(|table| inventory::read(table, &known, &tree, log)).collect();
        let files = source.files.iter().map(|(file, bytes)| (file.clone(), hex(&Sha256::digest(bytes)))).collect();
        Self {
            tree: Arc::new(tree),
            norms: Arc::new(norms),
            methods: Arc::new(methods),
            formulas: Arc::new(formulas),
            parameters: Arc::new(parameters),
            prices: Arc::new(prices),
            ladders: Arc::new(ladders),
            series: Arc::new(series),
            areas: Arc::new(areas),
            quantities: Arc::new(quantities),
            printed: Arc::new(printed),
            realised: Arc::new(realised),
            inventory: Arc::new(inventory),
            manifest: Arc::new(manifest),
            files,
        }
    }

    /// Hashes of its objects.
    pub fn hashes(&self) -> Hashes {
        let entries = |list: &[Entry]| sorted(list.iter().map(Entry::canonical).collect());
        let ladder = |(name, ladder): (&String, &Ladder)| {
            let steps: Vec<(String, String)> =
                ladder.steps.iter().map(|(from, value)| (from.written(), value.written())).collect();
            format!("{:?}", (name, steps))
        };
        let series = |(name, list): (&String, &BTreeMap<i32, crate::value::Value>)| {
            let list: Vec<(i32, String)> = list.iter().map(|(year, value)| (*year, value.written())).collect();
            format!("{:?}", (name, list))
        };
        let norms = self.norms.values().map(|norm| norm.canonical(&self.tree));
        let methods = self.methods.iter().map(|method| method.canonical(&self.tree));
        let sets = self.manifest.price_sets.values().map(|set| format!("{:?}", (&set.id, set.basis)));
        let [indicators, norms, formulas, parameters, prices, areas, quantities] = [
            self.tree.canonical(),
            sorted(norms.chain(methods).collect()),
            sorted(self.formulas.values().map(Formula::canonical).collect()),
            format!(
                "{}\n{}",
                entries(&self.parameters),
                self.ladders.iter().map(ladder).collect::<Vec<_>>().join("\n")
            ),
            format!(
                "{}\n{}\n{}",
                entries(&self.prices),
                self.series.0.iter().map(series).collect::<Vec<_>>().join("\n"),
                sorted(sets.collect())
            ),
            self.areas.canonical(),
            self.quantities.canonical(),
        ]
        .map(|text| hash(&text));
        let account = hash(
            &[&indicators, &norms, &formulas, &parameters, &prices, &areas, &quantities].map(String::as_str).join("\n"),
        );
        Hashes { account, indicators, norms, formulas, parameters, prices, areas, quantities }
    }
}

/// Formulas and norms that methods name must be there, and what methods bind must be a name of a formula.
fn check_methods(
    methods: &[Method],
    formulas: &BTreeMap<String, Formula>,
    norms: &BTreeMap<String, Norm>,
    log: &mut FindingLog,
) {
    for method in methods {
        let place = || method.place.clone();
        if !method.norm.is_empty() && !norms.contains_key(&method.norm) {
            let like = hint(&method.norm, norms.keys().map(String::as_str)).text();
            log.push(Finding::error("gep.norm_unknown", place()).with("norm", &method.norm).with("like", like));
        }
        let named: Vec<&String> = [&method.quantity, &method.value].into_iter().flatten().collect();
        for id in &named {
            if !formulas.contains_key(*id) {
                let like = hint(id, formulas.keys().map(String::as_str)).text();
                log.push(Finding::error("gep.formula_unknown", place()).with("formula", *id).with("like", like));
            }
        }
        let symbols: Vec<&str> = named
            .iter()
            .filter_map(|id| formulas.get(*id))
            .flat_map(|formula| formula.variables.iter().map(|variable| variable.symbol.as_str()))
            .collect();
        for symbol in method.bound.keys().filter(|symbol| !symbols.contains(&symbol.as_str())) {
            let like = hint(symbol, symbols.iter().copied()).text();
            log.push(Finding::error("gep.bind_unknown", place()).with("symbol", symbol).with("like", like));
        }
    }
}
