//! `ecocomp curve`: the optimum as a function of one number of the model.

use std::path::PathBuf;

use clap::Args;

use crate::cli::failure::Failure;
use crate::cli::frontier::ChartFormat;
use crate::cli::{Input, Solving, deliver, inputs, options, pretty, warnings};
use crate::phrases::Lang;
use crate::{questions, report};

/// Arguments of `ecocomp curve`.
#[derive(Debug, Args)]
pub(super) struct Curve {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    solving: Solving,
    /// A number of the model file: fund.district.amount, rule.corridor.between[0], rule.floor.at_least, …
    #[arg(long)]
    path: String,
    /// The parameter is a factor on what stands there, so that several numbers move together.
    #[arg(long)]
    factor: bool,
    /// Least value; default half the present one.
    #[arg(long, value_name = "VALUE", allow_hyphen_values = true)]
    from: Option<String>,
    /// Largest value; default one and a half times the present one.
    #[arg(long, value_name = "VALUE", allow_hyphen_values = true)]
    to: Option<String>,
    /// Only this stage, numbered as in the report of allocate.
    #[arg(long, value_name = "NUMBER")]
    stage: Option<usize>,
    /// Entitlements: held (the curve has every breakpoint), or follow the funds as in allocate (values point by point).
    #[arg(long, default_value = "held")]
    entitlements: questions::EntitlementWord,
    /// Number of values where entitlements follow.
    #[arg(long, default_value_t = 21)]
    points: usize,
    /// Form of the result.
    #[arg(long, default_value = "table")]
    format: ChartFormat,
    /// File to write instead of standard output.
    #[arg(short, long)]
    output: Option<PathBuf>,
}

pub(super) fn run(command: &Curve, lang: Lang) -> Result<(), Failure> {
    let prepared = warnings::prepare(&inputs(&command.input)?)?;
    let asked = questions::Curve {
        path: command.path.clone(),
        factor: command.factor,
        from: command.from.clone(),
        to: command.to.clone(),
        stage: command.stage,
        entitlements: command.entitlements,
        points: command.points,
    };
    let found = questions::curve(&prepared, &asked, &options(&command.solving))?;
    let bytes = match command.format {
        ChartFormat::Table => report::curve::text(&found, lang).into_bytes(),
        ChartFormat::Json => pretty(&found),
        ChartFormat::Csv => report::curve::csv(&found, lang),
        ChartFormat::Svg => report::curve::svg(&found, lang).into_bytes(),
    };
    deliver(&bytes, command.output.as_deref(), lang)
}
