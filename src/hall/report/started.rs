//! What an office's table was taken for, as a table, and what was made of it, as sentences.

use crate::figures::separated;
use crate::office::table::Taken;
use crate::phrases::{Lang, Phrase};
use crate::report::grid::{Align, Grid};

/// Both, for the terminal.
pub fn text(taken: &[Taken], told: &[Phrase], lang: Lang) -> String {
    let say = |code: &'static str| Phrase::new(code).render(lang);
    let mut text = String::new();
    let mut place = None;
    let mut grid: Option<Grid> = None;
    for one in taken {
        if place != Some(&one.place) {
            if let Some(grid) = grid.take() {
                text.push_str(&grid.print(""));
                text.push('\n');
            }
            text.push_str(&one.place.to_string());
            text.push('\n');
            place = Some(&one.place);
        }
        let grid = grid.get_or_insert_with(|| {
            Grid::new([
                (say("office.column_letter"), Align::Left),
                (say("office.column_header"), Align::Left),
                (say("office.column_meaning"), Align::Left),
                (say("office.unit"), Align::Left),
                (say("office.column_count"), Align::Right),
                (say("office.column_sum"), Align::Right),
            ])
        });
        grid.row(vec![
            one.letters.clone(),
            one.header.clone(),
            one.meaning.render(lang),
            one.unit.clone(),
            if one.count > 0 { one.count.to_string() } else { String::new() },
            separated(&one.sum),
        ]);
    }
    if let Some(grid) = grid {
        text.push_str(&grid.print(""));
        text.push('\n');
    }
    for phrase in told {
        text.push_str(&phrase.render(lang));
        text.push('\n');
    }
    text
}
