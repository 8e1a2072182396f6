//! `ecocomp bargain`: what bargaining over a polyhedral feasible set leads to.

use std::path::PathBuf;

use clap::Args;

use crate::cli::arguments::not_negative;
use crate::cli::failure::Failure;
use crate::cli::frontier::ChartFormat;
use crate::cli::pay::limited;
use crate::cli::{completed, deliver, pretty, searching};
use crate::document::typed;
use crate::finding::{Finding, Place};
use crate::horizontal::bargaining::{Request, bargain, is_no_agreement};
use crate::phrases::Lang;
use crate::{files, report};

/// Arguments of `ecocomp bargain`.
#[derive(Debug, Args)]
pub(super) struct Bargain {
    /// The problem (.toml or .json): parties, feasible set, disagreement point.
    case: PathBuf,
    /// Seconds after which it stops, with what it found until then.
    #[arg(long, value_name = "SECONDS", value_parser = not_negative, allow_negative_numbers = true)]
    pub(super) time_limit: Option<f64>,
    /// Form of the result; svg draws the frontier of two parties.
    #[arg(long, default_value = "table")]
    format: ChartFormat,
    /// File to write instead of standard output.
    #[arg(short, long)]
    output: Option<PathBuf>,
}

/// Runs the command.
pub(super) fn run(command: &Bargain, lang: Lang) -> Result<(), Failure> {
    let name = command.case.display().to_string();
    files::protect(&command.case);
    let text = files::read_text(&command.case)?;
    let request: Request = typed::read(&text, &name)?;
    let answer = bargain(&request, &searching(command.time_limit)).map_err(|findings| {
        let none = is_no_agreement(&findings);
        let findings = typed::located(findings, &text, &name);
        // That parties and set leave no agreement is an answer.
        if none { Failure::Infeasible(findings, None) } else { limited(findings) }
    })?;
    if !answer.complete && answer.solutions.is_empty() {
        return completed(false, &command.case);
    }
    if let ([], Some(unsolved)) = (answer.solutions.as_slice(), answer.unsolved.first()) {
        let finding = Finding::error("bargain.none_found", Place::file(&name)).with("why", unsolved.why.clone());
        return Err(finding.into());
    }
    let bytes = match command.format {
        ChartFormat::Table => report::bargain::text(&answer, lang).into_bytes(),
        ChartFormat::Json => pretty(&answer),
        ChartFormat::Csv => report::bargain::csv(&answer, lang),
        ChartFormat::Svg => match report::bargain::svg(&answer, lang) {
            Some(svg) => svg.into_bytes(),
            None => return Err(Failure::usage(Finding::error("bargain.no_chart", Place::file("--format svg")))),
        },
    };
    deliver(&bytes, command.output.as_deref(), lang)?;
    completed(answer.complete, &command.case)
}
