//! What is wrong with a command line, in the form of every other error.

use std::io::Write as _;
use std::num::{IntErrorKind, ParseFloatError, ParseIntError};

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::cli::failure::Failure;
use crate::cli::output::say;
use crate::cli::{help, waiting};
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
        waiting::end();
        if self.json {
            let _ = writeln!(std::io::stderr(), "{}", failure.json(self.lang).trim_end());
        } else {
            say(failure.text(self.lang).trim_end());
        }
        failure.exit_code()
    }

    /// From the words of the command line, as far as they go.
    pub fn guess(words: impl Iterator<Item = std::ffi::OsString>) -> Self {
        let words: Vec<String> = words.map(|word| word.to_string_lossy().into_owned()).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).take_while(|word| *word != "--").collect();
        let says = |word: &str| {
            words.contains(&format!("--lang={word}").as_str()) || words.windows(2).any(|pair| pair == ["--lang", word])
        };
        let lang = match (says("en"), says("zh")) {
            (true, _) => Lang::En,
            (_, true) => Lang::Zh,
            _ => language_of_system(),
        };
        Self { lang, json: words.contains(&"--json") }
    }
}

/// The language of the system: English where its variables ask for that, else Chinese.
pub(super) fn language_of_system() -> Lang {
    let given = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(|name| {
        std::env::var_os(name).map(|value| value.to_string_lossy().into_owned()).filter(|value| !value.is_empty())
    });
    language(given.as_deref().unwrap_or_default())
}

/// The language of a locale such as `en_US.UTF-8`.
fn language(locale: &str) -> Lang {
    let word = locale.split(['_', '.', '-', '@']).next().unwrap_or_default();
    if word.eq_ignore_ascii_case("en") { Lang::En } else { Lang::Zh }
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
        ErrorKind::TooManyValues | ErrorKind::WrongNumberOfValues => "cli.too_many_values",
        ErrorKind::InvalidUtf8 => "cli.argument_no_text",
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
            .with("argument", named(&argument))
            .with("value", text(error, ContextKind::InvalidValue))
            .with("other", text(error, ContextKind::PriorArg))
            .with("why", why(error))
            .with("hint", hint),
    )
}

/// What stands for an argument, `<MODEL>`, in both languages.
fn named(argument: &str) -> Text {
    let zh = argument.split('<').enumerate().map(|(at, part)| match part.split_once('>') {
        Some((name, rest)) if at > 0 => format!("<{}>{rest}", help::told(name, Lang::Zh)),
        _ => part.to_owned(),
    });
    Text { zh: zh.collect(), en: argument.to_owned() }
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
    if let Some(number) = source.and_then(|source| source.downcast_ref::<ParseIntError>()) {
        let too_large = matches!(number.kind(), IntErrorKind::PosOverflow | IntErrorKind::NegOverflow);
        return Phrase::new(if too_large { "cli.number_too_large" } else { "cli.not_whole" }).text();
    }
    if source.is_some_and(|source| source.is::<ParseFloatError>()) {
        return Phrase::new("cli.not_a_number").text();
    }
    let words = source.map_or_else(|| error.to_string(), ToString::to_string);
    // clap says of a number out of range: `0 is not in 1..=200000`.
    if let Some((least, most)) = words.split_once(" is not in ").and_then(|(_, range)| range.split_once("..")) {
        let range = Phrase::new("cli.not_within").with("least", least).with("most", most.trim_start_matches('='));
        return range.text();
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_english_system_is_told_in_english_and_any_other_in_chinese() {
        for (locale, lang) in [
            ("en_US.UTF-8", Lang::En),
            ("en", Lang::En),
            ("zh_CN.UTF-8", Lang::Zh),
            ("C.UTF-8", Lang::Zh),
            ("POSIX", Lang::Zh),
            ("", Lang::Zh),
        ] {
            assert_eq!(language(locale), lang, "{locale}");
        }
    }
}
