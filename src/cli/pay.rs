//! `ecocomp horizontal pay`: who supplies whom, and the payments that all can accept.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::arguments::not_negative;
use crate::cli::failure::Failure;
use crate::cli::frontier::ChartFormat;
use crate::cli::{completed, deliver, pretty, searching};
use crate::finding::{Finding, FindingLog, Findings, Place};
use crate::horizontal::payment::reading::{Read, parse};
use crate::horizontal::payment::tables::{List, read};
use crate::horizontal::payment::{DataFiles, Status, pay};
use crate::phrases::Lang;
use crate::{files, report};

/// Arguments of `ecocomp horizontal pay`.
#[derive(Debug, Args)]
pub(super) struct Pay {
    /// Case file (.toml, .json) of areas, service flows, parties and the deal.
    case: PathBuf,
    /// Seconds after which it stops, with what it found until then.
    #[arg(long, value_name = "SECONDS", value_parser = not_negative, allow_negative_numbers = true)]
    pub(super) time_limit: Option<f64>,
    /// Form of the result.
    #[arg(long, default_value = "table")]
    format: ChartFormat,
    /// File to write instead of standard output.
    #[arg(short, long)]
    output: Option<PathBuf>,
}

pub(super) fn run(command: &Pay, lang: Lang) -> Result<(), Failure> {
    let case = open(&command.case)?;
    let answer =
        pay(&case.request, &searching(command.time_limit)).map_err(|findings| limited(case.located(findings)))?;
    let bytes = match command.format {
        ChartFormat::Table => report::payment::text(&answer, lang).into_bytes(),
        ChartFormat::Json => pretty(&answer),
        ChartFormat::Csv => report::payment::csv(&answer, lang),
        ChartFormat::Svg => report::payment::svg(&answer, lang).into_bytes(),
    };
    deliver(&bytes, command.output.as_deref(), lang)?;
    match answer.status {
        Status::Deal => completed(answer.deal.as_ref().is_none_or(|deal| deal.complete), &command.case),
        // The answer is written, and says why; the exit code says that there is no deal.
        Status::Infeasible => {
            let place = Place::file(command.case.display().to_string());
            Err(Failure::Infeasible(Finding::error("payment.infeasible", place).into(), None))
        }
    }
}

/// A limit is no error of the input.
pub(super) fn limited(findings: Findings) -> Failure {
    let limited =
        findings.0.iter().any(|finding| matches!(finding.code(), "solver.limit_time" | "solver.limit_interrupt"));
    if limited { Failure::Limit(findings) } else { Failure::Findings(findings) }
}

/// Reads a case file and the tables it names.
fn open(path: &Path) -> Result<Read, Failure> {
    files::protect(path);
    let mut case = parse(&files::read_text(path)?, &path.display().to_string())?;
    let Some(data) = case.request.data.take() else { return Ok(case) };
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut log = FindingLog::default();
    for (list, file) in tables(&data) {
        let Some(file) = file else { continue };
        match files::tables(&folder.join(file)) {
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
    Ok(Findings::gate(case, log.into_findings()).map(|(case, _)| case)?)
}

fn tables(data: &DataFiles) -> [(List, &Option<String>); 7] {
    [
        (List::Areas, &data.areas),
        (List::River, &data.river),
        (List::Distances, &data.distances),
        (List::Gep, &data.gep),
        (List::Flows, &data.flows),
        (List::Parties, &data.parties),
        (List::Pairs, &data.pairs),
    ]
}
