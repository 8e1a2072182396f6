//! The settlement as a document: data used, measures, clauses with their steps and flows, ledger, transfers, checks.

use schemars::JsonSchema;
use serde::Serialize;

use crate::agreement::{Confirmed, Role};
use crate::phrases::Text;
use crate::settlement::series::SeriesPart;

/// A settled agreement. Amounts are whole 分 (`…_fen`).
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Settlement {
    /// What was settled.
    pub agreement: AgreementPart,
    /// What the monitoring files held.
    pub data: DataPart,
    /// The years, in order.
    pub years: Vec<YearPart>,
    /// All years together, by party.
    pub total: Vec<LedgerPart>,
    /// What is put off beyond the last year settled: by a budget, or because a fund held too little.
    pub outstanding: Vec<OutstandingPart>,
    /// Years of the term that need data and have none: they are not settled.
    pub years_without_data: Vec<i32>,
    /// What a reader must know before using the result: doubtful data, what was decided by an assumption.
    pub warnings: Vec<Text>,
}

/// Name, term, basis and standing of the agreement.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AgreementPart {
    /// Printed name.
    pub name: Text,
    /// First year of the term.
    pub first_year: i32,
    /// Last year of the term.
    pub last_year: i32,
    /// Legal text.
    pub basis: String,
    /// Where its terms are known from.
    pub source: String,
    /// How far they are confirmed.
    pub confirmed: Confirmed,
    /// The same in words.
    pub confirmed_name: Text,
    /// Single figures that are confirmed otherwise.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub standings: Vec<StandingPart>,
    /// What a reader must know.
    pub note: Option<Text>,
    /// Whether terms are made up.
    pub illustrative: bool,
    /// The parties, from the source to the mouth; then those beside the river.
    pub parties: Vec<PartyPart>,
}

/// How far single figures are confirmed.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct StandingPart {
    /// The figures by their keys.
    pub of: Vec<String>,
    /// The same in words.
    pub figures: Vec<Text>,
    /// How far they are confirmed.
    pub confirmed: Confirmed,
    /// The same in words.
    pub confirmed_name: Text,
    /// Where they are known from, or why they are assumed so.
    pub source: Text,
}

/// A party.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PartyPart {
    /// Its id.
    pub id: String,
    /// Printed name.
    pub name: Text,
    /// What it is.
    pub role: Role,
}

/// What the monitoring files held.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct DataPart {
    /// File names.
    pub files: Vec<String>,
    /// Figures read.
    pub figures: usize,
    /// Figures below a detection limit.
    pub below_detection: usize,
    /// Whether a row says that it is made up.
    pub illustrative: bool,
    /// Columns left aside, as the agreement says.
    pub ignored_columns: Vec<String>,
    /// Sections left aside, as the agreement says.
    pub ignored_sections: Vec<String>,
    /// Indicators left aside, as the agreement says.
    pub ignored_indicators: Vec<String>,
}

/// One settled year.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct YearPart {
    /// The year.
    pub year: i32,
    /// Yearly means that the measures used, baselines included.
    pub series: Vec<SeriesPart>,
    /// Values of the measures.
    pub measures: Vec<MeasurePart>,
    /// The clauses, in the order settled.
    pub clauses: Vec<ClausePart>,
    /// Who pays and receives how much.
    pub ledger: Vec<LedgerPart>,
    /// What is to be transferred between two parties, advances credited.
    pub transfers: Vec<TransferPart>,
    /// What was paid in advance.
    pub advances: Vec<AdvancePart>,
    /// What the common funds held, took in, paid and hold.
    pub funds: Vec<FundPart>,
    /// What was checked of the result; a settlement of which a check fails is refused.
    pub checks: Vec<CheckPart>,
}

/// The value of a measure.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct MeasurePart {
    /// Its id.
    pub id: String,
    /// Printed name.
    pub name: Text,
    /// The section it is of; `None` for the whole.
    pub section: Option<String>,
    /// Printed name of the section.
    pub section_name: Option<Text>,
    /// The value as shown.
    pub value: String,
    /// The value as an exact fraction.
    pub value_exact: String,
    /// Whether it was taken as published and not computed.
    pub as_published: bool,
    /// How it came about.
    pub steps: Vec<Text>,
}

/// A settled clause.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ClausePart {
    /// Its id.
    pub id: String,
    /// Printed name.
    pub title: Text,
    /// Name of its kind.
    pub kind: Text,
    /// What it stands on.
    pub basis: String,
    /// How far it is confirmed.
    pub confirmed: Confirmed,
    /// The same in words.
    pub confirmed_name: Text,
    /// Why it did not hold this year; `None` where it did.
    pub not_in_force: Option<Text>,
    /// How it came about.
    pub steps: Vec<Text>,
    /// Its flows of money.
    pub flows: Vec<FlowPart>,
}

/// A flow of money.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct FlowPart {
    /// The clause it stands on.
    pub clause: String,
    /// Who pays.
    pub from: String,
    /// Who receives.
    pub to: String,
    /// What is paid this year, after caps and budgets, and as far as a fund holds it.
    pub amount_fen: i64,
    /// What the clause alone says, or what was carried over: paid + put off + not paid at all.
    pub due_fen: i64,
    /// What is put off to the next year.
    pub put_off_fen: i64,
    /// What is not paid at all: above a cap, forgone.
    pub cut_fen: i64,
    /// The section it is for.
    pub section: Option<String>,
    /// Printed name of the section.
    pub section_name: Option<Text>,
    /// The month it is for.
    pub month: Option<u8>,
    /// The year in which it arose, where it was carried over.
    pub carried_from: Option<i32>,
}

/// What is still to be paid after the last year settled.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct OutstandingPart {
    /// The clause it stands on.
    pub clause: String,
    /// Printed name of the clause.
    pub clause_title: Text,
    /// Who owes it.
    pub from: String,
    /// To whom.
    pub to: String,
    /// What is put off.
    pub amount_fen: i64,
    /// The section it is for.
    pub section: Option<String>,
    /// Printed name of the section.
    pub section_name: Option<Text>,
    /// The month it is for.
    pub month: Option<u8>,
    /// The year in which it arose.
    pub carried_from: Option<i32>,
}

/// What was paid in advance, credited in the transfers.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AdvancePart {
    /// The clause it stands on.
    pub clause: String,
    /// Who paid it.
    pub from: String,
    /// Who received it.
    pub to: String,
    /// How much.
    pub amount_fen: i64,
}

/// A common fund in a year.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct FundPart {
    /// Its id.
    pub fund: String,
    /// Printed name.
    pub name: Text,
    /// What it held at the beginning of the year.
    pub opening_fen: i64,
    /// What was really paid in.
    pub paid_in_fen: i64,
    /// What it paid.
    pub paid_out_fen: i64,
    /// What it holds at the end: opening + paid in − paid out, never below zero.
    pub closing_fen: i64,
}

/// What a party pays and receives.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct LedgerPart {
    /// Party id.
    pub party: String,
    /// Printed name.
    pub name: Text,
    /// All that it pays.
    pub pays_fen: i64,
    /// All that it receives.
    pub receives_fen: i64,
    /// Receives less pays.
    pub net_fen: i64,
    /// Advances received less advances paid.
    pub advanced_fen: i64,
    /// What is still to come to it (negative: to be paid by it): net less advances.
    pub settle_fen: i64,
}

/// What one party transfers to another when the year is settled.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct TransferPart {
    /// Who owes, on balance over all clauses; or who paid an advance.
    pub from: String,
    /// Who is owed.
    pub to: String,
    /// What is due on balance; negative where the other side owes.
    pub due_fen: i64,
    /// What was paid in advance.
    pub prepaid_fen: i64,
    /// What is still to be paid; negative: what comes back.
    pub settle_fen: i64,
}

/// Something that was checked.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CheckPart {
    /// What.
    pub what: Text,
    /// Whether it holds.
    pub holds: bool,
}
