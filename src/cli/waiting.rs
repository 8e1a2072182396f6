//! That something takes its time: a line on the terminal from the second second on, gone before anything else is written.

use std::io::{IsTerminal as _, Write as _};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::phrases::{Lang, Phrase};

/// How long nothing is said.
const SILENT: Duration = Duration::from_secs(2);

/// Time between two lines.
const EVERY: Duration = Duration::from_millis(500);

/// The line that may stand on the terminal.
enum Line {
    /// None is wanted, or none any more.
    Off,
    /// It may come; the flag says whether it is there.
    On(bool),
}

static LINE: Mutex<Line> = Mutex::new(Line::Off);

/// From here on the terminal is told that the command still works, where standard error is one.
pub(super) fn begin(lang: Lang) {
    if !std::io::stderr().is_terminal() {
        return;
    }
    if let Ok(mut line) = LINE.lock() {
        *line = Line::On(false);
    }
    let began = Instant::now();
    let tell = move || {
        std::thread::sleep(SILENT);
        loop {
            match LINE.lock() {
                Ok(mut line) if matches!(*line, Line::On(_)) => {
                    let seconds = began.elapsed().as_secs().to_string();
                    let said = Phrase::new("cli.working").with("seconds", seconds).render(lang);
                    let _ = write!(std::io::stderr(), "\r\x1b[K{said}");
                    *line = Line::On(true);
                }
                _ => return,
            }
            std::thread::sleep(EVERY);
        }
    };
    // Without a thread there is no line.
    drop(std::thread::Builder::new().spawn(tell));
}

/// Takes the line away, for good where something takes its place.
fn clear(for_good: bool) {
    if let Ok(mut line) = LINE.lock() {
        if matches!(*line, Line::On(true)) {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
        if for_good {
            *line = Line::Off;
        } else if matches!(*line, Line::On(_)) {
            *line = Line::On(false);
        }
    }
}

/// Takes the line away before something is said; it may come again.
pub(super) fn pause() {
    clear(false);
}

/// Takes the line away: the result is there, or a bar that says more.
pub(super) fn end() {
    clear(true);
}
