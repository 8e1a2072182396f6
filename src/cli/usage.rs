//! What is wrong with a command line, in the form of every other error.

use std::io::Write as _;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::cli::failure::Failure;
use crate::finding::{Finding, Place};
use crate::phrases::{Lang, Phrase, Text};
use crate::questions::arguments::Refused;

/// Language and form of messages.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manner {
    /// Language of reports and messages.
    pub lang: Lang,
    /// Whether failures are JSON.
    pub json: bool,
}

impl Manner {
    /// Prints a failure; the result is its exit code.
    pub fn complain(self, failure: &Failure) -> u8 {
        let text = if self.json { failure.json(self.lang) } else { failure.text(self.lang) };
        let _ = writeln!(std::io::stderr(), "{}", text.trim_end());
        failure.exit_code()
    }

    /// From the words of the command line, as far as they go.
    pub fn guess(words: impl Iterator<Item = std::ffi::OsString>) -> Self {
        let words: Vec<String> = words.map(|word| word.to_string_lossy().into_owned()).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).take_while(|word| *word != "--").collect();
        let english = words.contains(&"--lang=en") || words.windows(2).any(|pair| pair == ["--lang", "en"]);
        Self { lang: if english { Lang::En } else { Lang::Zh }, json: words.contains(&"--json") }
    }
}

/// The failure that a refused command line is.
pub(super) fn failure(error: &clap::Error, commands: &[String]) -> Failure {
    let code = match error.kind() {
        ErrorKind::UnknownArgument => "cli.unknown_argument",
        ErrorKind::InvalidSubcommand => "cli.unknown_command",
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => "cli.no_command",
        ErrorKind::MissingRequiredArgument => "cli.argument_missing",
        ErrorKind::InvalidValue if text(error, ContextKind::InvalidValue).is_empty() => "cli.value_missing",
        ErrorKind::InvalidValue => "cli.value_unknown",
        ErrorKind::ValueValidation => "cli.value_refused",
        ErrorKind::ArgumentConflict => "cli.argument_conflict",
        _ => "cli.usage",
    };
    let argument = match error.kind() {
        ErrorKind::InvalidSubcommand => text(error, ContextKind::InvalidSubcommand),
        ErrorKind::MissingRequiredArgument => text(error, ContextKind::InvalidArg),
        // `--within <WITHIN>` is called by its first word.
        _ => text(error, ContextKind::InvalidArg).split(' ').next().unwrap_or_default().to_owned(),
    };
    let hint = match code {
        "cli.unknown_command" | "cli.no_command" => {
            crate::finding::hint(&argument, commands.iter().map(String::as_str)).text()
        }
        _ => hint(error),
    };
    Failure::usage(
        Finding::from_phrase(Phrase::new(code), Place::default())
            .with("argument", argument)
            .with("value", text(error, ContextKind::InvalidValue))
            .with("other", text(error, ContextKind::PriorArg))
            .with("why", why(error))
            .with("hint", hint),
    )
}

/// A context of clap as words in a row.
fn text(error: &clap::Error, kind: ContextKind) -> String {
    match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join(", "),
        Some(ContextValue::StyledStr(text)) => text.to_string(),
        Some(ContextValue::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

/// Why a value was refused: in both languages where it was one of ours, else in clap's words.
fn why(error: &clap::Error) -> Text {
    let source = std::error::Error::source(error);
    if let Some(Refused(text)) = source.and_then(|source| source.downcast_ref::<Refused>()) {
        return text.clone();
    }
    let words = source.map_or_else(|| error.to_string(), ToString::to_string);
    let first = words.lines().next().unwrap_or_default();
    Text::same(first.strip_prefix("error: ").unwrap_or(first))
}

/// The nearest word, the words to choose from, or where help is.
fn hint(error: &clap::Error) -> Text {
    let suggested = [ContextKind::SuggestedArg, ContextKind::SuggestedValue];
    if let Some(like) = suggested.into_iter().map(|kind| text(error, kind)).find(|text| !text.is_empty()) {
        return Phrase::new("policy.did_you_mean").with("like", like).text();
    }
    match text(error, ContextKind::ValidValue) {
        none if none.is_empty() => Phrase::new("cli.see_help").text(),
        like => Phrase::new("policy.choices").with("like", like).text(),
    }
}
