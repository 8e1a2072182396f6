//! Tables of text: aligned Chinese (two columns a character), and no wider than a terminal of 80 columns.
//!
//! What is wider gets its headers and texts on several lines; where that does not do, the columns stand below one another in blocks,
//! each with the columns that say whose figures they are.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::phrases::visible;

/// Columns of a terminal.
pub const WIDTH: usize = 80;

/// Blanks between two columns.
const GAP: usize = 2;

/// What a column of text is not made narrower than, where it has so much.
const TEXT: usize = 14;

/// No figure is wider; what is, is a text at the right side.
const FIGURE: usize = 26;

/// How a column is aligned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Text.
    Left,
    /// Figures.
    Right,
    /// Drawings: as text, but they stay on one line.
    Drawn,
}

/// A grid of texts with a header.
#[derive(Debug, Clone, Default)]
pub struct Grid {
    header: Vec<(String, Align)>,
    rows: Vec<Vec<String>>,
    rule_before: Vec<usize>,
    tied: Vec<usize>,
}

/// Columns that stand beside one another, each with its width.
type Block = Vec<(usize, usize)>;

impl Grid {
    /// A grid with these columns.
    pub fn new(columns: impl IntoIterator<Item = (String, Align)>) -> Self {
        let column = |(name, align): (String, Align)| (visible(&name).into_owned(), align);
        Self { header: columns.into_iter().map(column).collect(), ..Self::default() }
    }

    /// Keeps these columns beside the one before each.
    pub fn tie(&mut self, columns: impl IntoIterator<Item = usize>) {
        self.tied.extend(columns);
    }

    /// Adds a row; control characters in names show as pictures.
    pub fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells.iter().map(|cell| visible(cell).into_owned()).collect());
    }

    /// Draws a line before the next row.
    pub fn rule(&mut self) {
        self.rule_before.push(self.rows.len());
    }

    /// Adds a column of drawings, which go on on no other line, behind the others.
    pub fn column(&mut self, name: String, cells: Vec<String>) {
        self.header.push((name, Align::Drawn));
        self.rows.iter_mut().zip(cells).for_each(|(row, cell)| row.push(cell));
    }

    /// Columns that are left for one more column beside these, none of them narrowed.
    pub fn room(&self) -> usize {
        let taken: usize = (0..self.header.len()).map(|column| self.whole(column) + GAP).sum();
        WIDTH.saturating_sub(taken)
    }

    fn cells(&self, column: usize) -> impl Iterator<Item = &str> {
        self.rows.iter().filter_map(move |row| row.get(column)).map(String::as_str)
    }

    /// Width of a column whose texts stand on one line.
    fn whole(&self, column: usize) -> usize {
        let header = self.header.get(column).map_or(0, |(name, _)| name.width());
        self.cells(column).map(UnicodeWidthStr::width).fold(header, usize::max)
    }

    /// Width that a column must have: figures stay whole, texts and headers may go on on the next line.
    fn least(&self, column: usize) -> usize {
        let Some((name, align)) = self.header.get(column) else { return 0 };
        let header = pieces(name).iter().map(|piece| piece.width()).fold(0, usize::max);
        let figures = self.cells(column).map(UnicodeWidthStr::width).fold(header, usize::max);
        match align {
            Align::Right => figures.min(FIGURE.max(header)),
            Align::Drawn => figures,
            Align::Left => figures.min(TEXT.max(header)),
        }
    }

    /// How many columns say whose figures the others are: the texts that it begins with, or its first column.
    fn keys(&self) -> usize {
        let texts = self.header.iter().take_while(|(_, align)| *align == Align::Left).count();
        texts.clamp(1, 2)
    }

    /// The columns in blocks that are narrow enough, each of them as wide as it can be.
    fn blocks(&self) -> Vec<Block> {
        let all: Vec<usize> = (0..self.header.len()).collect();
        let width = |columns: &[usize], of: &dyn Fn(usize) -> usize| {
            columns.iter().map(|column| of(*column)).sum::<usize>() + GAP * columns.len().saturating_sub(1)
        };
        let (whole, least) = (|column| self.whole(column), |column| self.least(column));
        if width(&all, &whole) <= WIDTH {
            return vec![all.into_iter().map(|column| (column, self.whole(column))).collect()];
        }
        let (keys, others) = all.split_at(self.keys().min(all.len()));
        let groups = others.chunk_by(|_, next| self.tied.contains(next));
        let mut blocks: Vec<Vec<usize>> = vec![keys.to_vec()];
        for group in groups {
            let fits = |block: &Vec<usize>| width(&[block.as_slice(), group].concat(), &least) <= WIDTH;
            match blocks.last_mut() {
                Some(block) if fits(block) || block.len() == keys.len() => block.extend(group),
                _ => blocks.push([keys, group].concat()),
            }
        }
        blocks.into_iter().map(|block| self.widened(&block)).collect()
    }

    /// What is left is given to the columns that need more, one after the other.
    fn widened(&self, columns: &[usize]) -> Block {
        let mut block: Block = columns.iter().map(|column| (*column, self.least(*column))).collect();
        let taken = block.iter().map(|(_, width)| width).sum::<usize>() + GAP * columns.len().saturating_sub(1);
        let mut left = WIDTH.saturating_sub(taken);
        let wanted: Vec<usize> = columns.iter().map(|column| self.whole(*column)).collect();
        while left > 0 && block.iter().zip(&wanted).any(|((_, width), wanted)| width < wanted) {
            for ((_, width), wanted) in block.iter_mut().zip(&wanted) {
                if *width < *wanted && left > 0 {
                    *width += 1;
                    left -= 1;
                }
            }
        }
        block
    }

    /// The table as text; `caption` stands above at the right end.
    pub fn print(&self, caption: &str) -> String {
        let blocks = self.blocks().into_iter().map(|block| self.block(&block, caption));
        blocks.collect::<Vec<_>>().join("\n")
    }

    fn block(&self, block: &Block, caption: &str) -> String {
        let total = block.iter().map(|(_, width)| width).sum::<usize>() + GAP * block.len().saturating_sub(1);
        let mut text = String::new();
        if !caption.is_empty() {
            text.push_str(&" ".repeat(total.saturating_sub(caption.width())));
            text.push_str(caption);
            text.push('\n');
        }
        let names: Vec<&str> = self.header.iter().map(|(name, _)| name.as_str()).collect();
        let rule = format!("{}\n", "─".repeat(total));
        self.line(&mut text, &names, block);
        text.push_str(&rule);
        for (index, row) in self.rows.iter().enumerate() {
            if self.rule_before.contains(&index) {
                text.push_str(&rule);
            }
            let cells: Vec<&str> = row.iter().map(String::as_str).collect();
            self.line(&mut text, &cells, block);
        }
        text
    }

    /// A row, on as many lines as its longest cell takes.
    fn line(&self, text: &mut String, cells: &[&str], block: &Block) {
        let wrapped: Vec<Vec<String>> =
            block.iter().map(|(column, width)| wrap(cells.get(*column).copied().unwrap_or_default(), *width)).collect();
        let lines = wrapped.iter().map(Vec::len).fold(1, usize::max);
        for at in 0..lines {
            let mut line = String::new();
            for (place, ((column, width), pieces)) in block.iter().zip(&wrapped).enumerate() {
                let cell = pieces.get(at).map_or("", String::as_str);
                let gap = " ".repeat(width.saturating_sub(cell.width()));
                let right = self.header.get(*column).is_some_and(|(_, align)| *align == Align::Right);
                line.push_str(if place > 0 { "  " } else { "" });
                line.push_str(if right { &gap } else { cell });
                line.push_str(if right { cell } else { &gap });
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
    }
}

/// Signs that begin no line.
const CLOSING: &str = "，。、；：？！）》”’】,.;:?!)]}%％";

/// Signs that end no line.
const OPENING: &str = "（《“‘【([{";

/// A text in pieces that stay together: words with the blank behind them, Chinese characters with their signs.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let mut before: Option<char> = None;
    for sign in text.chars() {
        let wide = |sign: char| sign.width().unwrap_or(0) > 1;
        let breaks = before.is_some_and(|before| {
            let between = before == ' ' || wide(before) || wide(sign) || matches!(before, '/' | '-' | '_' | ']');
            between && sign != ' ' && !CLOSING.contains(sign) && !OPENING.contains(before)
        });
        match pieces.last_mut().filter(|_| !breaks) {
            Some(piece) => piece.push(sign),
            None => pieces.push(sign.to_string()),
        }
        before = Some(sign);
    }
    pieces
}

/// A text on lines that are no wider than this; what has no place to break is broken anywhere.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    if text.width() <= width {
        return vec![text.to_owned()];
    }
    let mut lines = vec![String::new()];
    let mut add = |piece: &str| {
        let fits = |line: &String| line.width() + piece.trim_end().width() <= width;
        match lines.last_mut() {
            Some(line) if line.is_empty() || fits(line) => line.push_str(piece),
            _ => lines.push(piece.to_owned()),
        }
    };
    for piece in pieces(text) {
        if piece.trim_end().width() <= width {
            add(&piece);
        } else {
            piece.chars().for_each(|sign| add(sign.encode_utf8(&mut [0; 4])));
        }
    }
    lines.into_iter().map(|line| line.trim_end().to_owned()).collect()
}

/// A text whose long lines go on below, as far in as they begin; what is narrow enough, such as a table, stays as it is.
pub fn within(text: &str) -> String {
    let mut all = String::new();
    for line in text.split_inclusive('\n') {
        let (body, end) = line.strip_suffix('\n').map_or((line, ""), |body| (body, "\n"));
        if body.width() <= WIDTH {
            all.push_str(line);
            continue;
        }
        let inner = body.trim_start_matches(' ');
        let margin = " ".repeat((body.len() - inner.len()).min(WIDTH / 2));
        let lines: Vec<String> =
            wrap(inner, WIDTH - margin.len()).into_iter().map(|piece| format!("{margin}{piece}")).collect();
        all.push_str(&lines.join("\n"));
        all.push_str(end);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_control_character_does_not_break_a_row() {
        let mut grid = Grid::new([("名".to_owned(), Align::Left)]);
        grid.row(vec!["甲\n\u{1b}[31m".to_owned()]);
        assert_eq!(grid.print("").lines().count(), 3);
        assert!(!grid.print("").contains('\u{1b}'));
    }

    #[test]
    fn chinese_is_two_columns_wide() {
        let mut grid = Grid::new([("名".to_owned(), Align::Left), ("额".to_owned(), Align::Right)]);
        grid.row(vec!["城桥镇".to_owned(), "1.00".to_owned()]);
        grid.row(vec!["ab".to_owned(), "12.00".to_owned()]);
        assert_eq!(grid.print("单位"), "         单位\n名         额\n─────────────\n城桥镇   1.00\nab      12.00\n");
    }

    #[test]
    fn texts_go_on_below_and_figures_stay_whole() {
        let mut grid = Grid::new([("规则".to_owned(), Align::Left), ("金额".to_owned(), Align::Right)]);
        grid.row(vec!["每个乡镇的金额不低于上年的百分之九十，".repeat(4), "1,234,567.89".to_owned()]);
        grid.row(vec!["a plain sentence of words that goes on and on ".repeat(3), "1.00".to_owned()]);
        let text = grid.print("");
        assert!(text.lines().all(|line| line.width() <= WIDTH), "{text}");
        assert!(text.contains("1,234,567.89"));
        assert!(text.lines().all(|line| !line.starts_with('，')), "{text}");
        let together: String =
            text.lines().skip(2).map(|line| line.replace("1,234,567.89", "").trim().to_owned()).collect();
        assert!(together.replace(' ', "").contains(&"每个乡镇的金额不低于上年的百分之九十，".repeat(4)), "{text}");
    }

    #[test]
    fn long_notes_go_on_below_and_nothing_is_lost() {
        let note = "取整单位 1.00 元;与取整前最多相差 0.50 元;每项资金分毫不差,每条刚性规则按整数精确复核。".repeat(2);
        let text = format!("{}\n! {note}\n  → {note}\n\n{}\u{1b}[0m", "─".repeat(80), "f".repeat(100));
        let told = within(&text);
        assert!(told.lines().all(|line| line.width() <= WIDTH), "{told}");
        let plain = |text: &str| text.chars().filter(|sign| !sign.is_whitespace()).collect::<String>();
        assert_eq!(plain(&told), plain(&text));
        assert!(told.lines().filter(|line| line.starts_with("  ")).count() > 1, "{told}");
        assert_eq!(within("a\n\nb\n"), "a\n\nb\n");
    }

    #[test]
    fn many_columns_stand_in_blocks_with_their_keys() {
        let columns = (0..20).map(|number| (format!("情景 {number}"), Align::Right));
        let mut grid = Grid::new([("代码".to_owned(), Align::Left)].into_iter().chain(columns));
        grid.row(std::iter::once("01".to_owned()).chain((0..20).map(|number| format!("{number},000.00"))).collect());
        let text = grid.print("单位：万元");
        assert!(text.lines().all(|line| line.width() <= WIDTH), "{text}");
        let blocks = text.split("\n\n").count();
        assert!(blocks > 1);
        assert_eq!(text.matches("代码").count(), blocks);
        assert!((0..20).all(|number| text.contains(&format!(" {number},000.00"))), "{text}");
    }
}
