//! The command line: translation only. Its commands are made from the table of questions ([`tree`]).

mod allocate;
mod audit;
mod check;
mod compare;
mod convert;
mod damage;
mod database;
mod export;
mod failure;
mod files_made;
mod fund;
mod gep;
mod help;
mod horizontal;
mod init;
mod negotiate;
mod output;
mod pay;
mod payee;
mod question;
mod scenario;
mod serve;
mod share;
mod shell;
mod sweep;
mod token;
mod tree;
mod usage;
mod waiting;
mod warnings;

use clap::FromArgMatches as _;
use clap::error::ErrorKind;

use crate::cli::tree::{General, LangWord};
use crate::cli::usage::Manner;
use crate::files;
use crate::phrases::Lang;

/// Runs the command line; the result is the exit code: 0 optimal, 1 error, 2 usage, 3 infeasible, 4 limit.
pub fn main() -> u8 {
    let commands = tree::commands();
    let root = tree::root(&commands);
    let read = root.clone().try_get_matches();
    let read = read.and_then(|matches| General::from_arg_matches(&matches).map(|general| (matches, general)));
    let (matches, general) = match read {
        Ok(read) => read,
        Err(error) => return refuse(&error, &root),
    };
    let lang = match general.lang {
        Some(LangWord::En) => Lang::En,
        Some(LangWord::Zh) => Lang::Zh,
        None => usage::language_of_system(),
    };
    let manner = Manner { lang, json: general.json };
    if general.overwrite {
        files::allow_overwriting();
    }
    let made = matches.subcommand().and_then(|(name, within)| {
        let made = commands.iter().find(|made| made.command.get_name() == name)?;
        Some((made, within))
    });
    let Some((made, within)) = made else { return 2 };
    if !made.ends_itself {
        question::end_on_interrupt(manner);
        if !manner.json {
            waiting::begin(manner.lang);
        }
    }
    let done = (made.run)(within, manner);
    waiting::end();
    match done {
        Ok(()) => 0,
        Err(failure) => manner.complain(&failure),
    }
}

/// Help and version go to standard output; a command line that cannot be read is a failure like any other.
fn refuse(error: &clap::Error, root: &clap::Command) -> u8 {
    let manner = Manner::guess(std::env::args_os());
    if !error.use_stderr() {
        let given: Vec<String> = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
        let text = match error.kind() {
            ErrorKind::DisplayHelp => help::text(root, &given, manner.lang),
            _ => error.render().to_string(),
        };
        return match output::standard_output(text.as_bytes()) {
            Ok(()) => 0,
            Err(failure) => manner.complain(&failure),
        };
    }
    manner.complain(&usage::failure(error, &words(std::env::args_os(), root)))
}

/// The commands that a word of the command line could have been: those of the command before it that has commands of its own, else all.
fn words(given: impl Iterator<Item = std::ffi::OsString>, root: &clap::Command) -> Vec<String> {
    let mut within = given.filter_map(|word| root.find_subcommand(word));
    let within = within.find(|command| command.has_subcommands()).unwrap_or(root);
    within.get_subcommands().map(|command| command.get_name().to_owned()).collect()
}
