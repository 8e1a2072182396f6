//! Cases of supply, benefit and payment, with the tables that they name, from files or in one document.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::dataset::csv_table::read_csv;
use crate::dataset::table::Table;
use crate::document::typed::Document;
use crate::finding::{Finding, FindingLog, Findings, Place, hint};
use crate::horizontal::payment::reading::{Read, parse};
use crate::horizontal::payment::tables::{List, read};
use crate::horizontal::payment::{self, Answer, DataFiles, pay};
use crate::questions::Failure;
use crate::questions::pointers::{Pointers, name_of, one_of, token};
use crate::questions::question::OfDocument;
use crate::solver::SolveOptions;

/// A case of supply, benefit and payment, with the tables that it names.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PaymentQuestion {
    /// The case as an object, its rows written out or in tables that its `data` names; it or `case_text`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<payment::Request>,
    /// The case file (TOML or JSON) as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case_text: Option<String>,
    /// CSV text of each table, by the name that the case's `data` gives it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<String, String>,
}

/// The tables that a case names, in the order in which they are read, with their keys.
fn named(data: &DataFiles) -> [(List, &'static str, Option<&String>); 7] {
    [
        (List::Areas, "areas", data.areas.as_ref()),
        (List::River, "river", data.river.as_ref()),
        (List::Distances, "distances", data.distances.as_ref()),
        (List::Gep, "gep", data.gep.as_ref()),
        (List::Flows, "flows", data.flows.as_ref()),
        (List::Parties, "parties", data.parties.as_ref()),
        (List::Pairs, "pairs", data.pairs.as_ref()),
    ]
}

/// Finds the tables of a key and name.
pub type Find<'a> = dyn FnMut(&'static str, &str) -> Result<Vec<Table>, Findings> + 'a;

/// Reads the tables that a case names into it; `find` knows the tables of a key and name.
///
/// # Errors
/// What `find` says, and everything that is wrong with the tables.
pub fn fill(case: &mut Read, find: &mut Find<'_>) -> Result<(), Findings> {
    let data = case.request.data.take().unwrap_or_default();
    let mut log = FindingLog::default();
    for (list, key, name) in named(&data) {
        let Some(name) = name else { continue };
        match find(key, name) {
            Ok(tables) => {
                for table in tables {
                    match read(list, &table, &mut case.request) {
                        Ok(origin) => case.origins.push(origin),
                        Err(Findings(found)) => log.extend(found),
                    }
                }
            }
            Err(Findings(found)) => log.extend(found),
        }
    }
    Findings::gate((), log.into_findings()).map(drop)
}

/// Answers a case whose tables are read.
///
/// # Errors
/// What is wrong with it, at its places in files; a limit.
pub fn pay_case(case: &Read, options: &SolveOptions) -> Result<Answer, Findings> {
    pay(&case.request, options).map_err(|findings| case.located(findings))
}

/// Whether no limit cut short the deal.
pub fn is_whole(answer: &Answer) -> bool {
    answer.deal.as_ref().is_none_or(|deal| deal.complete)
}

/// The pointer of a table.
fn table_pointer(name: &str) -> String {
    format!("/files/{}", token(name))
}

impl PaymentQuestion {
    fn tables(&self, case: &mut Read, root: &str) -> Result<(), Findings> {
        let mut used = BTreeSet::new();
        let filled = fill(case, &mut |key, name| {
            let Some(csv) = self.files.get(name) else {
                let place = if root == "/case" { format!("/case/data/{key}") } else { root.to_owned() };
                let like = hint(name, self.files.keys().map(String::as_str)).text();
                let finding = Finding::error("talks.no_table", Place::file(place)).with("name", name);
                return Err(finding.with("like", like).into());
            };
            used.insert(name.to_owned());
            Ok(vec![read_csv(name, csv.as_bytes())?])
        });
        let mut log = FindingLog::default();
        log.extend(filled.err().map(|findings| findings.0).unwrap_or_default());
        for name in self.files.keys().filter(|name| !used.contains(*name)) {
            log.push(Finding::error("talks.table_unused", Place::file(table_pointer(name))).with("name", name));
        }
        Findings::gate((), log.into_findings()).map(drop)
    }
}

impl Document for PaymentQuestion {
    const PAGE: &'static str = "docs/payment.md";
}

impl OfDocument for PaymentQuestion {
    type Answer = Answer;

    fn answer(mut self, options: &SolveOptions) -> Result<Answer, Failure> {
        let (read, root, name) = match (self.case.take(), self.case_text.take()) {
            (Some(request), None) => (Ok(Read::of(request)), "/case", ""),
            (None, Some(text)) => {
                let name = name_of(&text);
                (parse(&text, name), "/case_text", name)
            }
            _ => return Err(one_of("case", "case_text")),
        };
        let root_pointers = Pointers::new(root).file(name, root);
        let pointers = self.files.keys().fold(root_pointers, |all, name| all.file(name.clone(), table_pointer(name)));
        let mut case = read.map_err(|findings| pointers.point(findings))?;
        self.tables(&mut case, root).map_err(|findings| pointers.point(findings))?;
        Ok(pay_case(&case, options).map_err(|findings| pointers.point(findings))?)
    }

    fn is_complete(answer: &Answer) -> bool {
        is_whole(answer)
    }
}
