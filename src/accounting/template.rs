//! A workbook to begin an account with: every table as a sheet, filled with what a norm needs, blank where an office must write.

use std::collections::{BTreeMap, BTreeSet};

use crate::book::Book;
use crate::finding::{Finding, Findings, Place, hint};
use crate::formula::{Formula, Role, Variable};
use crate::head_sheets::{ACCOUNT, ITEMS, LISTS, SHEET};
use crate::manifest::{Basis, OBJECTS, Rule};
use crate::norm::{Branch, Include, Method};
use crate::phrases::{Lang, Text};
use crate::sheet::Column;
use crate::{area, entry, formula, inventory, library, norm, printed, quantity, tree};

/// What the template is for.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The norm, by id.
    pub norm: String,
    /// The year of the account.
    pub year: i32,
    /// Code and name of the area.
    pub area: (String, String),
    /// Only the inventory, with the areas and indicators that it needs.
    pub inventory: bool,
}

/// A sheet of the template.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// Its name.
    pub name: String,
    /// Headers, with units where a column has one.
    pub headers: Vec<String>,
    /// Rows of texts.
    pub rows: Vec<Vec<String>>,
    /// Columns that offer a list of words.
    pub choices: Vec<(usize, Vec<String>)>,
    /// The column whose cells must be filled.
    pub blank: Option<usize>,
}

/// The name of a column or sheet in a language: the first name is Chinese, the last English.
fn word(names: &[&str], lang: Lang) -> String {
    match lang {
        Lang::Zh => names.first(),
        Lang::En => names.iter().rev().find(|name| name.is_ascii()).or_else(|| names.first()),
    }
    .map_or_else(String::new, |name| (*name).to_owned())
}

/// A page that is being made: cells by the key of their column.
struct Draft<'a> {
    columns: &'a [Column],
    keys: Vec<&'a str>,
    page: Page,
    lang: Lang,
}

impl<'a> Draft<'a> {
    /// A page of an object with some of its columns.
    fn of(object: &str, columns: &'a [Column], keys: &[&'a str], lang: Lang) -> Self {
        let names = OBJECTS.iter().find(|(known, _)| *known == object).map(|(_, names)| *names).unwrap_or_default();
        // Sheets of objects have their English name first.
        let name = match lang {
            Lang::Zh => names.iter().find(|name| !name.is_ascii()),
            Lang::En => names.first(),
        };
        Self::named(name.map_or_else(String::new, |name| (*name).to_owned()), columns, keys, lang)
    }

    fn named(name: String, columns: &'a [Column], keys: &[&'a str], lang: Lang) -> Self {
        let header = |key: &&str| {
            let names = columns.iter().find(|column| column.key == *key).map(|column| column.names).unwrap_or_default();
            let unit = match *key {
                "land" => "(km2)",
                "people" => "(人)",
                "gdp" => "(亿元)",
                "revenue" => "(万元)",
                _ => "",
            };
            format!("{}{unit}", word(names, lang))
        };
        let headers = keys.iter().map(header).collect();
        Self { columns, keys: keys.to_vec(), page: Page { name, headers, ..Page::default() }, lang }
    }

    fn at(&self, key: &str) -> Option<usize> {
        debug_assert!(self.columns.iter().any(|column| column.key == key), "{key}");
        self.keys.iter().position(|known| *known == key)
    }

    fn row(&mut self, cells: &[(&str, &str)]) {
        let mut row = vec![String::new(); self.keys.len()];
        for (key, text) in cells {
            if let Some(cell) = self.at(key).and_then(|at| row.get_mut(at)) {
                (*text).clone_into(cell);
            }
        }
        self.page.rows.push(row);
    }

    /// Offers the words of a column: each list of names, in the language of the page.
    fn offers<'n>(&mut self, key: &str, words: impl IntoIterator<Item = &'n [&'static str]>) {
        let list: Vec<String> = words.into_iter().map(|names| local(names, self.lang)).collect();
        if let Some(at) = self.at(key) {
            self.page.choices.push((at, list));
        }
    }

    fn offers_texts(&mut self, key: &str, list: Vec<String>) {
        if let Some(at) = self.at(key).filter(|_| !list.is_empty()) {
            self.page.choices.push((at, list));
        }
    }

    fn blank(&mut self, key: &str) {
        self.page.blank = self.at(key);
    }
}

/// The names of a list of words.
fn names<T>(list: &'static [(&'static [&'static str], T)]) -> impl Iterator<Item = &'static [&'static str]> {
    list.iter().map(|(names, _)| *names)
}

/// The sheets of the template of a norm, in a language, and the name of the norm.
///
/// # Errors
/// The norm is not in the library.
pub fn pages(wanted: &Wanted, lang: Lang) -> Result<(Vec<Page>, Text), Findings> {
    let book = library::library()?;
    let Some(norm) = book.norms.get(&wanted.norm) else {
        let like = hint(&wanted.norm, book.norms.keys().map(String::as_str)).text();
        let finding = Finding::error("gep.norm_unknown", Place::file("--norm"));
        return Err(finding.with("norm", &wanted.norm).with("like", like).into());
    };
    let label = norm.label.clone();
    let work = Work { book: &book, wanted, lang };
    let mut pages = work.head();
    if wanted.inventory {
        pages.extend([work.indicators(), work.areas(), work.inventory()]);
        return Ok((pages, label));
    }
    pages.extend([
        work.areas(),
        work.quantities(),
        work.entries(Role::Parameter),
        work.entries(Role::Price),
        work.series(),
        work.printed(),
        work.realised(),
        work.inventory(),
        work.indicators(),
        work.members(),
        work.methods(),
        work.formulas(),
        work.variables(),
        work.ladders(),
    ]);
    Ok((pages, label))
}

struct Work<'a> {
    book: &'a Book,
    wanted: &'a Wanted,
    lang: Lang,
}

impl<'a> Work<'a> {
    /// The methods of what the norm counts.
    fn used(&self) -> Vec<&'a Method> {
        let Some(norm) = self.book.norms.get(&self.wanted.norm) else { return Vec::new() };
        let tree = &self.book.tree;
        let counted = |method: &&Method| norm.includes(tree, method.indicator).0 != Include::Out;
        self.book.methods.iter().filter(counted).collect()
    }

    fn code(&self, at: usize) -> &'a str {
        self.book.tree.entries.get(at).map_or("", |entry| entry.code.as_str())
    }

    /// The formulas of a method.
    fn formulas_of(&self, method: &Method) -> impl Iterator<Item = &'a Formula> {
        let ids = [method.quantity.clone(), method.value.clone()];
        ids.into_iter().flatten().filter_map(|id| self.book.formulas.get(&id))
    }

    /// What the names of the formulas of the methods stand for, with the method.
    fn taken(&self) -> Vec<(&'a Method, &'a Variable, String)> {
        let mut taken = Vec::new();
        for method in self.used() {
            for formula in self.formulas_of(method) {
                for variable in &formula.variables {
                    let name = method.bound.get(&variable.symbol).unwrap_or(&variable.name).clone();
                    taken.push((method, variable, name));
                }
            }
        }
        taken
    }

    fn ecosystems(&self) -> Vec<String> {
        self.book.manifest.ecosystems.iter().map(|spec| spec.label.get(self.lang).to_owned()).collect()
    }

    /// The sheets of the head.
    fn head(&self) -> Vec<Page> {
        let (manifest, lang) = (&self.book.manifest, self.lang);
        let keys: Vec<&str> = ITEMS.iter().map(|column| column.key).collect();
        let mut own = Draft::named(word(SHEET, lang), ITEMS, &keys, lang);
        let year = self.wanted.year.to_string();
        let name = &self.wanted.area.1;
        for (key, names, _) in ACCOUNT {
            let content = match *key {
                "id" => self.wanted.area.0.clone(),
                "name" => name.clone(),
                "version" => "1".to_owned(),
                "year" => year.clone(),
                "norm" => self.wanted.norm.clone(),
                "prices" => manifest.prices.clone(),
                _ => String::new(),
            };
            own.row(&[("item", &word(names, lang)), ("content", &content)]);
        }
        own.blank("content");
        let mut pages = vec![own.page];
        for list in LISTS {
            let keys: Vec<&str> = list.columns.iter().map(|column| column.key).collect();
            let mut draft = Draft::named(word(list.sheets, lang), list.columns, &keys, lang);
            self.listed(list.name, &mut draft);
            // Checks of oxygen and of fertility belong to figures.
            if !(self.wanted.inventory && ["unit", "view", "downscale", "check"].contains(&list.name)) {
                pages.push(draft.page);
            }
        }
        pages
    }

    fn listed(&self, name: &str, draft: &mut Draft<'_>) {
        let (manifest, zh) = (&self.book.manifest, self.lang == Lang::Zh);
        match name {
            "norm" => {
                let Some(norm) = self.book.norms.get(&self.wanted.norm) else { return };
                draft.row(&[
                    ("id", &norm.id),
                    ("label", &norm.label.zh),
                    ("label_en", &norm.label.en),
                    ("issued", &norm.issued),
                    ("in_force", &norm.in_force),
                    ("levels", &norm.levels.join("、")),
                    ("source", &norm.source),
                ]);
            }
            "prices" => {
                for set in manifest.price_sets.values() {
                    let (basis, year) = match set.basis {
                        Basis::Current => (if zh { "现价" } else { "current" }, String::new()),
                        Basis::Constant(year) => (if zh { "不变价" } else { "constant" }, year.to_string()),
                    };
                    draft.row(&[
                        ("id", &set.id),
                        ("label", &set.label.zh),
                        ("label_en", &set.label.en),
                        ("basis", basis),
                        ("year", &year),
                    ]);
                }
                let offered = if zh { ["现价", "不变价"] } else { ["current", "constant"] };
                draft.offers_texts("basis", offered.map(str::to_owned).to_vec());
            }
            "ecosystem" => {
                for spec in &manifest.ecosystems {
                    draft.row(&[("id", &spec.id), ("label", &spec.label.zh), ("label_en", &spec.label.en)]);
                }
            }
            "view" => {
                for view in manifest.views.values() {
                    draft.row(&[
                        ("id", &view.id),
                        ("label", &view.label.zh),
                        ("label_en", &view.label.en),
                        ("in", &view.within.join("、")),
                        ("out", &view.without.join("、")),
                    ]);
                }
            }
            "check" => {
                for check in &manifest.checks {
                    match &check.rule {
                        Rule::Ratio { of, to, is, within } => draft.row(&[
                            ("kind", if zh { "比例" } else { "ratio" }),
                            ("of", of),
                            ("to", to),
                            ("is", &is.written()),
                            ("within", &within.written()),
                            ("source", &check.source),
                        ]),
                        Rule::Overlap(codes) => draft.row(&[
                            ("kind", if zh { "重复" } else { "overlap" }),
                            ("of", &codes.join("、")),
                            ("source", &check.source),
                        ]),
                    }
                }
                let offered = if zh { ["比例", "重复"] } else { ["ratio", "overlap"] };
                draft.offers_texts("kind", offered.map(str::to_owned).to_vec());
            }
            _ => {}
        }
    }

    fn areas(&self) -> Page {
        let keys = ["code", "name", "level", "parent", "year", "land", "people", "gdp", "territory", "source"];
        let mut draft = Draft::of("areas", area::COLUMNS, &keys, self.lang);
        let (code, name) = &self.wanted.area;
        draft.row(&[("code", code), ("name", name), ("year", &self.wanted.year.to_string())]);
        draft.page
    }

    /// Figures: inputs of formulas, and quantities that are no formula's.
    fn quantities(&self) -> Page {
        let keys = [
            "area",
            "ecosystem",
            "indicator",
            "item",
            "year",
            "value",
            "unit",
            "status",
            "origin",
            "department",
            "territory",
            "source",
            "trust",
            "note",
        ];
        let mut draft = Draft::of("quantities", quantity::COLUMNS, &keys, self.lang);
        let mut rows: Vec<(String, String, Vec<&str>)> = Vec::new();
        let mut add =
            |name: String, unit: String, code: &'a str| match rows.iter_mut().find(|(known, _, _)| *known == name) {
                Some((_, _, codes)) if !codes.contains(&code) => codes.push(code),
                Some(_) => {}
                None => rows.push((name, unit, vec![code])),
            };
        for (method, variable, name) in self.taken() {
            match variable.role {
                Role::Quantity => add(name, variable.unit.text.clone(), self.code(method.indicator)),
                Role::Physical if method.quantity.is_none() => {
                    let code = self.code(method.indicator);
                    add(code.to_owned(), variable.unit.text.clone(), code);
                }
                _ => {}
            }
        }
        let year = self.wanted.year.to_string();
        for (name, unit, codes) in rows {
            let labels: Vec<&str> = codes
                .iter()
                .filter_map(|code| self.book.tree.entries.get(self.book.tree.find(code)?))
                .map(|entry| entry.label.get(self.lang))
                .collect();
            draft.row(&[
                ("area", &self.wanted.area.0),
                ("indicator", &name),
                ("year", &year),
                ("unit", &unit),
                ("note", &labels.join("、")),
            ]);
        }
        draft.offers_texts("ecosystem", self.ecosystems());
        draft.offers("status", names(quantity::STATES).skip(1));
        draft.offers("origin", names(quantity::ORIGINS));
        draft.blank("value");
        draft.page
    }

    /// Parameters or prices.
    fn entries(&self, role: Role) -> Page {
        let price = role == Role::Price;
        let (object, columns, keys): (&str, &[Column], &[&str]) = if price {
            let keys =
                &["name", "sets", "item", "value", "unit", "scope", "price_year", "index", "source", "trust", "note"];
            ("prices", entry::PRICES, keys)
        } else {
            let keys =
                &["name", "item", "value", "unit", "scope", "ecosystem", "from", "to", "source", "trust", "note"];
            ("parameters", entry::PARAMETERS, keys)
        };
        let mut draft = Draft::of(object, columns, keys, self.lang);
        let mut rows: BTreeMap<String, (String, BTreeSet<&str>)> = BTreeMap::new();
        for (method, variable, name) in self.taken().into_iter().filter(|(_, variable, _)| variable.role == role) {
            let row = rows.entry(name).or_insert_with(|| (variable.unit.text.clone(), BTreeSet::new()));
            row.1.insert(self.code(method.indicator));
        }
        let year = self.wanted.year.to_string();
        for (name, (unit, codes)) in rows {
            let note = codes.into_iter().collect::<Vec<_>>().join("、");
            let mut cells = vec![("name", name.as_str()), ("unit", unit.as_str()), ("note", note.as_str())];
            if price {
                cells.push(("price_year", &year));
            }
            draft.row(&cells);
        }
        if !price {
            draft.offers_texts("ecosystem", self.ecosystems());
        }
        draft.blank("value");
        draft.page
    }

    fn series(&self) -> Page {
        Draft::of("series", entry::SERIES, &["name", "year", "value", "source"], self.lang).page
    }

    fn printed(&self) -> Page {
        let keys = ["code", "area", "ecosystem", "year", "what", "printed", "unit", "source", "note"];
        let mut draft = Draft::of("printed", printed::COLUMNS, &keys, self.lang);
        draft.offers("what", names(printed::WHATS));
        draft.offers_texts("ecosystem", self.ecosystems());
        draft.page
    }

    fn realised(&self) -> Page {
        let keys: Vec<&str> = printed::REALISED.iter().map(|column| column.key).collect();
        Draft::of("realised", printed::REALISED, &keys, self.lang).page
    }

    fn inventory(&self) -> Page {
        let keys: Vec<&str> =
            inventory::COLUMNS.iter().map(|column| column.key).filter(|key| *key != "area_name").collect();
        let mut draft = Draft::of("inventory", inventory::COLUMNS, &keys, self.lang);
        draft.offers_texts("ecosystem", self.ecosystems());
        draft.offers("owner", names(inventory::OWNERS));
        draft.offers("right", names(inventory::RIGHTS));
        draft.offers("development", names(inventory::USES));
        draft.offers("kind", names(inventory::STOCKS));
        draft.page
    }

    fn indicators(&self) -> Page {
        let keys = ["code", "parent", "zh", "en", "kind", "unit", "order", "source"];
        let mut draft = Draft::of("indicators", tree::COLUMNS, &keys, self.lang);
        let entries = &self.book.tree.entries;
        for (order, indicator) in entries.iter().enumerate() {
            let parent = indicator.parent.map_or("", |at| self.code(at));
            let kind = tree::KINDS
                .iter()
                .find(|(_, kind)| *kind == indicator.kind)
                .map(|(names, _)| *names)
                .unwrap_or_default();
            draft.row(&[
                ("code", &indicator.code),
                ("parent", parent),
                ("zh", &indicator.label.zh),
                ("en", &indicator.label.en),
                ("kind", &local(kind, self.lang)),
                ("unit", indicator.unit.as_ref().map_or("", |unit| unit.text.as_str())),
                ("order", &(order + 1).to_string()),
                ("source", &indicator.source),
            ]);
        }
        draft.page
    }

    fn members(&self) -> Page {
        let mut draft = Draft::of("members", norm::MEMBERS, &["norm", "code", "zh", "include", "clause"], self.lang);
        if let Some(norm) = self.book.norms.get(&self.wanted.norm) {
            for (at, (include, clause)) in &norm.members {
                let words = norm::INCLUDE.iter().find(|(_, known)| known == include);
                let label = self.book.tree.entries.get(*at).map_or("", |entry| entry.label.get(self.lang));
                draft.row(&[
                    ("norm", &norm.id),
                    ("code", self.code(*at)),
                    ("zh", label),
                    ("include", &local(words.map(|(names, _)| *names).unwrap_or_default(), self.lang)),
                    ("clause", clause),
                ]);
            }
        }
        let words = norm::INCLUDE.iter().map(|(names, _)| local(names, self.lang)).collect();
        draft.offers_texts("include", words);
        draft.page
    }

    fn methods(&self) -> Page {
        let keys = ["code", "zh", "quantity", "value", "bind", "ecosystems", "clause", "branch"];
        let mut draft = Draft::of("methods", norm::METHODS, &keys, self.lang);
        for method in self.used() {
            let label = self.book.tree.entries.get(method.indicator).map_or("", |entry| entry.label.get(self.lang));
            let bind: Vec<String> = method.bound.iter().map(|(symbol, name)| format!("{symbol}={name}")).collect();
            let takes_lesser = method.branch == Branch::Service
                && method
                    .quantity
                    .as_ref()
                    .is_some_and(|id| self.book.formulas.get(id).is_some_and(|formula| formula.text.contains("min(")));
            let branch = match (method.branch, self.lang) {
                (Branch::Service, Lang::Zh) if takes_lesser => "净化能力",
                (Branch::Service, Lang::En) if takes_lesser => "capacity",
                _ => "",
            };
            draft.row(&[
                ("code", self.code(method.indicator)),
                ("zh", label),
                ("quantity", method.quantity.as_deref().unwrap_or_default()),
                ("value", method.value.as_deref().unwrap_or_default()),
                ("bind", &bind.join("; ")),
                ("ecosystems", &method.ecosystems.join("、")),
                ("clause", &method.clause),
                ("branch", branch),
            ]);
        }
        let words = norm::BRANCHES.iter().map(|(names, _)| local(names, self.lang)).collect();
        draft.offers_texts("branch", words);
        draft.page
    }

    /// The formulas of the methods, each once.
    fn used_formulas(&self) -> Vec<&'a Formula> {
        let mut found: BTreeMap<&str, &Formula> = BTreeMap::new();
        for method in self.used() {
            for formula in self.formulas_of(method) {
                found.insert(&formula.id, formula);
            }
        }
        found.into_values().collect()
    }

    fn formulas(&self) -> Page {
        let keys = ["id", "name", "expression", "unit", "mode", "clause", "source", "trust"];
        let mut draft = Draft::of("formulas", formula::COLUMNS, &keys, self.lang);
        for formula in self.used_formulas() {
            draft.row(&[
                ("id", &formula.id),
                ("name", &formula.name),
                ("expression", &formula.text),
                ("unit", &formula.unit.text),
                ("mode", if formula.plain { "plain" } else { "" }),
                ("clause", &formula.clause),
                ("source", &formula.source),
                ("trust", &formula.trust),
            ]);
        }
        draft.page
    }

    fn variables(&self) -> Page {
        let keys = ["formula", "symbol", "role", "unit", "climbed", "name", "min", "max"];
        let mut draft = Draft::of("variables", formula::VARIABLES, &keys, self.lang);
        for formula in self.used_formulas() {
            for variable in &formula.variables {
                let role = formula::ROLES.iter().find(|(_, role)| *role == variable.role);
                let bound = |value: &Option<crate::value::Value>| {
                    value.as_ref().map_or_else(String::new, |value| value.written())
                };
                draft.row(&[
                    ("formula", &formula.id),
                    ("symbol", &variable.symbol),
                    ("role", &local(role.map(|(names, _)| *names).unwrap_or_default(), self.lang)),
                    ("unit", &variable.unit.text),
                    ("climbed", variable.climbed.as_ref().map_or("", |unit| unit.text.as_str())),
                    ("name", &variable.name),
                    ("min", &bound(&variable.range.0)),
                    ("max", &bound(&variable.range.1)),
                ]);
            }
        }
        draft.page
    }

    fn ladders(&self) -> Page {
        let keys: Vec<&str> = entry::LADDERS.iter().map(|column| column.key).collect();
        let mut draft = Draft::of("ladders", entry::LADDERS, &keys, self.lang);
        let used: BTreeSet<String> = self
            .taken()
            .into_iter()
            .filter(|(_, variable, _)| variable.role == Role::Ladder)
            .map(|(_, _, name)| name)
            .collect();
        for (name, ladder) in self.book.ladders.iter().filter(|(name, _)| used.contains(*name)) {
            for (from, value) in &ladder.steps {
                let own = value.div(&ladder.unit.scale).unwrap_or_else(|_| value.clone());
                draft.row(&[
                    ("name", name),
                    ("from", &from.div(&ladder.climbed.scale).unwrap_or_else(|_| from.clone()).written()),
                    ("from_unit", &ladder.climbed.text),
                    ("value", &own.written()),
                    ("unit", &ladder.unit.text),
                ]);
            }
        }
        draft.page
    }
}

/// The name of a word in a language, whatever the order of its names.
fn local(names: &[&str], lang: Lang) -> String {
    let fits = |name: &&&str| name.is_ascii() == (lang == Lang::En) && name.len() > 1;
    names.iter().find(fits).or_else(|| names.first()).map_or_else(String::new, |name| (*name).to_owned())
}
