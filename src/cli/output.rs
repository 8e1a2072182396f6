//! Where a result goes, and in which form.

use std::fmt;
use std::io::{self, IsTerminal as _, Write as _};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use clap::{Arg, ArgMatches, Args, FromArgMatches, ValueEnum, ValueHint};

use crate::cli::failure::Failure;
use crate::cli::waiting;
use crate::files;
use crate::finding::{Finding, Place};
use crate::phrases::{Lang, Phrase};
use crate::report::forms::{Answer as _, Form, Printed, Unprinted};
use crate::report::grid::within;

/// Form of what is only said: sentences or JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum TextFormat {
    /// Sentences.
    Table,
    Json,
}

/// `--format` and `-o` of a command that gives this kind of answer: the forms are those of the answer.
pub(super) struct Delivery<A> {
    asked: Option<Form>,
    path: Option<PathBuf>,
    answer: PhantomData<A>,
}

impl<A> fmt::Debug for Delivery<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery").field("asked", &self.asked).field("path", &self.path).finish()
    }
}

impl<A: Printed> Args for Delivery<A> {
    fn augment_args(command: clap::Command) -> clap::Command {
        let words: Vec<&str> = A::forms().into_iter().map(Form::word).collect();
        let format = PossibleValuesParser::new(words).map(|word| Form::of_word(&word).unwrap_or(Form::Table));
        // Where a question has outputs of its own, the file has another name.
        let taken = command.get_arguments().any(|known| known.get_long() == Some("output"));
        command
            .arg(
                Arg::new("format")
                    .long("format")
                    .value_name("FORM")
                    .value_parser(format)
                    .help("Form of the result; default what the name of the file says, else a table"),
            )
            .arg(
                Arg::new("output")
                    .short('o')
                    .long(if taken { "to" } else { "output" })
                    .value_name("FILE")
                    .value_hint(ValueHint::FilePath)
                    .value_parser(clap::value_parser!(PathBuf))
                    .help("File to write instead of standard output"),
            )
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}

impl<A: Printed> FromArgMatches for Delivery<A> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let asked = matches.get_one::<Form>("format").copied();
        Ok(Self { asked, path: matches.get_one::<PathBuf>("output").cloned(), answer: PhantomData })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl<A: Printed + Send> Delivery<A> {
    /// The same delivery for another kind of answer with the same forms.
    pub fn of<B: Printed + Send>(&self) -> Delivery<B> {
        Delivery { asked: self.asked, path: self.path.clone(), answer: PhantomData }
    }

    /// The form that was chosen.
    ///
    /// # Errors
    /// Word and name contradict each other, the answer has no such form, or a workbook has no file to go to.
    pub fn form(&self) -> Result<Form, Failure> {
        let form = Form::choose(self.asked, self.file(), &A::forms()).map_err(Failure::usage)?;
        if form.is_binary() && self.file().is_none() {
            let place = Place::file(format!("--format {}", form.word()));
            return Err(Failure::usage(Finding::error("cli.needs_output", place)));
        }
        Ok(form)
    }

    /// Whether the result is printed where the command was called.
    pub fn is_printed(&self) -> bool {
        self.file().is_none()
    }

    /// The file that is to be written.
    fn file(&self) -> Option<&Path> {
        self.path.as_deref().filter(|path| !is_standard_output(path))
    }

    /// Refuses a file that may not be written, before anybody waits for what should stand in it; inputs must be open by now.
    ///
    /// # Errors
    /// It is an input, or holds something and is not to be overwritten.
    pub fn ready(&self) -> Result<(), Failure> {
        Ok(self.file().map_or(Ok(()), files::writable)?)
    }

    /// Writes the answer in its form.
    ///
    /// # Errors
    /// The form cannot be made, or not be written.
    pub fn deliver(&self, answer: &A, lang: Lang) -> Result<(), Failure> {
        let form = self.form()?;
        let bytes = answer.print(form, lang).map_err(|error| match error {
            Unprinted::Absent(mut finding) => {
                let word = self.asked.map(|form| format!("--format {}", form.word()));
                finding.place = Place::file(word.unwrap_or_else(|| "-o".to_owned()));
                Failure::usage(finding)
            }
            failed => failed.into(),
        })?;
        let is_read = form == Form::Table && self.is_printed() && io::stdout().is_terminal();
        match std::str::from_utf8(&bytes) {
            Ok(text) if is_read => deliver(within(text).as_bytes(), None, lang),
            _ => deliver(&bytes, self.file(), lang),
        }
    }
}

/// Refuses the name of a file that does not fit the one form which a command writes.
pub(super) fn only(form: Form, path: &Path) -> Result<(), Failure> {
    Form::choose(None, Some(path), &[form]).map(drop).map_err(Failure::usage)
}

fn is_standard_output(path: &Path) -> bool {
    ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"].iter().any(|name| path == Path::new(name))
}

/// To a file, or to standard output.
pub(super) fn deliver(bytes: &[u8], path: Option<&Path>, lang: Lang) -> Result<(), Failure> {
    waiting::pause();
    match path.filter(|path| !is_standard_output(path)) {
        Some(path) => {
            files::write(path, bytes)?;
            let written = Phrase::new("cli.written").with("path", path.display().to_string());
            let _ = writeln!(io::stderr(), "{}", written.render(lang));
            Ok(())
        }
        None => standard_output(bytes),
    }
}

/// Says something on standard error: within the width of a terminal, where it is one.
pub(super) fn say(text: &str) {
    let mut err = io::stderr();
    let _ = match err.is_terminal() {
        true => writeln!(err, "{}", within(text)),
        false => writeln!(err, "{text}"),
    };
}

/// A reader that closed the pipe (head) has what it wanted; anything else, such as a full disk, is an error.
pub(super) fn standard_output(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            let place = Place::file(Phrase::new("cli.standard_output").render(Lang::Zh));
            Err(Finding::error("cli.unwritable", place).with("why", files::why(&error)).into())
        }
        _ => Ok(()),
    }
}
