//! Charts of the ledger: lines over months, bars, and ribbons from stage to stage; amounts in 万元.

use crate::report::chart::{Anchor, Canvas, GRID, INK, QUIET, TEXT, TITLE, colour, round_step, text_width};

const WIDTH: f64 = 860.0;
const HEAD: f64 = 56.0;

/// Tints of the colours of stages.
const LIGHT: [&str; 3] = ["#B3D4E8", "#F2CFB3", "#B3E2D5"];

/// 万元 with two decimals, cut toward zero: for the eye.
fn wan(fen: i64) -> f64 {
    fen as f64 / 1e6
}

fn figure(fen: i64) -> String {
    format!("{:.2}", wan(fen))
}

/// Lines over months, each with its name at its end.
pub fn months(title: &str, unit: &str, months: &[String], lines: &[(&str, &[i64])]) -> String {
    let (left, right, top, low) = (96.0, WIDTH - 150.0, HEAD, 400.0);
    let mut canvas = Canvas::new(WIDTH, low + 64.0);
    canvas.text((WIDTH / 2.0, 32.0), title, TITLE, Anchor::Middle, INK);
    canvas.text((left, top - 6.0), unit, TEXT, Anchor::Middle, QUIET);
    let most = lines.iter().flat_map(|(_, line)| line.iter()).map(|fen| wan(*fen)).fold(1.0, f64::max);
    let step = round_step(most, 5);
    let end = (most / step).ceil() * step;
    let up = |value: f64| low - value / end * (low - top - 10.0);
    let mut at = 0.0;
    while at <= end + step / 2.0 {
        canvas.line((left, up(at)), (right, up(at)), GRID, 1.0);
        canvas.text((left - 8.0, up(at) + 4.0), &format!("{at:.0}"), TEXT, Anchor::End, QUIET);
        at += step;
    }
    let across = |index: usize| left + (index as f64 + 0.5) / months.len().max(1) as f64 * (right - left);
    for (index, month) in months.iter().enumerate() {
        let label = month.get(5..).unwrap_or(month);
        canvas.text((across(index), low + 20.0), label, TEXT, Anchor::Middle, QUIET);
    }
    let mut last_label = f64::INFINITY;
    let mut ends: Vec<(usize, f64)> = lines
        .iter()
        .enumerate()
        .map(|(index, (_, line))| (index, up(line.last().map_or(0.0, |fen| wan(*fen)))))
        .collect();
    for (index, (_, line)) in lines.iter().enumerate() {
        let points: Vec<(f64, f64)> = line.iter().enumerate().map(|(at, fen)| (across(at), up(wan(*fen)))).collect();
        canvas.path(&points, colour(index));
        points.iter().for_each(|point| canvas.dot(*point, 3.0, "white", colour(index)));
    }
    // Names stand beside the ends of their lines, one above the other.
    ends.sort_by(|a, b| b.1.total_cmp(&a.1));
    for (index, y) in ends {
        let y = y.min(last_label - 18.0);
        last_label = y;
        if let Some((name, line)) = lines.get(index) {
            let text = format!("{name} {}", figure(line.last().copied().unwrap_or(0)));
            canvas.text((right + 6.0, y + 4.0), &text, TEXT, Anchor::Start, colour(index));
        }
    }
    canvas.line((left, low), (right, low), INK, 1.0);
    canvas.finish()
}

/// Bars with names and figures.
pub fn bars(title: &str, unit: &str, bars: &[(&str, i64)]) -> String {
    let names = bars.iter().map(|(name, _)| text_width(name, TEXT)).fold(60.0, f64::max);
    let (left, row) = (names + 24.0, 30.0);
    let right = (left + 300.0).max(WIDTH - 110.0);
    let mut canvas = Canvas::new(right + 110.0, HEAD + row * bars.len() as f64 + 24.0);
    canvas.text((f64::midpoint(0.0, right + 110.0), 32.0), title, TITLE, Anchor::Middle, INK);
    canvas.text((left, HEAD - 6.0), unit, TEXT, Anchor::Start, QUIET);
    let most = bars.iter().map(|(_, fen)| wan(*fen)).fold(1e-9, f64::max);
    for (index, (name, fen)) in bars.iter().enumerate() {
        let y = HEAD + row * index as f64;
        let width = (wan(*fen).max(0.0) / most * (right - left)).max(1.0);
        canvas.text((left - 8.0, y + 17.0), name, TEXT, Anchor::End, INK);
        canvas.bar((left, y + 4.0), (width, row - 10.0), colour(0));
        canvas.text((left + width + 6.0, y + 17.0), &figure(*fen), TEXT, Anchor::Start, INK);
    }
    canvas.finish()
}

/// Money from one place to another.
pub struct Ribbon<'a> {
    /// Stage that it begins at, from 0.
    pub stage: usize,
    /// From.
    pub from: &'a str,
    /// To.
    pub to: &'a str,
    /// How much, in 分.
    pub fen: i64,
}

/// A place of a stage: its name, its amount, and where it stands.
struct Node<'a> {
    name: &'a str,
    fen: i64,
    top: f64,
    /// How much of its sides is taken: coming in, going out.
    taken: [f64; 2],
}

/// A Sankey chart: stages from left to right, ribbons as thick as their money.
pub fn flow(title: &str, unit: &str, ribbons: &[Ribbon<'_>]) -> String {
    let stages = ribbons.iter().map(|one| one.stage + 2).max().unwrap_or(2);
    let mut nodes: Vec<Vec<Node<'_>>> = (0..stages).map(|_| Vec::new()).collect();
    let mut add = |stage: usize, name, fen: i64| {
        let Some(places) = nodes.get_mut(stage) else { return };
        match places.iter_mut().find(|node| node.name == name) {
            Some(node) => node.fen += fen,
            None => places.push(Node { name, fen, top: 0.0, taken: [0.0; 2] }),
        }
    };
    for one in ribbons {
        if one.stage == 0 {
            add(0, one.from, one.fen);
        }
        add(one.stage + 1, one.to, one.fen);
    }
    let most = nodes.iter().map(Vec::len).max().unwrap_or(1) as f64;
    let (gap, high) = (10.0, (most * 26.0).max(360.0));
    let total = nodes.iter().map(|places| places.iter().map(|node| wan(node.fen)).sum::<f64>()).fold(1e-9, f64::max);
    let scale = (high - gap * most) / total;
    let (left, right, thick) = (170.0, WIDTH - 170.0, 14.0);
    for places in &mut nodes {
        places.sort_by(|a, b| b.fen.cmp(&a.fen).then(a.name.cmp(b.name)));
        let sum: f64 = places.iter().map(|node| wan(node.fen) * scale).sum();
        let mut at = HEAD + (high - sum - gap * (places.len().saturating_sub(1)) as f64) / 2.0;
        for node in places {
            node.top = at;
            at += wan(node.fen) * scale + gap;
        }
    }
    let across = |stage: usize| left + stage as f64 / (stages - 1) as f64 * (right - left - thick);
    let mut canvas = Canvas::new(WIDTH, HEAD + high + 24.0);
    canvas.text((WIDTH / 2.0, 32.0), title, TITLE, Anchor::Middle, INK);
    canvas.text((12.0, HEAD - 6.0), unit, TEXT, Anchor::Start, QUIET);
    let mut order: Vec<&Ribbon<'_>> = ribbons.iter().collect();
    order.sort_by(|a, b| (a.stage, a.from, a.to).cmp(&(b.stage, b.from, b.to)));
    for one in order {
        let height = wan(one.fen) * scale;
        let mut side = |stage: usize, name: &str, side: usize| {
            let place = nodes.get_mut(stage)?.iter_mut().find(|node| node.name == name)?;
            let taken = place.taken.get_mut(side)?;
            let at = place.top + *taken;
            *taken += height;
            Some(at)
        };
        let (Some(from), Some(to)) = (side(one.stage, one.from, 1), side(one.stage + 1, one.to, 0)) else { continue };
        let (x0, x1) = (across(one.stage) + thick, across(one.stage + 1));
        // An S-curve of straight pieces: what both SVG and PNG draw alike.
        let steps = 24_u32;
        let point = |step: u32, low: f64| {
            let t = f64::from(step) / f64::from(steps);
            let bend = t * t * (3.0 - 2.0 * t);
            (x0 + t * (x1 - x0), from + bend * (to - from) + low)
        };
        let there = (0..=steps).map(|step| point(step, 0.0));
        let back = (0..=steps).rev().map(|step| point(step, height));
        let corners: Vec<String> = there.chain(back).map(|(x, y)| format!("{x:.2},{y:.2}")).collect();
        canvas.body.push_str(&format!(
            "<polygon points=\"{}\" fill=\"{}\" stroke=\"none\"/>\n",
            corners.join(" "),
            LIGHT.get(one.stage % LIGHT.len()).copied().unwrap_or(GRID)
        ));
    }
    for (stage, places) in nodes.iter().enumerate() {
        for node in places {
            let height = (wan(node.fen) * scale).max(1.0);
            let x = across(stage);
            canvas.bar((x, node.top), (thick, height), colour(stage));
            let text = format!("{} {}", node.name, figure(node.fen));
            let y = node.top + height / 2.0 + 4.0;
            match stage {
                0 => canvas.text((x - 6.0, y), &text, 11.0, Anchor::End, INK),
                _ => canvas.text((x + thick + 6.0, y), &text, 11.0, Anchor::Start, INK),
            }
        }
    }
    canvas.finish()
}
