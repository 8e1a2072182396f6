//! Interval charts: one bar a line from least to most, a dot where the value is now.

use crate::report::chart::{Anchor, Axis, Canvas, GRID, INK, QUIET, colour};

/// One line.
#[derive(Debug, Clone)]
pub struct Interval {
    /// Name.
    pub name: String,
    /// Least value.
    pub least: f64,
    /// Largest value.
    pub most: f64,
    /// Present value.
    pub now: f64,
}

const WIDTH: f64 = 860.0;
const LEFT: f64 = 190.0;
const RIGHT: f64 = 40.0;
const HEAD: f64 = 84.0;
const LINE: f64 = 20.0;
const FOOT: f64 = 60.0;

/// The chart as SVG; `axis` names the values with their unit, `now` the dots.
pub fn svg(title: &str, axis: &str, now: &str, intervals: &[Interval]) -> String {
    let low = HEAD + LINE * intervals.len() as f64;
    let mut canvas = Canvas::new(WIDTH, low + FOOT);
    let (left, right) = (LEFT, WIDTH - RIGHT);
    canvas.text((WIDTH / 2.0, 32.0), title, 18.0, Anchor::Middle, INK);
    canvas.dot((left, 56.0), 4.0, colour(1), "white");
    canvas.text((left + 10.0, 60.0), now, 12.0, Anchor::Start, QUIET);
    let values = intervals.iter().flat_map(|line| [line.least, line.most, line.now]);
    let across = Axis::around(values, 7.0);
    let place = |value: f64| across.place(value, left, right);
    for (value, text) in across.ticks() {
        canvas.line((place(value), HEAD), (place(value), low), GRID, 1.0);
        canvas.text((place(value), low + 18.0), &text, 12.0, Anchor::Middle, QUIET);
    }
    canvas.line((left, low), (right, low), INK, 1.0);
    canvas.text((f64::midpoint(left, right), low + 42.0), axis, 13.0, Anchor::Middle, INK);
    for (index, line) in intervals.iter().enumerate() {
        let y = HEAD + LINE * index as f64 + LINE / 2.0;
        canvas.text((left - 8.0, y + 4.0), &line.name, 12.0, Anchor::End, INK);
        let (from, to) = (place(line.least), place(line.most));
        canvas.bar((from, y - 5.0), ((to - from).max(1.5), 10.0), "#9ECAE1");
        canvas.dot((place(line.now), y), 4.0, colour(1), "white");
    }
    canvas.finish()
}
