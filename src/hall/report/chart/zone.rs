//! Two parties' values: the zone of agreement shaded, its frontier, offers and fair points as marks.

use crate::report::chart::labels::Labels;
use crate::report::chart::lines::Mark;
use crate::report::chart::{Anchor, Axis, Canvas, INK, QUIET, colour};

/// What a chart shows.
#[derive(Debug, Clone, Default)]
pub struct ZoneChart {
    /// Title.
    pub title: String,
    /// Line below the title.
    pub caption: String,
    /// Name of the horizontal axis, with unit.
    pub x: String,
    /// Name of the vertical axis, with unit.
    pub y: String,
    /// Where nobody gains: the lower left corner of the zone.
    pub origin: (f64, f64),
    /// Corners of the frontier, the first value rising; empty without zone.
    pub frontier: Vec<(f64, f64)>,
    /// Text inside the zone.
    pub zone: String,
    /// Offers.
    pub offers: Vec<Mark>,
    /// Fair points.
    pub fair: Vec<Mark>,
    /// Counter-offers.
    pub counters: Vec<Mark>,
}

const WIDTH: f64 = 820.0;
const HEIGHT: f64 = 560.0;
const LEFT: f64 = 110.0;
const RIGHT: f64 = 36.0;
const TOP: f64 = 84.0;
const BOTTOM: f64 = 64.0;

/// The chart as SVG.
pub fn svg(chart: &ZoneChart) -> String {
    let mut canvas = Canvas::new(WIDTH, HEIGHT);
    canvas.text((WIDTH / 2.0, 30.0), &chart.title, 18.0, Anchor::Middle, INK);
    canvas.text((WIDTH / 2.0, 54.0), &chart.caption, 13.0, Anchor::Middle, QUIET);
    let marks = || chart.offers.iter().chain(&chart.fair).chain(&chart.counters);
    let all = || chart.frontier.iter().copied().chain(marks().map(|mark| mark.at)).chain([chart.origin]);
    let across = Axis::around(all().map(|point| point.0), 6.0);
    let up = Axis::around(all().map(|point| point.1), 5.0);
    let (left, right, high, low) = (LEFT, WIDTH - RIGHT, TOP, HEIGHT - BOTTOM);
    let place = |(x, y): (f64, f64)| (across.place(x, left, right), up.place(y, low, high));
    if let (Some(first), Some(last)) = (chart.frontier.first(), chart.frontier.last()) {
        let mut corners = vec![chart.origin, (chart.origin.0, first.1)];
        corners.extend(chart.frontier.iter().copied());
        corners.push((last.0, chart.origin.1));
        let points: Vec<String> = corners.into_iter().map(place).map(|(x, y)| format!("{x:.2},{y:.2}")).collect();
        canvas.body.push_str(&format!("<polygon points=\"{}\" fill=\"#E8F1E4\"/>\n", points.join(" ")));
        let (x, y) = place(chart.origin);
        canvas.text((x + 8.0, y - 10.0), &chart.zone, 13.0, Anchor::Start, QUIET);
    }
    canvas.grid((&across, &up), (left, low), (right, high));
    let (x, y) = place(chart.origin);
    canvas.line((left, y), (right, y), INK, 1.5);
    canvas.line((x, low), (x, high), INK, 1.5);
    canvas.text((f64::midpoint(left, right), low + 44.0), &chart.x, 13.0, Anchor::Middle, INK);
    canvas.upright_text((26.0, f64::midpoint(low, high)), &chart.y, 13.0);
    let corners: Vec<(f64, f64)> = chart.frontier.iter().map(|point| place(*point)).collect();
    if corners.len() > 1 {
        canvas.path(&corners, colour(2));
    }
    let offers = gathered(&chart.offers).into_iter().map(|mark| (mark, Shape::Offer));
    let fair = gathered(&chart.fair).into_iter().map(|mark| (mark, Shape::Fair));
    let counters = gathered(&chart.counters).into_iter().map(|mark| (mark, Shape::Counter));
    let all: Vec<(Mark, Shape)> = offers.chain(fair).chain(counters).collect();
    let places: Vec<(f64, f64)> = all.iter().map(|(mark, _)| place(mark.at)).collect();
    let mut labels = Labels::new((left, WIDTH - 4.0), (high - 12.0, low), &places, 6.0);
    if !chart.frontier.is_empty() {
        let (x, y) = place(chart.origin);
        labels.keep((x + 8.0, y - 10.0), &chart.zone);
    }
    for ((mark, shape), at) in all.iter().zip(&places) {
        let shade = match shape {
            Shape::Offer => colour(0),
            Shape::Fair => colour(1),
            Shape::Counter => colour(3),
        };
        match shape {
            Shape::Offer => canvas.dot(*at, 5.0, shade, shade),
            Shape::Fair => canvas.dot(*at, 5.0, "white", shade),
            Shape::Counter => canvas.diamond(*at, 6.0, "white", shade),
        }
        labels.write(&mut canvas, *at, &mark.text, shade);
    }
    canvas.finish()
}

/// What a mark stands for: each has a form of its own, for those who print without colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Offer,
    Fair,
    Counter,
}

/// Marks at the same place as one, their texts joined.
fn gathered(marks: &[Mark]) -> Vec<Mark> {
    let size = marks.iter().map(|mark| mark.at.0.abs().max(mark.at.1.abs())).fold(0.0, f64::max);
    let near = |a: f64, b: f64| (a - b).abs() <= 1e-4 * size;
    let mut gathered: Vec<Mark> = Vec::new();
    for mark in marks {
        match gathered.iter_mut().find(|known| near(known.at.0, mark.at.0) && near(known.at.1, mark.at.1)) {
            Some(known) => known.text.push_str(&format!(" · {}", mark.text)),
            None => gathered.push(mark.clone()),
        }
    }
    gathered
}
