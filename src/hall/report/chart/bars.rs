//! Grouped horizontal bars: one group a category, one bar a series; values may be negative or missing.

use crate::report::chart::{Anchor, BASE, Canvas, GRID, INK, TEXT, TITLE, colour, lap, round_step, text_width};
use crate::units::group_thousands;

/// One series of bars.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Printed name.
    pub name: String,
    /// One value a category; `None` draws no bar.
    pub values: Vec<Option<f64>>,
    /// Position of its colour.
    pub colour: usize,
}

/// What a chart shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Bars {
    /// Title.
    pub title: String,
    /// Unit and remarks, below the title.
    pub caption: String,
    /// Names of the categories.
    pub categories: Vec<String>,
    /// The series.
    pub series: Vec<Series>,
}

const WIDTH: f64 = 960.0;
const MARGIN: f64 = 24.0;
const GAP: f64 = 9.0;
const LEGEND_ROW: f64 = 22.0;

/// The colour of a series: the first one is what the others are compared against.
fn shade(series: usize) -> &'static str {
    series.checked_sub(1).map_or(BASE, colour)
}

/// How often the colours were gone through before this series.
fn laps(series: usize) -> usize {
    series.checked_sub(1).map_or(0, lap)
}

/// The chart as SVG.
pub fn bars(chart: &Bars) -> String {
    let bar = match chart.series.len() {
        0..=2 => 12.0,
        3..=4 => 9.0,
        _ => 7.0,
    };
    let group = (bar * chart.series.len() as f64).max(TEXT) + GAP;
    let label = chart.categories.iter().map(|name| text_width(name, TEXT)).fold(40.0, f64::max).min(260.0);
    let legend = legend(chart);
    let rows = legend.last().map_or(0.0, |(_, row, _)| row + 1.0);
    let top = MARGIN + TITLE + TEXT + 14.0 + rows * LEGEND_ROW;
    let height = top + group * chart.categories.len() as f64 + 2.0 * MARGIN + TEXT;
    let mut svg = Canvas::new(WIDTH, height);
    svg.text((MARGIN, MARGIN + TITLE * 0.8), &chart.title, TITLE, Anchor::Start, INK);
    svg.text((MARGIN, MARGIN + TITLE + TEXT + 4.0), &chart.caption, TEXT, Anchor::Start, INK);
    for (series, (x, row, name)) in chart.series.iter().zip(&legend) {
        let y = MARGIN + TITLE + TEXT + 16.0 + row * LEGEND_ROW;
        svg.striped_bar((*x, y), (12.0, 12.0), shade(series.colour), laps(series.colour));
        svg.text((x + 18.0, y + 11.0), name, TEXT, Anchor::Start, INK);
    }
    let (left, right) = (MARGIN + label + 10.0, WIDTH - MARGIN - 20.0);
    let bottom = top + group * chart.categories.len() as f64;
    let axis = Axis::of(chart, left, right);
    for (value, x) in axis.ticks() {
        svg.line((x, top), (x, bottom), GRID, 1.0);
        svg.text((x, bottom + TEXT + 6.0), &number(value, axis.step), TEXT, Anchor::Middle, INK);
    }
    for (at, name) in chart.categories.iter().enumerate() {
        let y = top + group * at as f64;
        svg.text((left - 8.0, y + group / 2.0 + TEXT * 0.35), name, TEXT, Anchor::End, INK);
        for (index, series) in chart.series.iter().enumerate() {
            let Some(value) = series.values.get(at).copied().flatten() else { continue };
            let (zero, end) = (axis.x(0.0), axis.x(value));
            let y = y + GAP / 2.0 + bar * index as f64;
            let size = ((end - zero).abs(), bar - 1.0);
            svg.striped_bar((zero.min(end), y), size, shade(series.colour), laps(series.colour));
        }
    }
    svg.line((axis.x(0.0), top), (axis.x(0.0), bottom), INK, 1.0);
    svg.finish()
}

/// Place and text of each entry: x, row, name.
fn legend(chart: &Bars) -> Vec<(f64, f64, String)> {
    let (mut x, mut row) = (MARGIN, 0.0);
    let place = |series: &Series| {
        let width = 18.0 + text_width(&series.name, TEXT) + 22.0;
        if x > MARGIN && x + width > WIDTH - MARGIN {
            (x, row) = (MARGIN, row + 1.0);
        }
        let at = (x, row, series.name.clone());
        x += width;
        at
    };
    chart.series.iter().map(place).collect()
}

struct Axis {
    least: f64,
    most: f64,
    step: f64,
    left: f64,
    right: f64,
}

impl Axis {
    /// An axis in round numbers that holds 0 and every value.
    fn of(chart: &Bars, left: f64, right: f64) -> Self {
        let values = || chart.series.iter().flat_map(|series| &series.values).flatten().copied();
        let (least, most) = (values().fold(0.0, f64::min), values().fold(0.0, f64::max));
        let step = round_step(if most > least { most - least } else { 1.0 }, 7);
        let (least, most) = ((least / step).floor() * step, (most / step).ceil() * step);
        Self { least, most: if most > least { most } else { least + step }, step, left, right }
    }

    fn x(&self, value: f64) -> f64 {
        self.left + (value - self.least) / (self.most - self.least) * (self.right - self.left)
    }

    fn ticks(&self) -> Vec<(f64, f64)> {
        let steps = ((self.most - self.least) / self.step).round().max(1.0) as usize;
        (0..=steps).map(|at| self.least + self.step * at as f64).map(|value| (value, self.x(value))).collect()
    }
}

/// A tick's number, with as many decimals as its step asks for.
fn number(value: f64, step: f64) -> String {
    let places = usize::from(step < 1.0) + usize::from(step < 0.1) + usize::from(step < 0.01);
    if value.abs() < step / 2.0 {
        return "0".to_owned();
    }
    if places > 0 {
        return format!("{value:.places$}");
    }
    let sign = if value < 0.0 { "-" } else { "" };
    format!("{sign}{}", group_thousands(value.abs().round() as u64))
}
