//! The commands: those of the table of questions, and those that ask nothing.

use clap::{ArgMatches, Args, FromArgMatches, ValueEnum};

use crate::cli::failure::Failure;
use crate::cli::output::Delivery;
use crate::cli::usage::{self, Manner};
use crate::cli::{
    allocate, audit, check, compare, convert, damage, export, files_made, fund, gep, horizontal, init, negotiate,
    payee, question,
};
use crate::cli::{serve, share, shell, sweep, token};
use crate::phrases::{Lang, Phrase};
use crate::questions::question::{OfDocument, OfModel};
use crate::questions::table::{Entry, SchemaOf, Visitor, visit};
use crate::report::forms::Form;

/// Divides ecological-compensation money exactly, and shows why.
#[derive(Debug, Args)]
pub(super) struct General {
    /// Language of reports and messages; default that of the system where it is English, else zh.
    #[arg(long, global = true)]
    pub lang: Option<LangWord>,
    /// Errors as JSON on standard error.
    #[arg(long, global = true)]
    pub json: bool,
    /// Replaces files that hold something; without it none is written over.
    #[arg(long, global = true)]
    pub overwrite: bool,
}

/// A language of reports and messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum LangWord {
    Zh,
    En,
}

/// The whole command line.
pub(super) fn root(commands: &[Made]) -> clap::Command {
    General::augment_args(clap::Command::new("ecocomp"))
        .version(env!("CARGO_PKG_VERSION"))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands(commands.iter().map(|made| made.command.clone()))
}

type Run = Box<dyn Fn(&ArgMatches, Manner) -> Result<(), Failure>>;

/// A command: its words, and what it does.
pub(super) struct Made {
    /// As it is read.
    pub command: clap::Command,
    /// What it does.
    pub run: Run,
    /// Whether it ends in good order by itself where it is interrupted.
    pub ends_itself: bool,
}

/// The arguments of a command from what was read.
fn read<A: FromArgMatches>(matches: &ArgMatches) -> Result<A, Failure> {
    A::from_arg_matches(matches).map_err(|error| usage::failure(&error, &[]))
}

/// A command whose documentation is that of its arguments.
fn own<A: Args + 'static>(name: &'static str, run: fn(&A, Manner) -> Result<(), Failure>) -> Made {
    let command = A::augment_args(clap::Command::new(name));
    Made { command, run: Box::new(move |matches, manner| run(&read(matches)?, manner)), ends_itself: false }
}

/// Tokens of the HTTP service: create, list, revoke.
#[derive(Debug, Args)]
struct Tokens {
    #[command(subcommand)]
    action: token::Token,
}

/// The audit log of the HTTP service.
#[derive(Debug, Args)]
struct Audits {
    #[command(subcommand)]
    action: audit::Audit,
}

/// Questions with manners of their own on the command line, by the first word.
fn with_manners(word: &str) -> Option<Made> {
    Some(match word {
        "allocate" => own("allocate", allocate::run),
        "check" => own("check", check::run),
        "compare" => own("compare", compare::run),
        "export" => own("export", export::run),
        "sweep" => Made { ends_itself: true, ..own("sweep", sweep::sweep) },
        "share" => own("share", share::run),
        "horizontal" => own("horizontal", horizontal::run),
        "negotiate" => own("negotiate", negotiate::run),
        "gep" => own("gep", gep::run),
        _ => return None,
    })
}

/// Commands that ask nothing.
fn others() -> [Made; 12] {
    [
        own("init", init::run),
        own("convert", convert::run),
        own("fund", fund::run),
        own("payee", payee::run),
        own("damage", damage::run),
        own("template", files_made::template),
        own("generate", files_made::generate),
        Made { ends_itself: true, ..own("serve", serve::run) },
        own("token", |tokens: &Tokens, manner| token::run(&tokens.action, manner.lang)),
        own("audit", |audits: &Audits, manner| audit::run(&audits.action, manner.lang)),
        own("completion", |asked, manner| shell::completion(asked, root(&commands()), manner)),
        own("man", |asked, manner| shell::man(asked, &root(&commands()), manner)),
    ]
}

/// What a question does; the help finds the Chinese of it.
fn about(entry: &Entry) -> String {
    Phrase::new(entry.words).render(Lang::En)
}

/// The documentation of a question is written for documents; on a terminal names stand as they are.
fn without_marks(command: clap::Command) -> clap::Command {
    let names: Vec<String> = command.get_subcommands().map(|command| command.get_name().to_owned()).collect();
    let command = command.mut_args(|arg| match arg.get_help().map(ToString::to_string) {
        Some(help) => arg.help(help.replace('`', "")),
        None => arg,
    });
    names.into_iter().fold(command, |command, name| command.mut_subcommand(name, without_marks))
}

struct Commands(Vec<Made>);

impl Commands {
    /// Adds the command of an entry; `usual` makes it where it has no manners of its own.
    fn add(&mut self, entry: Entry, usual: impl FnOnce() -> Option<Made>) {
        let word = entry.command.split(' ').next().unwrap_or_default();
        if word.is_empty() || self.0.iter().any(|made| made.command.get_name() == word) {
            return;
        }
        let made = with_manners(word).or_else(usual);
        self.0.extend(made.map(|made| Made { command: without_marks(made.command), ..made }));
    }
}

impl Visitor for Commands {
    fn of_model<Q: OfModel>(&mut self, entry: Entry) {
        self.add(entry, || {
            let command = question::Input::augment_args(clap::Command::new(entry.command));
            let command = Q::augment_args(question::Solving::augment_args(command));
            let command = Delivery::<Q::Answer>::augment_args(command).about(about(&entry)).long_about(None);
            let run = move |matches: &ArgMatches, manner: Manner| {
                let asked = (&read(matches)?, &read(matches)?, &read::<Q>(matches)?);
                question::of_model(&entry, asked, &read(matches)?, manner)
            };
            Some(Made { command, run: Box::new(run), ends_itself: false })
        });
    }

    fn of_document<Q: OfDocument>(&mut self, entry: Entry) {
        self.add(entry, || {
            let command = question::Case::augment_args(clap::Command::new(entry.command));
            let command = Delivery::<Q::Answer>::augment_args(command).about(about(&entry)).long_about(None);
            let run = move |matches: &ArgMatches, manner: Manner| {
                question::of_document::<Q>(&read(matches)?, &read(matches)?, manner)
            };
            Some(Made { command, run: Box::new(run), ends_itself: false })
        });
    }

    fn own(&mut self, entry: Entry, _: SchemaOf, _: Vec<Form>) {
        self.add(entry, || None);
    }
}

/// Every command, those of the table first.
pub(super) fn commands() -> Vec<Made> {
    let mut commands = Commands(Vec::new());
    visit(&mut commands);
    commands.0.extend(others().map(|made| Made { command: without_marks(made.command), ..made }));
    commands.0
}
