//! Where texts beside marks stand: each where no other text or mark is, as near to its own as there is room.

use crate::report::chart::{Anchor, Canvas, QUIET, text_width};

/// Size of the texts in pixels.
const SIZE: f64 = 13.0;
/// Height of a line of text.
const LINE: f64 = 15.0;
/// From a mark to its text.
const APART: f64 = 10.0;
/// So far up or down a text may be moved.
const FARTHEST: usize = 16;

/// A rectangle: left, right, top, bottom.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Spot(f64, f64, f64, f64);

impl Spot {
    fn meets(&self, other: &Self) -> bool {
        self.0 < other.1 && other.0 < self.1 && self.2 < other.3 && other.2 < self.3
    }
}

/// The room for texts within a panel.
pub(super) struct Labels {
    panel: Spot,
    taken: Vec<Spot>,
}

impl Labels {
    /// A panel between left and right, top and bottom, with marks of a radius that no text may cover.
    pub fn new((left, right): (f64, f64), (top, bottom): (f64, f64), marks: &[(f64, f64)], radius: f64) -> Self {
        let spot = |(x, y): &(f64, f64)| Spot(x - radius, x + radius, y - radius, y + radius);
        Self { panel: Spot(left, right, top, bottom), taken: marks.iter().map(spot).collect() }
    }

    /// A text that stands already; `(x, y)` is its start on the line.
    pub fn keep(&mut self, (x, y): (f64, f64), text: &str) {
        self.taken.push(Spot(x, x + text_width(text, SIZE), y - LINE + 3.0, y + 3.0));
    }

    /// Writes a text beside its mark; a fine line leads to it where it had to stand apart.
    pub fn write(&mut self, canvas: &mut Canvas, (x, y): (f64, f64), text: &str, shade: &str) {
        let width = text_width(text, SIZE);
        let spot = |right: bool, shift: f64| {
            let start = if right { x + APART } else { x - APART - width };
            Spot(start, start + width, y + shift - LINE + 3.0, y + shift + 3.0)
        };
        let fits = |spot: &Spot| {
            let Spot(left, right, top, bottom) = self.panel;
            spot.0 >= left && spot.1 <= right && spot.2 >= top && spot.3 <= bottom
        };
        // Beside it, then further up and further down, right before left.
        let steps = (0..FARTHEST).flat_map(|step| {
            let by = step as f64 * LINE;
            [-6.0 - by, 10.0 + by]
        });
        let tries: Vec<(bool, f64)> = steps.flat_map(|shift| [(true, shift), (false, shift)]).collect();
        let free = |spot: &Spot| self.taken.iter().all(|other| !spot.meets(other));
        let found = tries.iter().copied().find(|(right, shift)| {
            let spot = spot(*right, *shift);
            fits(&spot) && free(&spot)
        });
        // In a panel without room a text may stand out of it, but on no other.
        let found = found.or_else(|| tries.iter().copied().find(|(right, shift)| free(&spot(*right, *shift))));
        let (right, shift) = found.unwrap_or((x + APART + width < self.panel.1, -6.0));
        self.taken.push(spot(right, shift));
        let at = if right { x + APART } else { x - APART };
        if shift.abs() > 1.5 * LINE {
            canvas.line((x, y), (at, y + shift - 4.0), QUIET, 0.5);
        }
        canvas.text((at, y + shift), text, SIZE, if right { Anchor::Start } else { Anchor::End }, shade);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_stands_on_another_or_on_a_mark() {
        // Thirty marks in a row a few pixels apart, and five at one place.
        let mut marks: Vec<(f64, f64)> = (0..30).map(|at| (120.0 + 9.0 * f64::from(at), 200.0)).collect();
        marks.extend([(400.0, 300.0); 5]);
        let mut labels = Labels::new((100.0, 800.0), (80.0, 500.0), &marks, 6.0);
        let mut canvas = Canvas::new(820.0, 560.0);
        for (index, mark) in marks.iter().enumerate() {
            labels.write(&mut canvas, *mark, &format!("第 {index} 轮"), "#222222");
        }
        assert_eq!(canvas.body.matches("<text").count(), 35);
        let texts = labels.taken.get(35..).unwrap();
        for (index, text) in texts.iter().enumerate() {
            for other in &texts[index + 1..] {
                assert!(!text.meets(other), "{text:?} {other:?}");
            }
            assert!(labels.taken[..35].iter().all(|mark| !text.meets(mark)), "{text:?}");
            assert!(text.0 >= 100.0 && text.1 <= 800.0 && text.2 >= 80.0 && text.3 <= 500.0, "{text:?}");
        }
    }
}
