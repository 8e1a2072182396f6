//! Charts as SVG, drawn by ourselves: text stays text, so Chinese needs no font of ours, and the same figures give the same bytes.

pub mod bars;
pub mod intervals;
mod labels;
pub mod lines;
pub mod money;
pub mod paint;
pub mod swings;
pub mod zone;

use unicode_width::UnicodeWidthStr;

use crate::figures::axis;
use crate::report::xml::escaped;

/// Fonts that have Chinese, then any.
const FONT: &str = "'Noto Sans CJK SC','Source Han Sans SC','Microsoft YaHei','PingFang SC',sans-serif";
/// Colours that colour-blind people tell apart (Okabe & Ito 2008).
const COLOURS: [&str; 6] = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"];
/// Colour of what others are compared against.
const BASE: &str = "#4D4D4D";
/// Size of text in pixels.
const TEXT: f64 = 13.0;
/// Size of titles in pixels.
const TITLE: f64 = 17.0;
const INK: &str = "#222222";
const QUIET: &str = "#666666";
const GRID: &str = "#E3E3E3";

fn colour(index: usize) -> &'static str {
    COLOURS.get(index % COLOURS.len()).copied().unwrap_or(INK)
}

/// How often the colours were gone through before this one: what is drawn in it must differ by more than its colour.
fn lap(index: usize) -> usize {
    index / COLOURS.len()
}

/// Width of a text in pixels, estimated: a Chinese character is as wide as its size.
fn text_width(text: &str, size: f64) -> f64 {
    text.width() as f64 * size * 0.55
}

/// A round step so that about `wanted` steps span the distance.
fn round_step(distance: f64, wanted: usize) -> f64 {
    let rough = (distance / wanted.max(1) as f64).max(f64::MIN_POSITIVE);
    let power = 10_f64.powf(rough.log10().floor());
    [1.0, 2.0, 5.0].into_iter().map(|factor| factor * power).find(|step| *step >= rough).unwrap_or(10.0 * power)
}

/// A drawing under way.
struct Canvas {
    body: String,
    width: f64,
    height: f64,
}

/// Where a text is held.
#[derive(Clone, Copy)]
enum Anchor {
    Start,
    Middle,
    End,
}

impl Canvas {
    fn new(width: f64, height: f64) -> Self {
        Self { body: String::new(), width, height }
    }

    fn line(&mut self, (x1, y1): (f64, f64), (x2, y2): (f64, f64), colour: &str, width: f64) {
        self.body.push_str(&format!(
            "<line x1=\"{x1:.2}\" y1=\"{y1:.2}\" x2=\"{x2:.2}\" y2=\"{y2:.2}\" stroke=\"{colour}\" stroke-width=\"{width}\"/>\n"
        ));
    }

    fn path(&mut self, points: &[(f64, f64)], colour: &str) {
        let points: Vec<String> = points.iter().map(|(x, y)| format!("{x:.2},{y:.2}")).collect();
        let points = points.join(" ");
        self.body.push_str(&format!(
            "<polyline points=\"{points}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>\n"
        ));
    }

    fn dot(&mut self, (x, y): (f64, f64), radius: f64, fill: &str, stroke: &str) {
        self.body.push_str(&format!(
            "<circle cx=\"{x:.2}\" cy=\"{y:.2}\" r=\"{radius}\" fill=\"{fill}\" stroke=\"{stroke}\" stroke-width=\"1.5\"/>\n"
        ));
    }

    fn bar(&mut self, (x, y): (f64, f64), (width, height): (f64, f64), fill: &str) {
        self.body.push_str(&format!(
            "<rect x=\"{x:.2}\" y=\"{y:.2}\" width=\"{width:.2}\" height=\"{height:.2}\" rx=\"2\" fill=\"{fill}\"/>\n"
        ));
    }

    /// A bar with stripes, which tell it from others of its colour: their direction and distance differ by lap.
    fn striped_bar(&mut self, (x, y): (f64, f64), (width, height): (f64, f64), fill: &str, lap: usize) {
        self.bar((x, y), (width, height), fill);
        if lap == 0 {
            return;
        }
        let id = format!("stripes{lap}");
        if !self.body.contains(&format!("id=\"{id}\"")) {
            let (step, turn) = (4 + 2 * (lap / 4), 45 * (lap % 4));
            self.body.push_str(&format!(
                "<defs><pattern id=\"{id}\" width=\"{step}\" height=\"{step}\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate({turn})\"><rect width=\"1.6\" height=\"{step}\" fill=\"white\"/></pattern></defs>\n"
            ));
        }
        self.bar((x, y), (width, height), &format!("url(#{id})"));
    }

    /// A ring with gaps, which tell it from others of its colour.
    fn ring(&mut self, (x, y): (f64, f64), radius: f64, stroke: &str, lap: usize) {
        if lap == 0 {
            return self.dot((x, y), radius, "none", stroke);
        }
        self.body.push_str(&format!(
            "<circle cx=\"{x:.2}\" cy=\"{y:.2}\" r=\"{radius}\" fill=\"none\" stroke=\"{stroke}\" stroke-width=\"2\" stroke-dasharray=\"{} 2\"/>\n",
            lap + 1
        ));
    }

    /// A square standing on a corner.
    fn diamond(&mut self, (x, y): (f64, f64), radius: f64, fill: &str, stroke: &str) {
        let (left, right, top, bottom) = (x - radius, x + radius, y - radius, y + radius);
        self.body.push_str(&format!(
            "<polygon points=\"{left:.2},{y:.2} {x:.2},{top:.2} {right:.2},{y:.2} {x:.2},{bottom:.2}\" fill=\"{fill}\" stroke=\"{stroke}\" stroke-width=\"1.5\"/>\n"
        ));
    }

    fn text(&mut self, (x, y): (f64, f64), text: &str, size: f64, anchor: Anchor, colour: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        self.body.push_str(&format!(
            "<text x=\"{x:.2}\" y=\"{y:.2}\" font-size=\"{size}\" text-anchor=\"{anchor}\" fill=\"{colour}\">{}</text>\n",
            escaped(text)
        ));
    }

    /// A text that reads upwards.
    fn upright_text(&mut self, (x, y): (f64, f64), text: &str, size: f64) {
        self.body.push_str(&format!(
            "<text transform=\"translate({x:.2},{y:.2}) rotate(-90)\" font-size=\"{size}\" text-anchor=\"middle\" fill=\"{INK}\">{}</text>\n",
            escaped(text)
        ));
    }

    /// Grid and ticks of two axes between two opposite corners of the drawing, the lower left one first.
    fn grid(&mut self, (across, up): (&Axis, &Axis), (left, low): (f64, f64), (right, high): (f64, f64)) {
        for (value, text) in across.ticks() {
            let x = across.place(value, left, right);
            self.line((x, low), (x, high), GRID, 1.0);
            self.text((x, low + 18.0), &text, 12.0, Anchor::Middle, QUIET);
        }
        for (value, text) in up.ticks() {
            let y = up.place(value, low, high);
            self.line((left, y), (right, y), GRID, 1.0);
            self.text((left - 8.0, y + 4.0), &text, 12.0, Anchor::End, QUIET);
        }
    }

    fn finish(self) -> String {
        let Self { body, width, height } = self;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" viewBox=\"0 0 {width:.0} {height:.0}\" font-family=\"{FONT}\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n{body}</svg>\n"
        )
    }
}

/// A linear axis with round ticks.
struct Axis {
    least: f64,
    most: f64,
    step: f64,
}

impl Axis {
    /// An axis that holds all values, with about `ticks` ticks at multiples of 1, 2 or 5 · 10ⁿ.
    fn around(values: impl Iterator<Item = f64>, ticks: f64) -> Self {
        let finite = values.filter(|value| value.is_finite());
        let (least, most) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)));
        let (least, most) = if least > most { (0.0, 1.0) } else { (least, most) };
        let size = (most - least).max(1e-6 * (1.0 + most.abs().max(least.abs())));
        let middle = f64::midpoint(least, most);
        let (least, most) = (middle - size * 0.54, middle + size * 0.54);
        let rough = (most - least) / ticks;
        let power = 10_f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|m| m * power).find(|step| *step >= rough).unwrap_or(rough);
        Self { least, most, step }
    }

    /// Position of a value between two ends of the drawing.
    fn place(&self, value: f64, from: f64, to: f64) -> f64 {
        from + (value - self.least) / (self.most - self.least) * (to - from)
    }

    /// Ticks with their texts.
    fn ticks(&self) -> Vec<(f64, String)> {
        let places = usize::try_from((-self.step.log10().floor()).max(0.0) as i64).unwrap_or(0).min(9);
        let first = (self.least / self.step).ceil() as i64;
        let last = (self.most / self.step).floor() as i64;
        (first..=last)
            .map(|index| {
                let value = index as f64 * self.step;
                (value, axis(value, places))
            })
            .collect()
    }
}
