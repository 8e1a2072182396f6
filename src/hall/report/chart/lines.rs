//! Line charts: one panel below the other, each with its lines, dots and marked points.

use crate::report::chart::labels::Labels;
use crate::report::chart::{Anchor, Axis, Canvas, INK, colour, lap};

/// One panel.
#[derive(Debug, Clone, Default)]
pub struct Panel {
    /// Name of the horizontal axis, with unit.
    pub x: String,
    /// Name of the vertical axis, with unit.
    pub y: String,
    /// Corners of the line, joined in order.
    pub line: Vec<(f64, f64)>,
    /// Points with a text of their own.
    pub marks: Vec<Mark>,
}

/// A marked point.
#[derive(Debug, Clone)]
pub struct Mark {
    /// Where.
    pub at: (f64, f64),
    /// Its text.
    pub text: String,
}

const WIDTH: f64 = 760.0;
const PANEL: f64 = 400.0;
const HEAD: f64 = 52.0;
const LEFT: f64 = 104.0;
const RIGHT: f64 = 32.0;
const BOTTOM: f64 = 58.0;
/// More corners than this get no dots of their own.
const DOTS: usize = 60;

/// The chart as SVG.
pub fn svg(title: &str, panels: &[Panel]) -> String {
    let mut canvas = Canvas::new(WIDTH, HEAD + PANEL * panels.len() as f64);
    canvas.text((WIDTH / 2.0, 32.0), title, 18.0, Anchor::Middle, INK);
    for (index, panel) in panels.iter().enumerate() {
        draw(&mut canvas, panel, HEAD + PANEL * index as f64);
    }
    canvas.finish()
}

fn draw(canvas: &mut Canvas, panel: &Panel, top: f64) {
    let all = || panel.line.iter().copied().chain(panel.marks.iter().map(|mark| mark.at));
    let across = Axis::around(all().map(|point| point.0), 6.0);
    let up = Axis::around(all().map(|point| point.1), 5.0);
    let (left, right, high, low) = (LEFT, WIDTH - RIGHT, top + 8.0, top + PANEL - BOTTOM);
    let place = |(x, y): (f64, f64)| (across.place(x, left, right), up.place(y, low, high));
    canvas.grid((&across, &up), (left, low), (right, high));
    canvas.line((left, low), (right, low), INK, 1.0);
    canvas.line((left, low), (left, high), INK, 1.0);
    canvas.text((f64::midpoint(left, right), low + 42.0), &panel.x, 13.0, Anchor::Middle, INK);
    canvas.upright_text((24.0, f64::midpoint(low, high)), &panel.y, 13.0);
    let corners: Vec<(f64, f64)> = panel.line.iter().map(|point| place(*point)).collect();
    canvas.path(&corners, colour(0));
    if corners.len() <= DOTS {
        for corner in &corners {
            canvas.dot(*corner, 3.0, colour(0), "white");
        }
    }
    let marks: Vec<(f64, f64)> = panel.marks.iter().map(|mark| place(mark.at)).collect();
    let mut labels = Labels::new((left, right), (high, low), &marks, 7.0);
    for (index, (mark, at)) in panel.marks.iter().zip(&marks).enumerate() {
        canvas.ring(*at, 6.0, colour(index + 1), lap(index + 1));
        labels.write(canvas, *at, &mark.text, colour(index + 1));
    }
}
