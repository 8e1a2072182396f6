//! The questions of horizontal compensation as they come over HTTP: complete in themselves, no file of the server is read.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::dataset::csv_table::read_csv;
use crate::finding::{Finding, FindingLog, Findings, Place, hint};
use crate::horizontal::agreement::{self, Agreement, Places};
use crate::horizontal::bargaining::{self, bargain};
use crate::horizontal::cooperative::{self, GameRequest};
use crate::horizontal::division::{self, DivisionRequest};
use crate::horizontal::payment::reading::{Read, parse};
use crate::horizontal::payment::tables::{List, read};
use crate::horizontal::payment::{self, DataFiles, pay};
use crate::horizontal::settlement::{self, MonitoringTable};
use crate::http::pointers::Pointers;
use crate::jobs::{End, Ticket};
use crate::questions::{Failure, pretty};

/// A question of horizontal compensation: its answer is the document that the command line prints.
pub trait Question: Send + 'static {
    /// The document.
    ///
    /// # Errors
    /// What is wrong with the question, by pointers into it; limits.
    fn answer(self, ticket: &Arc<Ticket>) -> Result<Vec<u8>, Failure>;

    /// Whether it may take long.
    fn is_long(&self) -> bool {
        false
    }
}

/// The document, or the failure with pointers.
fn told<A: Serialize>(answer: Result<A, Findings>, pointers: &Pointers) -> Result<Vec<u8>, Failure> {
    answer.map(|answer| pretty(&answer)).map_err(|findings| failed(findings, pointers))
}

fn failed(findings: Findings, pointers: &Pointers) -> Failure {
    let limited =
        findings.0.iter().any(|finding| matches!(finding.code(), "solver.limit_time" | "solver.limit_interrupt"));
    let findings = pointers.point(findings);
    if limited { Failure::Limit(findings) } else { Failure::Findings(findings) }
}

/// The answer, unless nobody waits for it any more. One that was cut short because its time was up says so itself.
pub fn unless_ended<A>(ticket: &Ticket, answer: A) -> Result<A, Failure> {
    match ticket.ended() {
        Some(End::Cancelled | End::Shutdown) => Err(Failure::Limit(Findings(Vec::new()))),
        Some(End::TimedOut) | None => Ok(answer),
    }
}

impl Question for DivisionRequest {
    fn answer(self, ticket: &Arc<Ticket>) -> Result<Vec<u8>, Failure> {
        let answer = division::divide_while(&self, &|| ticket.ended().is_none());
        told(unless_ended(ticket, answer)?, &Pointers::new(""))
    }
}

impl Question for GameRequest {
    fn answer(self, ticket: &Arc<Ticket>) -> Result<Vec<u8>, Failure> {
        let answer = cooperative::solve_while(&self, &|| ticket.ended().is_none());
        told(unless_ended(ticket, answer)?, &Pointers::new(""))
    }

    fn is_long(&self) -> bool {
        // A table of 2ⁿ coalitions and its sequence of programs grow so fast that few parties decide.
        self.parties.len() > 10
    }
}

impl Question for bargaining::Request {
    fn answer(self, ticket: &Arc<Ticket>) -> Result<Vec<u8>, Failure> {
        let answer = bargain(&self, &ticket.options());
        told(unless_ended(ticket, answer)?, &Pointers::new(""))
    }
}

/// An agreement and the monitoring data to settle it with.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SettlementQuestion {
    /// The agreement as an object; it or `agreement_text`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Agreement>")]
    pub agreement: Option<Value>,
    /// The agreement file (TOML or JSON) as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement_text: Option<String>,
    /// Monitoring tables as CSV text; none for an agreement that looks at no data.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100))]
    pub monitoring: Vec<MonitoringTable>,
    /// The year to settle; every year of the term with data where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub year: Option<i32>,
}

/// What a document in a body is called by the readers.
const JSON_NAME: &str = "document.json";
const TOML_NAME: &str = "document.toml";

/// The name under which a text is read: JSON where it begins with a brace, else TOML.
fn name_of(text: &str) -> &'static str {
    if text.trim_start().starts_with('{') { JSON_NAME } else { TOML_NAME }
}

/// A finding of a body of which neither or both of two members are given.
fn one_of(one: &str, other: &str) -> Failure {
    let finding = Finding::error("talks.one_of", Place::file(format!("/{one}")));
    Failure::Findings(finding.with("one", one).with("other", other).into())
}

impl SettlementQuestion {
    fn open(&self) -> Result<agreement::Opened, Failure> {
        let (text, name, pointer) = match (&self.agreement, &self.agreement_text) {
            (Some(value), None) => (value.to_string(), JSON_NAME, "/agreement"),
            (None, Some(text)) => (text.clone(), name_of(text), "/agreement_text"),
            _ => return Err(one_of("agreement", "agreement_text")),
        };
        agreement::read(&text, name).map_err(|findings| {
            let of_value = |mut finding: Finding| {
                // Lines of an object written out again would be lines of nothing that the client knows.
                if pointer == "/agreement" {
                    (finding.place.file, finding.place.row) = (None, None);
                }
                finding
            };
            let findings = Findings(findings.0.into_iter().map(of_value).collect());
            failed(findings, &Pointers::new(pointer).file(name, pointer))
        })
    }
}

impl Question for SettlementQuestion {
    fn answer(self, _: &Arc<Ticket>) -> Result<Vec<u8>, Failure> {
        let opened = self.open()?;
        let root =
            if self.agreement.is_some() { Pointers::new("/agreement") } else { Pointers::text("/agreement_text") };
        let mut pointers = root.file(JSON_NAME, "/agreement").file(TOML_NAME, "/agreement_text");
        let (mut tables, mut log) = (Vec::new(), FindingLog::default());
        for (index, part) in self.monitoring.iter().enumerate() {
            let pointer = format!("/monitoring/{index}");
            if self.monitoring.iter().take(index).any(|known| known.name == part.name) {
                let place = Place::file(format!("{pointer}/name"));
                log.push(Finding::error("policy.word_twice", place).with("word", &part.name));
                continue;
            }
            pointers = pointers.file(part.name.clone(), format!("{pointer}/csv"));
            match settlement::table(&part.name, part.csv.as_bytes()) {
                Ok(table) => tables.push(table),
                Err(Findings(found)) => log.extend(found),
            }
        }
        let tables = Findings::gate(tables, log.into_findings());
        let (tables, _) = tables.map_err(|findings| failed(findings, &pointers))?;
        let places = if self.agreement.is_some() { Places::default() } else { opened.places() };
        told(settlement::settle_tables(&opened.agreement, &places, &tables, self.year), &pointers)
    }
}

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

/// The tables that a case names, in the order in which the command line reads them, with their keys.
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

/// The pointer of a table.
fn table_pointer(name: &str) -> String {
    format!("/files/{}", name.replace('~', "~0").replace('/', "~1"))
}

impl PaymentQuestion {
    fn tables(&self, case: &mut Read, root: &str) -> Result<(), Findings> {
        let data = case.request.data.take().unwrap_or_default();
        let mut log = FindingLog::default();
        let mut used = std::collections::BTreeSet::new();
        for (list, key, name) in named(&data) {
            let Some(name) = name else { continue };
            let Some(csv) = self.files.get(name) else {
                let place = if root == "/case" { format!("/case/data/{key}") } else { root.to_owned() };
                let like = hint(name, self.files.keys().map(String::as_str)).text();
                log.push(Finding::error("talks.no_table", Place::file(place)).with("name", name).with("like", like));
                continue;
            };
            used.insert(name.clone());
            let table = read_csv(name, csv.as_bytes());
            match table.and_then(|table| read(list, &table, &mut case.request)) {
                Ok(origin) => case.origins.push(origin),
                Err(Findings(found)) => log.extend(found),
            }
        }
        for name in self.files.keys().filter(|name| !used.contains(*name)) {
            log.push(Finding::error("talks.table_unused", Place::file(table_pointer(name))).with("name", name));
        }
        Findings::gate((), log.into_findings()).map(drop)
    }
}

impl Question for PaymentQuestion {
    fn answer(mut self, ticket: &Arc<Ticket>) -> Result<Vec<u8>, Failure> {
        let (read, root, name) = match (self.case.take(), self.case_text.take()) {
            (Some(request), None) => (Ok(Read::of(request)), "/case", ""),
            (None, Some(text)) => {
                let name = name_of(&text);
                (parse(&text, name), "/case_text", name)
            }
            _ => return Err(one_of("case", "case_text")),
        };
        let mut pointers = Pointers::new(root).file(name, root);
        for name in self.files.keys() {
            pointers = pointers.file(name.clone(), table_pointer(name));
        }
        let mut case = read.map_err(|finding| failed(finding.into(), &pointers))?;
        self.tables(&mut case, root).map_err(|findings| failed(findings, &pointers))?;
        let answer = pay(&case.request, &ticket.options()).map_err(|findings| case.located(findings));
        told(unless_ended(ticket, answer)?, &pointers)
    }
}
