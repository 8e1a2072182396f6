//! An explanation as text.

use crate::analysis::explain::Explanation;
use crate::phrases::Lang;

/// The sentences of every cell, a blank line between cells.
pub fn text(explanation: &Explanation, lang: Lang) -> String {
    let mut text = format!("{} {}\n", explanation.area, explanation.name);
    for cell in &explanation.cells {
        text.push('\n');
        for sentence in &cell.sentences {
            text.push_str(sentence.get(lang));
            text.push('\n');
        }
    }
    text
}
