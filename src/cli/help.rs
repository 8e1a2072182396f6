//! Help and manual of the command line, in both languages: made from the commands, as they are declared.

use clap::{Arg, Command};
use unicode_width::UnicodeWidthStr as _;

use crate::phrases::{Lang, Phrase, in_chinese};
use crate::report::grid::{WIDTH, wrap};

/// Columns before the words about an argument, where what stands there is not longer.
const MARGIN: usize = 26;

/// A text of a declaration in a language.
pub(super) fn told(english: &str, lang: Lang) -> String {
    match lang {
        Lang::Zh => in_chinese(english).unwrap_or(english).to_owned(),
        Lang::En => english.to_owned(),
    }
}

fn say(code: &'static str, lang: Lang) -> String {
    Phrase::new(code).render(lang)
}

/// An argument or command, and what it is for.
struct Entry {
    form: String,
    words: String,
}

/// What a command takes and does.
struct Page {
    about: String,
    usage: String,
    /// Commands, arguments and options, each with their heading.
    parts: Vec<(String, Vec<Entry>)>,
}

/// The command that words name, with its name from the root on.
pub(super) fn named<'a>(root: &'a Command, words: &[String]) -> (&'a Command, String) {
    let (mut command, mut name) = (root, root.get_name().to_owned());
    for word in words {
        if let Some(found) = command.find_subcommand(word) {
            name = format!("{name} {}", found.get_name());
            command = found;
        }
    }
    (command, name)
}

fn page(root: &Command, command: &Command, name: &str, lang: Lang) -> Page {
    let general = if std::ptr::eq(root, command) { Vec::new() } else { root.get_arguments().collect::<Vec<&Arg>>() };
    let all: Vec<&Arg> = command.get_arguments().chain(general).filter(|arg| !arg.is_hide_set()).collect();
    let (positional, options): (Vec<&Arg>, Vec<&Arg>) = all.into_iter().partition(|arg| arg.is_positional());
    let commands: Vec<Entry> = command
        .get_subcommands()
        .map(|command| Entry { form: command.get_name().to_owned(), words: about(command, lang) })
        .collect();
    let mut usage = vec![name.to_owned(), format!("[{}]", say("cli.help_any", lang))];
    usage.extend(positional.iter().map(|arg| form(arg, lang)));
    usage.extend((!commands.is_empty()).then(|| format!("<{}>", say("cli.help_command", lang))));
    let entry = |arg: &&Arg| Entry { form: form(arg, lang), words: words(arg, lang) };
    let mut options: Vec<Entry> = options.iter().map(entry).collect();
    let own = |form: &str, english: &str| Entry { form: form.to_owned(), words: told(english, lang) };
    options.push(own("-h, --help", "Print help"));
    options.extend(std::ptr::eq(root, command).then(|| own("-V, --version", "Print version")));
    let parts = [
        ("cli.help_commands", commands),
        ("cli.help_arguments", positional.iter().map(entry).collect()),
        ("cli.help_options", options),
    ];
    let parts = parts.into_iter().filter(|(_, entries)| !entries.is_empty());
    Page {
        about: about(command, lang),
        usage: usage.join(" "),
        parts: parts.map(|(code, entries)| (say(code, lang), entries)).collect(),
    }
}

fn about(command: &Command, lang: Lang) -> String {
    command.get_about().map_or_else(String::new, |text| told(&text.to_string(), lang))
}

/// What stands for the value of an argument: as declared, else its own name.
fn value_names(arg: &Arg) -> Vec<String> {
    match arg.get_value_names() {
        Some(names) => names.iter().map(ToString::to_string).collect(),
        None => vec![arg.get_id().to_string().to_uppercase()],
    }
}

/// `-o, --output <FILE>`, `<MODEL>`.
fn form(arg: &Arg, lang: Lang) -> String {
    let takes = arg.get_action().takes_values();
    let value: Vec<String> = value_names(arg).iter().map(|name| told(name, lang)).collect();
    let value = format!("<{}>", value.join(" "));
    let optional = arg.get_num_args().is_some_and(|count| count.min_values() == 0);
    let value = if optional { format!("[{value}]") } else { value };
    if arg.is_positional() {
        return if arg.is_required_set() { value } else { format!("[{}]", value.trim_matches(['<', '>'])) };
    }
    let names = match (arg.get_short(), arg.get_long()) {
        (Some(short), Some(long)) => format!("-{short}, --{long}"),
        (Some(short), None) => format!("-{short}"),
        (None, long) => format!("--{}", long.unwrap_or_default()),
    };
    if takes { format!("{names} {value}") } else { names }
}

/// What an argument is for, the words that it takes, its default and its variable of the environment.
fn words(arg: &Arg, lang: Lang) -> String {
    let mut text = arg.get_help().map_or_else(String::new, |help| told(&help.to_string(), lang));
    let mut add = |code: &'static str, value: String| {
        text.push_str(&Phrase::new(code).with("value", value).render(lang));
    };
    if arg.get_action().takes_values() {
        let one = |value: &clap::builder::PossibleValue| match value.get_help() {
            Some(help) => {
                let help = told(help.to_string().trim_end_matches('.'), lang);
                Phrase::new("cli.help_meaning").with("word", value.get_name()).with("meaning", help).render(lang)
            }
            None => value.get_name().to_owned(),
        };
        let choices: Vec<String> = arg.get_possible_values().iter().map(one).collect();
        if !choices.is_empty() && !arg.is_hide_possible_values_set() {
            add("cli.help_choices", choices.join(if lang == Lang::Zh { "、" } else { ", " }));
        }
        let usual: Vec<String> =
            arg.get_default_values().iter().map(|value| value.to_string_lossy().into_owned()).collect();
        let usual = usual.join(",");
        if !usual.is_empty() && !arg.is_hide_default_value_set() {
            add("cli.help_default", usual);
        }
    }
    if let Some(variable) = arg.get_env() {
        add("cli.help_variable", variable.to_string_lossy().into_owned());
    }
    text
}

/// The help of the command that words name.
pub(super) fn text(root: &Command, given: &[String], lang: Lang) -> String {
    let (command, name) = named(root, given);
    let page = page(root, command, &name, lang);
    let usage = Phrase::new("cli.help_usage").with("usage", &page.usage).render(lang);
    let mut text = format!("{}\n\n{usage}\n", wrap(&page.about, WIDTH).join("\n"));
    for (heading, entries) in &page.parts {
        let heading = Phrase::new("cli.help_heading").with("heading", heading).render(lang);
        text.push_str(&format!("\n{heading}\n"));
        for entry in entries {
            // Long names without a short one stand below long ones.
            let indent = if entry.form.starts_with("--") { 6 } else { 2 };
            let mut line = format!("{}{}", " ".repeat(indent), entry.form);
            let lines = wrap(&entry.words, WIDTH - MARGIN);
            if line.width() + 2 > MARGIN && !entry.words.is_empty() {
                text.push_str(&format!("{line}\n"));
                line.clear();
            }
            for words in lines {
                text.push_str(&format!("{line}{}{words}", " ".repeat(MARGIN.saturating_sub(line.width()))));
                text.push('\n');
                line.clear();
            }
        }
    }
    text
}

/// The manual of all commands, as `man` reads it.
pub(super) fn manual(root: &Command, lang: Lang) -> String {
    let version = root.get_version().unwrap_or_default();
    let title = about(root, lang);
    let mut text = format!(".TH ECOCOMP 1 \"\" \"ecocomp {}\" \"\"\n", roff(version));
    let section = |text: &mut String, code| text.push_str(&format!(".SH {}\n", say(code, lang)));
    section(&mut text, "cli.man_name");
    text.push_str(&format!("ecocomp \\- {}\n", roff(&title)));
    let mut commands: Vec<(&Command, String)> = vec![(root, root.get_name().to_owned())];
    let mut at = 0;
    while let Some((command, name)) = commands.get(at).cloned() {
        let within = command.get_subcommands().map(|command| (command, format!("{name} {}", command.get_name())));
        commands.extend(within.collect::<Vec<_>>());
        at += 1;
    }
    for (command, name) in commands {
        let page = page(root, command, &name, lang);
        let is_root = std::ptr::eq(root, command);
        if is_root {
            section(&mut text, "cli.man_synopsis");
        } else {
            text.push_str(&format!(".SH {}\n{}\n.PP\n", roff(&name.to_uppercase()), roff(&page.about)));
        }
        text.push_str(&format!(".B {}\n", roff(&page.usage)));
        // What every command takes is said once.
        let known = |form: &str| !is_root && root.get_arguments().any(|arg| self::form(arg, lang) == form);
        for (_, entries) in page.parts {
            for entry in entries.iter().filter(|entry| !known(&entry.form) && !entry.form.starts_with("-h")) {
                text.push_str(&format!(".TP\n.B {}\n{}\n", roff(&entry.form), roff(&entry.words)));
            }
        }
    }
    section(&mut text, "cli.man_exit");
    text.push_str(&format!("{}\n", roff(&say("cli.man_codes", lang))));
    text
}

/// Text in which nothing is a command of the manual's language.
fn roff(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-").replace('\n', " ");
    if text.starts_with(['.', '\'']) { format!("\\&{text}") } else { text }
}

/// The commands with their words in a language, for what shows them to a shell.
pub(super) fn spoken(command: Command, lang: Lang) -> Command {
    let names: Vec<String> = command.get_subcommands().map(|command| command.get_name().to_owned()).collect();
    let about = about(&command, lang);
    let argument = |arg: Arg| match arg.get_help().map(ToString::to_string) {
        Some(help) => arg.help(told(&help, lang)).long_help(None::<&'static str>),
        None => arg,
    };
    let command = command.about(about).mut_args(argument);
    names.into_iter().fold(command, |command, name| command.mut_subcommand(name, |command| spoken(command, lang)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phrases::helps;

    fn every(command: &Command, all: &mut Vec<String>) {
        all.extend(command.get_about().map(ToString::to_string));
        for arg in command.get_arguments() {
            all.extend(arg.get_help().map(ToString::to_string));
            if arg.get_action().takes_values() {
                all.extend(value_names(arg));
            }
            let values = if arg.get_action().takes_values() { arg.get_possible_values() } else { Vec::new() };
            all.extend(values.iter().filter_map(|value| value.get_help()).map(ToString::to_string));
        }
        command.get_subcommands().for_each(|command| every(command, all));
    }

    #[test]
    fn every_word_of_help_has_its_chinese_and_none_is_idle() {
        let root = crate::cli::tree::root(&crate::cli::tree::commands());
        let mut all = vec!["Print help".to_owned(), "Print version".to_owned()];
        every(&root, &mut all);
        let lacking: Vec<&String> = all.iter().filter(|text| in_chinese(text).is_none()).collect();
        assert!(lacking.is_empty(), "without Chinese: {lacking:#?}");
        let idle: Vec<String> = helps().into_iter().filter(|text| !all.contains(text)).collect();
        assert!(idle.is_empty(), "not said by any command: {idle:#?}");
    }

    #[test]
    fn no_line_of_help_is_wider_than_a_terminal() {
        let root = crate::cli::tree::root(&crate::cli::tree::commands());
        for name in root.get_subcommands().map(Command::get_name) {
            for lang in [Lang::Zh, Lang::En] {
                let text = text(&root, &[name.to_owned()], lang);
                let wide = text.lines().find(|line| line.width() > WIDTH);
                assert_eq!(wide, None, "{name}");
            }
        }
    }
}
