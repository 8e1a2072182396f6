//! From monitoring data to index, tier and ledger (清算): every step shown, every sum closed to the 分.

mod advances;
mod cell;
mod checks;
mod columns;
mod decisive;
mod document;
mod doubts;
mod facts;
mod ledger;
mod measures;
mod monitoring;
mod series;
mod term;
mod units;
mod year;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::agreement::{Agreement, Places, Standing};
use crate::dataset::table::Table;
use crate::finding::{Finding, FindingLog, Findings};
use crate::phrases::{Lang, Text};
use crate::settlement::facts::Facts;

pub use document::{
    AdvancePart, AgreementPart, CheckPart, ClausePart, DataPart, FlowPart, FundPart, LedgerPart, MeasurePart,
    OutstandingPart, PartyPart, Settlement, StandingPart, TransferPart, YearPart,
};
pub use monitoring::table;
pub use series::{MonthPart, SeriesPart};

/// An agreement and the monitoring data to settle it with.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SettlementRequest {
    /// The agreement.
    pub agreement: Agreement,
    /// Monitoring tables; none for an agreement that looks at no data.
    #[serde(default)]
    pub monitoring: Vec<MonitoringTable>,
    /// The year to settle; every year of the term with data where it is not given.
    #[serde(default)]
    pub year: Option<i32>,
}

/// A monitoring table as CSV text.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MonitoringTable {
    /// Name for messages.
    pub name: String,
    /// Its text, header first.
    pub csv: String,
}

/// Settles an agreement.
///
/// # Errors
/// Everything that is wrong with the agreement, the tables, or what they give together.
pub fn settle(request: &SettlementRequest) -> Result<Settlement, Findings> {
    let places = Places::default();
    let findings = request.agreement.check(&places);
    Findings::gate((), findings)?;
    let mut tables = Vec::new();
    let mut log = FindingLog::default();
    for part in &request.monitoring {
        match crate::dataset::csv_table::read_csv(&part.name, part.csv.as_bytes()) {
            Ok(table) => tables.push(table),
            Err(Findings(found)) => log.extend(found),
        }
    }
    let (tables, _) = Findings::gate(tables, log.into_findings())?;
    settle_tables(&request.agreement, &places, &tables, request.year)
}

/// Settles an agreement that was checked when it was read, with tables read from files.
///
/// # Errors
/// Everything that is wrong with the tables, or with what they give together.
pub fn settle_tables(
    agreement: &Agreement,
    places: &Places<'_>,
    tables: &[Table],
    year: Option<i32>,
) -> Result<Settlement, Findings> {
    let (mut settled, facts) = settled(agreement, places, tables, year)?;
    let decides = decisive::below_detection(agreement, places, tables, (&facts, year), &settled);
    settled.warnings.extend(decides.map(sentence));
    Ok(settled)
}

/// The settlement alone, without asking what another rule would give.
fn outcome(
    agreement: &Agreement,
    places: &Places<'_>,
    tables: &[Table],
    year: Option<i32>,
) -> Result<Settlement, Findings> {
    settled(agreement, places, tables, year).map(|(settled, _)| settled)
}

/// The settlement, and the facts that it was made of.
fn settled(
    agreement: &Agreement,
    places: &Places<'_>,
    tables: &[Table],
    year: Option<i32>,
) -> Result<(Settlement, Facts), Findings> {
    let facts = monitoring::read(agreement, tables)?;
    let years = term::years(agreement, places, &facts, tables, year)?;
    let mut warnings = term::warnings(agreement, tables, &years, year);
    let used = years.settled.iter().copied().chain(agreement.base_years()).collect();
    warnings.extend(doubts::doubts(agreement, &facts, tables, &used));
    let without_data = years.without_data;
    let mut log = FindingLog::default();
    let mut settled = Vec::new();
    let mut state = year::State::new(agreement);
    for year in years.settled {
        match year::settle(agreement, places, &facts, tables, year, &mut state) {
            Ok(part) => settled.push(part),
            Err(finding) => log.push(finding),
        }
    }
    let (years, _): (Vec<YearPart>, Vec<Finding>) = Findings::gate(settled, log.into_findings())?;
    let head = &agreement.agreement;
    let party = |id: &str| {
        agreement.party_of(id).map(|party| PartyPart {
            id: party.id.clone(),
            name: party.name.0.clone(),
            role: party.role,
        })
    };
    let settlement = Settlement {
        agreement: AgreementPart {
            name: head.name.0.clone(),
            first_year: head.first_year,
            last_year: head.last_year,
            basis: head.basis.clone(),
            source: head.source.clone(),
            confirmed: head.confirmed,
            confirmed_name: head.confirmed.name(),
            standings: agreement.standing.iter().map(|part| standing(agreement, part)).collect(),
            note: head.note.as_ref().map(|note| note.0.clone()),
            illustrative: head.illustrative,
            parties: agreement.downstream_order().into_iter().filter_map(party).collect(),
        },
        data: DataPart {
            files: tables.iter().filter_map(|table| table.place.file.clone()).collect(),
            figures: facts.figures,
            below_detection: facts.below,
            illustrative: facts.illustrative,
            ignored_columns: facts.ignored_columns.clone(),
            ignored_sections: facts.ignored_sections.iter().cloned().collect(),
            ignored_indicators: facts.ignored_words.iter().cloned().collect(),
        },
        total: ledger::ledger(agreement, state.all.iter(), state.advances.iter()),
        outstanding: state.book.carried.iter().map(|flow| ledger::outstanding_part(agreement, flow)).collect(),
        years_without_data: without_data,
        warnings: warnings.into_iter().map(sentence).collect(),
        years,
    };
    Ok((settlement, facts))
}

/// A warning as a sentence that does not depend on the folder of the files.
fn sentence(mut finding: Finding) -> Text {
    let base = |file: &str| file.rsplit(['/', '\\']).next().unwrap_or(file).to_owned();
    finding.place.file = finding.place.file.as_deref().map(base);
    Text { zh: finding.render(Lang::Zh), en: finding.render(Lang::En) }
}

/// How far some figures are confirmed, as a document.
pub fn standing(agreement: &Agreement, standing: &Standing) -> StandingPart {
    StandingPart {
        of: standing.of.clone(),
        figures: agreement.figures_of(standing),
        confirmed: standing.confirmed,
        confirmed_name: standing.confirmed.name(),
        source: standing.source.0.clone(),
    }
}
