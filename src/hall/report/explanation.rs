//! An explanation as text.

use crate::analysis::explain::Explanation;
use crate::phrases::{Lang, Text, visible};
use crate::report::table::warning_lines;

/// The sentences of the area, then of every cell, a blank line between.
pub fn text(explanation: &Explanation, lang: Lang) -> String {
    let mut text = format!("{} {}\n", visible(&explanation.area), visible(&explanation.name));
    lines(&mut text, &explanation.sentences, lang);
    for cell in &explanation.cells {
        text.push('\n');
        lines(&mut text, &cell.sentences, lang);
    }
    if !explanation.warnings.is_empty() {
        text.push('\n');
    }
    text + &warning_lines(&explanation.warnings, lang)
}

fn lines(text: &mut String, sentences: &[Text], lang: Lang) {
    for sentence in sentences {
        text.push_str(sentence.get(lang).trim_end());
        text.push('\n');
    }
}
