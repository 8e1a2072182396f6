//! One line on a terminal: how far, how fast, how long still.

use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use crate::phrases::{Lang, Phrase};

/// Time between two redraws.
const EVERY: Duration = Duration::from_millis(200);
/// Cells of the bar.
const WIDTH: u64 = 24;

/// A progress bar on standard error; silent where that is no terminal.
#[derive(Debug)]
pub struct Progress {
    lang: Lang,
    shown: bool,
    begin: Instant,
    last: Option<Instant>,
    first: u64,
    total: u64,
}

impl Progress {
    /// A bar in a language.
    pub fn new(lang: Lang) -> Self {
        let shown = std::io::stderr().is_terminal();
        Self { lang, shown, begin: Instant::now(), last: None, first: 0, total: 0 }
    }

    /// Begins at `first` of `total`.
    pub fn start(&mut self, first: u64, total: u64) {
        (self.first, self.total, self.begin, self.last) = (first, total, Instant::now(), None);
    }

    /// `done` of the total are done.
    pub fn reached(&mut self, done: u64) {
        let now = Instant::now();
        if !self.shown || self.last.is_some_and(|last| now - last < EVERY) {
            return;
        }
        self.last = Some(now);
        let line = line(self.lang, (self.first, done, self.total), (now - self.begin).as_secs_f64());
        let _ = write!(std::io::stderr(), "\r\x1b[K{line}");
    }

    /// Clears the line.
    pub fn end(&mut self) {
        if self.shown {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}

fn line(lang: Lang, (first, done, total): (u64, u64, u64), seconds: f64) -> String {
    let rate = if seconds > 0.0 { (done - first) as f64 / seconds } else { 0.0 };
    let left = if rate > 0.0 { clock((total - done) as f64 / rate) } else { "—".to_owned() };
    let full = usize::try_from(WIDTH * done / total.max(1)).unwrap_or(0);
    let bar = format!("{}{}", "█".repeat(full), "░".repeat(usize::try_from(WIDTH).unwrap_or(0) - full));
    Phrase::new("sweep.progress")
        .with("bar", bar)
        .with("done", done.to_string())
        .with("total", total.to_string())
        .with("rate", format!("{rate:.0}"))
        .with("left", left)
        .render(lang)
}

/// `1:02:03`, `2:03`.
fn clock(seconds: f64) -> String {
    let whole = seconds.ceil().clamp(0.0, 1e9) as u64;
    let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_far_how_fast_and_how_long() {
        let text = line(Lang::En, (100, 600, 1100), 5.0);
        assert!(text.contains("600/1100") && text.contains("100") && text.contains("0:05"), "{text}");
        assert_eq!(clock(3723.0), "1:02:03");
    }
}
