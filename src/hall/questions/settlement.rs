//! Agreements settled: an agreement and its monitoring tables, from files or in one document.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::document::typed::Document;
use crate::finding::{Finding, FindingLog, Findings, Place};
use crate::horizontal::agreement::{self, Agreement, Opened, Places};
use crate::horizontal::settlement::{self, MonitoringTable, Settlement};
use crate::questions::Failure;
use crate::questions::pointers::{Pointers, name_of, one_of};
use crate::questions::question::OfDocument;
use crate::solver::SolveOptions;

/// What an object of an agreement is called by the reader.
const OBJECT: &str = "document.json";

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

/// Settles an agreement with the monitoring tables of files, each with its name; `places` is where the agreement's clauses stand.
///
/// # Errors
/// What is wrong with the tables, or with the agreement in the light of them.
pub fn settle(
    (opened, places): (&Opened, &Places),
    files: &[(String, Vec<u8>)],
    year: Option<i32>,
) -> Result<Settlement, Findings> {
    let (mut tables, mut log) = (Vec::new(), FindingLog::default());
    for (name, bytes) in files {
        match settlement::table(name, bytes) {
            Ok(table) => tables.push(table),
            Err(Findings(found)) => log.extend(found),
        }
    }
    let (tables, _) = Findings::gate(tables, log.into_findings())?;
    settlement::settle_tables(&opened.agreement, places, &tables, year)
}

impl SettlementQuestion {
    /// Names that stand twice would make one table of two.
    fn check_names(&self) -> Result<(), Findings> {
        let mut log = FindingLog::default();
        for (index, part) in self.monitoring.iter().enumerate() {
            if self.monitoring.iter().take(index).any(|known| known.name == part.name) {
                let place = Place::file(format!("/monitoring/{index}/name"));
                log.push(Finding::error("policy.word_twice", place).with("word", &part.name));
            }
        }
        Findings::gate((), log.into_findings()).map(drop)
    }

    fn open(&self) -> Result<Opened, Failure> {
        let (text, name, pointer) = match (&self.agreement, &self.agreement_text) {
            (Some(value), None) => (value.to_string(), OBJECT, "/agreement"),
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
            Pointers::new(pointer).file(name, pointer).point(findings).into()
        })
    }
}

impl Document for SettlementQuestion {
    const PAGE: &'static str = "docs/horizontal.md";
}

impl OfDocument for SettlementQuestion {
    type Answer = Settlement;

    fn answer(self, _: &SolveOptions) -> Result<Settlement, Failure> {
        let opened = self.open()?;
        self.check_names()?;
        let (root, places) = match &self.agreement_text {
            None => (Pointers::new("/agreement").file(OBJECT, "/agreement"), Places::default()),
            Some(text) => (Pointers::text("/agreement_text").file(name_of(text), "/agreement_text"), opened.places()),
        };
        let tables = self.monitoring.iter().enumerate();
        let pointers = tables.fold(root, |pointers, (index, table)| {
            pointers.file(table.name.clone(), format!("/monitoring/{index}/csv"))
        });
        let files: Vec<(String, Vec<u8>)> =
            self.monitoring.into_iter().map(|table| (table.name, table.csv.into_bytes())).collect();
        Ok(settle((&opened, &places), &files, self.year).map_err(|findings| pointers.point(findings))?)
    }
}
