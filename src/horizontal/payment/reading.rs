//! A case file (TOML or JSON) as a request, and the line of every finding in it.

use crate::document::places::Places;
use crate::document::typed::{self, Document};
use crate::finding::{Finding, Findings};
use crate::payment::request::Request;
use crate::payment::tables::Origin;

impl Document for Request {
    const PAGE: &'static str = "docs/payment.md";
}

/// A request with where everything in it stands.
#[derive(Debug, Clone)]
pub struct Read {
    /// The request; its tables are not read yet.
    pub request: Request,
    document: Option<typed::Opened<()>>,
    /// Where rows of tables came from.
    pub origins: Vec<Origin>,
}

/// Reads the text of a case file; JSON where its name says so, else TOML.
///
/// # Errors
/// Everything that is no TOML or JSON, or no case: unknown and missing keys, values of the wrong kind.
pub fn parse(text: &str, file: &str) -> Result<Read, Findings> {
    let (request, document) = typed::open(text, file)?.split();
    Ok(Read { request, document: Some(document), origins: Vec::new() })
}

impl Read {
    /// A request that came as such: its findings have no file, and its key paths stay.
    pub fn of(request: Request) -> Self {
        Self { request, document: None, origins: Vec::new() }
    }

    /// The findings with file and row or line.
    pub fn located(&self, findings: Findings) -> Findings {
        let in_table = |mut finding: Finding| {
            if let (None, Some(column)) = (&finding.place.file, &finding.place.column)
                && let Some(place) = self.origins.iter().find_map(|origin| origin.locate(column))
            {
                finding.place = place;
            }
            finding
        };
        let findings = Findings(findings.0.into_iter().map(in_table).collect());
        match &self.document {
            Some(document) => Places::locate(&document.places(), findings),
            None => findings,
        }
    }
}
