//! `ecocomp negotiate`: offers side by side, counter-offers, rounds; private files are opened one by one and never mixed.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use clap::{Args, Subcommand};

use crate::cli::failure::Failure;
use crate::cli::output::{Delivery, deliver};
use crate::cli::question::{Limit, completed};
use crate::cli::usage::Manner;
use crate::document::typed;
use crate::files;
use crate::finding::{Finding, Findings, Place};
use crate::horizontal::bargaining::Number;
use crate::horizontal::negotiation::{
    Case, Deal, Mediation, Offer, Own, PartyView, Private, Round, Tabled, Terms, moment, next, read_rounds, tabled,
};
use crate::phrases::{Lang, Phrase};
use crate::questions::negotiation;

/// Offers of a negotiation: side by side, counter-offers, zone of agreement, rounds.
#[derive(Debug, Args)]
pub(super) struct Negotiate {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Checks a case, rounds and private files.
    Check(Input),
    /// Adds an offer to the rounds.
    Offer(MakeOffer),
    /// Offers side by side: public, one party's view, or the mediator's.
    Show(Show),
    /// Counter-offers: a party's own, or for a mediator those better for all.
    Counter(Show),
}

#[derive(Debug, Args)]
struct Input {
    /// The shared case (.toml or .json).
    case: PathBuf,
    /// Rounds, one JSON line each.
    #[arg(long)]
    rounds: Option<PathBuf>,
    /// A private file; only a mediator gives more than one.
    #[arg(long = "private", value_name = "FILE")]
    private: Vec<PathBuf>,
}

#[derive(Debug, Args)]
struct MakeOffer {
    /// The shared case (.toml or .json).
    case: PathBuf,
    /// Rounds; the offer is added at its end.
    #[arg(long)]
    rounds: PathBuf,
    /// Party that makes the offer.
    #[arg(long)]
    by: String,
    /// A value, ISSUE=VALUE; may be repeated.
    #[arg(long = "set", value_name = "ISSUE=VALUE")]
    values: Vec<String>,
    /// Values not set are those of this round; default the last one.
    #[arg(long, value_name = "NUMBER")]
    from: Option<u32>,
    /// When, in UTC, such as 2026-03-01T09:30:00Z; default now.
    #[arg(long)]
    at: Option<String>,
    /// Free text.
    #[arg(long, default_value = "")]
    note: String,
}

#[derive(Debug, Args)]
struct Show {
    #[command(flatten)]
    input: Input,
    /// Whose view; with the party's own --private.
    #[arg(long, conflicts_with = "mediator")]
    party: Option<String>,
    /// The mediator's view, with all private files: confidential.
    #[arg(long)]
    mediator: bool,
    /// An offer that is only tried: ISSUE=VALUE, separated by commas; values not given are those of the last round.
    #[arg(long = "try", value_name = "VALUES")]
    tried: Vec<String>,
    #[command(flatten)]
    limit: Limit,
    #[command(flatten)]
    delivery: Delivery<PartyView>,
}

/// Runs the command.
pub(super) fn run(command: &Negotiate, manner: Manner) -> Result<(), Failure> {
    let lang = manner.lang;
    match &command.action {
        Action::Check(input) => check(input, lang),
        Action::Offer(offer) => make_offer(offer, lang),
        Action::Show(show) => view(show, false, manner),
        Action::Counter(show) => view(show, true, manner),
    }
}

fn open_case(path: &Path) -> Result<Deal, Failure> {
    files::protect(path);
    let name = path.display().to_string();
    let text = files::read_text(path)?;
    let case: Case = typed::read(&text, &name)?;
    Ok(Deal::read(&case).map_err(|findings| typed::located(findings, &text, &name))?)
}

fn open_private(deal: &Deal, path: &Path) -> Result<Own, Failure> {
    files::protect(path);
    let name = path.display().to_string();
    let text = files::read_text(path)?;
    let private: Private = typed::read(&text, &name)?;
    Ok(Own::read(deal, &private).map_err(|findings| typed::located(findings, &text, &name))?)
}

fn open_rounds(deal: &Deal, path: Option<&Path>) -> Result<Vec<Round>, Failure> {
    let Some(path) = path else { return Ok(Vec::new()) };
    let text = files::read_text(path)?;
    Ok(read_rounds(deal, &text, &path.display().to_string())?)
}

fn check(input: &Input, lang: Lang) -> Result<(), Failure> {
    let deal = open_case(&input.case)?;
    let rounds = open_rounds(&deal, input.rounds.as_deref())?;
    for path in &input.private {
        open_private(&deal, path)?;
    }
    let line = Phrase::new("negotiate.checked")
        .with("case", input.case.display().to_string())
        .with("parties", deal.case.parties.len().to_string())
        .with("issues", deal.issues.len().to_string())
        .with("clauses", deal.case.clauses.len().to_string())
        .with("outcomes", deal.outcomes().to_string())
        .with("rounds", rounds.len().to_string())
        .with("private", input.private.len().to_string())
        .with("hash", deal.hash.get(..16).unwrap_or_default());
    deliver(format!("{}\n", line.render(lang)).as_bytes(), None, lang)
}

fn terms(start: Option<&Terms>, values: &[String], at: &str) -> Result<Terms, Findings> {
    let mut terms = start.cloned().unwrap_or_default();
    for text in values.iter().flat_map(|text| text.split(',')).filter(|text| !text.trim().is_empty()) {
        let refuse = || Finding::error("negotiate.set_form", Place::file(at)).with("text", text);
        let (issue, value) = text.split_once('=').ok_or_else(refuse)?;
        let value = Number::parse(value).map_err(|_| refuse())?;
        terms.insert(issue.trim().to_owned(), value);
    }
    Ok(terms)
}

fn make_offer(command: &MakeOffer, lang: Lang) -> Result<(), Failure> {
    let deal = open_case(&command.case)?;
    let existing = command.rounds.exists().then_some(command.rounds.as_path());
    let rounds = open_rounds(&deal, existing)?;
    let start = match command.from {
        None => rounds.last(),
        Some(number) => match rounds.iter().find(|round| round.number == number) {
            Some(round) => Some(round),
            None => {
                let known: Vec<String> = rounds.iter().map(|round| round.number.to_string()).collect();
                let like = crate::finding::hint(&number.to_string(), known.iter().map(String::as_str)).text();
                let finding = Finding::error("policy.unknown_word", Place::file("--from"));
                return Err(finding.with("word", number.to_string()).with("like", like).into());
            }
        },
    };
    let offer = terms(start.map(|round| &round.offer), &command.values, "--set")?;
    let now = || SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let at = command.at.clone().unwrap_or_else(|| moment(now()));
    let round = next(&deal, &rounds, &command.by, &at, offer, &command.note)?;
    files::append(&command.rounds, round.line().as_bytes())?;
    let line = Phrase::new("negotiate.recorded").with("number", round.number.to_string()).with("hash", &round.hash);
    deliver(format!("{}\n", line.render(lang)).as_bytes(), None, lang)
}

fn view(command: &Show, counters: bool, manner: Manner) -> Result<(), Failure> {
    command.delivery.form()?;
    let deal = open_case(&command.input.case)?;
    let rounds = open_rounds(&deal, command.input.rounds.as_deref())?;
    let mut offers = tabled(&deal, &rounds)?;
    for text in &command.tried {
        let tried = terms(rounds.last().map(|round| &round.offer), std::slice::from_ref(text), "--try")?;
        let offer = Offer::read(&deal, &tried, "--try")?;
        offers.push(Tabled { number: None, by: String::new(), at: String::new(), offer });
    }
    if command.mediator {
        return mediator(command, &deal, &offers, manner);
    }
    let own = own_file(command, &deal)?;
    if offers.is_empty() {
        return Err(Finding::error("negotiate.empty_rounds", Place::file("--rounds")).into());
    }
    command.delivery.ready()?;
    let options = command.limit.begin(manner);
    let view = negotiation::view(&deal, own, &offers, counters, &options)?;
    command.delivery.deliver(&view, manner.lang)?;
    completed(view.complete, &command.input.case)
}

/// The one private file of a party's view: its own.
fn own_file(command: &Show, deal: &Deal) -> Result<Option<Own>, Failure> {
    let usage = |code: &'static str, place: &str| Failure::usage(Finding::error(code, Place::file(place)));
    match (&command.party, command.input.private.as_slice()) {
        (None, []) => Ok(None),
        (Some(_), []) | (None, [_]) => Err(usage("negotiate.party_needs_file", "--party")),
        (_, [_, _, ..]) => Err(usage("negotiate.one_private", "--private")),
        (Some(party), [path]) => {
            let wanted = deal.party(party, "--party")?;
            let own = open_private(deal, path)?;
            if own.party != wanted {
                let owner = deal.case.parties.get(own.party).map_or("", |party| party.id.as_str());
                let finding = Finding::error("negotiate.not_own_file", Place::file("--private"));
                return Err(finding.with("owner", owner).with("party", party).into());
            }
            Ok(Some(own))
        }
    }
}

fn mediator(command: &Show, deal: &Deal, offers: &[Tabled], manner: Manner) -> Result<(), Failure> {
    let players: Result<Vec<Own>, Failure> =
        command.input.private.iter().map(|path| open_private(deal, path)).collect();
    let players = players?;
    command.delivery.ready()?;
    let options = command.limit.begin(manner);
    let view: Mediation = negotiation::mediation(deal, &players, offers, &options)?;
    command.delivery.of::<Mediation>().deliver(&view, manner.lang)?;
    completed(view.complete, &command.input.case)
}
