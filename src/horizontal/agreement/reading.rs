//! From TOML or JSON text to an agreement that was checked.

use crate::agreement::model::Agreement;
use crate::document::places::Places;
use crate::document::typed::{self, Document};
use crate::finding::{Finding, FindingLog, Findings};

impl Document for Agreement {
    const PAGE: &'static str = "docs/horizontal.md";
    const ENTRIES: usize = 5_000;
    const ONE_LINE: bool = true;
}

/// An agreement that was read and checked, and where its keys stand.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The agreement.
    pub agreement: Agreement,
    document: typed::Opened<()>,
}

impl Opened {
    /// Places of its keys.
    pub fn places(&self) -> Places<'_> {
        self.document.places()
    }
}

/// Reads and checks an agreement; a name that ends in `.json` is JSON, any other TOML.
///
/// # Errors
/// Everything that is wrong with it, each with its line.
pub fn read(text: &str, file: &str) -> Result<Opened, Findings> {
    let (agreement, document) = typed::open::<Agreement>(text, file)?.split();
    let mut log = FindingLog::default();
    for (key, is_empty) in [("party", agreement.party.is_empty()), ("clause", agreement.clause.is_empty())] {
        if is_empty {
            let finding = Finding::error("document.key_missing", document.places().of(key));
            log.push(finding.with("key", key).with("page", Agreement::PAGE));
        }
    }
    Findings::gate((), log.into_findings())?;
    let findings = agreement.check(&document.places());
    let (agreement, _) = Findings::gate(agreement, findings)?;
    Ok(Opened { agreement, document })
}
