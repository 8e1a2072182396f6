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
    total: u64,
    /// First number reached, and when.
    begin: Option<(u64, Instant)>,
    last: Option<Instant>,
}

impl Progress {
    /// A bar to `total` in a language.
    pub fn new(lang: Lang, total: u64) -> Self {
        Self { lang, shown: std::io::stderr().is_terminal(), total, begin: None, last: None }
    }

    /// `done` of the total are done.
    pub fn reached(&mut self, done: u64) {
        let now = Instant::now();
        let (first, begin) = *self.begin.get_or_insert((done, now));
        if !self.shown || self.last.is_some_and(|last| now - last < EVERY) {
            return;
        }
        self.last = Some(now);
        let line = line(self.lang, (first, done, self.total), (now - begin).as_secs_f64());
        let _ = write!(std::io::stderr(), "\r\x1b[K{line}");
    }

    /// Clears the line.
    pub fn end(&mut self) {
        if self.last.is_some() {
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
