//! Swing charts (tornado): one panel below the other; in each, a bar from the base to the value at either end of an input.

use crate::report::chart::{Anchor, Axis, Canvas, GRID, INK, QUIET, TEXT, colour, text_width};

/// What one input does.
#[derive(Debug, Clone)]
pub struct Swing {
    /// Name of the input.
    pub name: String,
    /// Value at its low end.
    pub low: Option<f64>,
    /// Value at its high end.
    pub high: Option<f64>,
}

/// One output.
#[derive(Debug, Clone)]
pub struct Panel {
    /// Name with unit.
    pub title: String,
    /// Value where nothing is moved.
    pub base: Option<f64>,
    /// One line an input.
    pub swings: Vec<Swing>,
}

const WIDTH: f64 = 860.0;
const RIGHT: f64 = 40.0;
const HEAD: f64 = 76.0;
const CAPTION: f64 = 30.0;
const LINE: f64 = 22.0;
const FOOT: f64 = 44.0;

/// The chart as SVG; `ends` names the low and the high end.
pub fn svg(title: &str, ends: [&str; 2], panels: &[Panel]) -> String {
    let tall = |panel: &Panel| CAPTION + LINE * panel.swings.len() as f64 + FOOT;
    let mut canvas = Canvas::new(WIDTH, HEAD + panels.iter().map(tall).sum::<f64>());
    canvas.text((WIDTH / 2.0, 30.0), title, 18.0, Anchor::Middle, INK);
    let names = panels.iter().flat_map(|panel| &panel.swings).map(|swing| text_width(&swing.name, TEXT));
    let left = names.fold(80.0, f64::max).min(300.0) + 24.0;
    let mut x = left;
    for (at, end) in ends.into_iter().enumerate() {
        canvas.bar((x, 48.0), (12.0, 12.0), colour(1 - at));
        canvas.text((x + 18.0, 59.0), end, TEXT, Anchor::Start, INK);
        x += 18.0 + text_width(end, TEXT) + 24.0;
    }
    let mut top = HEAD;
    for panel in panels {
        draw(&mut canvas, panel, (left, top));
        top += tall(panel);
    }
    canvas.finish()
}

fn draw(canvas: &mut Canvas, panel: &Panel, (left, top): (f64, f64)) {
    let right = WIDTH - RIGHT;
    canvas.text((left, top + 16.0), &panel.title, 14.0, Anchor::Start, INK);
    let (high, low) = (top + CAPTION, top + CAPTION + LINE * panel.swings.len() as f64);
    let values = panel.swings.iter().flat_map(|swing| [swing.low, swing.high]).chain([panel.base]).flatten();
    let across = Axis::around(values, 7.0);
    let place = |value: f64| across.place(value, left, right);
    for (value, text) in across.ticks() {
        canvas.line((place(value), high), (place(value), low), GRID, 1.0);
        canvas.text((place(value), low + 18.0), &text, 12.0, Anchor::Middle, QUIET);
    }
    for (at, swing) in panel.swings.iter().enumerate() {
        let y = high + LINE * at as f64;
        canvas.text((left - 8.0, y + LINE / 2.0 + 4.0), &swing.name, TEXT, Anchor::End, INK);
        let Some(base) = panel.base.or(swing.low).or(swing.high) else { continue };
        // The longer bar first, so that none hides the other where both ends lie on one side.
        let mut bars = [(swing.low, 1), (swing.high, 0)];
        bars.sort_by(|a, b| {
            let size = |value: Option<f64>| value.map_or(0.0, |value| (value - base).abs());
            size(b.0).total_cmp(&size(a.0))
        });
        for (value, shade) in bars {
            let Some(value) = value else { continue };
            let (from, to) = (place(base).min(place(value)), place(base).max(place(value)));
            canvas.bar((from, y + 4.0), ((to - from).max(1.0), LINE - 8.0), colour(shade));
        }
    }
    if let Some(base) = panel.base {
        canvas.line((place(base), high - 4.0), (place(base), low), INK, 1.5);
    }
    canvas.line((left, low), (right, low), INK, 1.0);
}
