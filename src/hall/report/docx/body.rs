//! The body of a document: paragraphs, tables and pictures in sections upright and across.

use unicode_width::UnicodeWidthStr;

use super::{HEAD, Picture, WORDS};
use crate::phrases::{Lang, Phrase, Text};
use crate::report::pages::{Block, Pages, TablePart};
use crate::report::xml::escaped;

/// Twentieths of a point in a millimetre.
const MM: f64 = 1440.0 / 25.4;
/// English metric units in a millimetre.
const EMU: f64 = 36_000.0;
/// Tables whose columns need more characters than a line has stand across.
const UPRIGHT: usize = 84;
/// So many characters of words are counted: longer ones are broken.
const WORDS_KEPT: usize = 16;
/// Columns of so few characters are not made narrower.
const SHORT: usize = 10;
/// A character of 10.5 points is half as wide as high, in twentieths of a point.
const CHARACTER: f64 = 110.0;

pub(super) fn document(pages: &Pages, pictures: &[Picture], lang: Lang) -> String {
    let is_wide = |block: &Block| match block {
        Block::Table(part) => {
            let wanted = characters(part, lang).into_iter().enumerate();
            let kept = |(at, count): (usize, usize)| if at < part.words { count.min(WORDS_KEPT) } else { count };
            wanted.map(kept).sum::<usize>() > UPRIGHT
        }
        _ => false,
    };
    let mut writer = Writer { text: String::new(), pictures: pictures.iter(), drawn: 0, lang };
    let mut was_across = None;
    // What stands between new pages is upright or across as a whole.
    for group in pages.blocks.split(|block| matches!(block, Block::NewPage)) {
        let is_across = group.iter().any(is_wide);
        let mut starts_page = false;
        match was_across {
            Some(before) if before != is_across => writer.text.push_str(&section_end(before)),
            Some(_) => starts_page = true,
            None => {}
        }
        for block in group {
            writer.block(block, is_across, starts_page);
            starts_page = false;
        }
        was_across = Some(is_across);
    }
    format!(
        "{HEAD}<w:document {WORDS} xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\" \
         xmlns:wp=\"http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing\"><w:body>{}{}</w:body></w:document>",
        writer.text,
        section(was_across == Some(true))
    )
}

/// The body under way.
struct Writer<'a> {
    text: String,
    pictures: std::slice::Iter<'a, Picture>,
    drawn: usize,
    lang: Lang,
}

impl Writer<'_> {
    fn block(&mut self, block: &Block, is_across: bool, starts_page: bool) {
        let lang = self.lang;
        let (style, words) = match block {
            Block::NewPage => return,
            Block::Table(part) => return self.text.push_str(&table(part, is_across, lang)),
            Block::Chart(chart) => match self.pictures.next() {
                Some(picture) if picture.png.is_some() => {
                    self.drawn += 1;
                    let drawing = drawing(self.drawn, &picture.svg, chart.title.get(lang));
                    return self.text.push_str(&drawing);
                }
                _ => ("Warning", Phrase::new("memo.no_font").with("chart", chart.title.clone()).text()),
            },
            Block::Title { text } => ("Title", text.clone()),
            Block::Annex { text } => ("Annex", text.clone()),
            Block::Addressed { text } => ("Addressed", text.clone()),
            Block::Heading { text } => ("Heading", text.clone()),
            // Lines of their own are not spread over the width.
            Block::Paragraph { text } if text.get(lang).contains('\n') => ("Listed", text.clone()),
            Block::Paragraph { text } => ("Body", text.clone()),
            Block::Warning { text } => ("Warning", text.clone()),
            Block::Signed { text } => ("Signed", text.clone()),
        };
        self.text.push_str(&paragraph(style, words.get(lang), starts_page));
    }
}

/// A paragraph; every line of its words is a line of its own.
fn paragraph(style: &str, words: &str, starts_page: bool) -> String {
    let start = if starts_page { "<w:pageBreakBefore/>" } else { "" };
    format!("<w:p><w:pPr><w:pStyle w:val=\"{style}\"/>{start}</w:pPr>{}</w:p>", runs(words))
}

fn runs(words: &str) -> String {
    let lines =
        words.trim_end().lines().map(|line| format!("<w:r><w:t xml:space=\"preserve\">{}</w:t></w:r>", escaped(line)));
    lines.collect::<Vec<_>>().join("<w:r><w:br/></w:r>")
}

/// A4 with the margins of an official document: 37 mm above, 35 below, 28 left, 26 right.
fn section(is_across: bool) -> String {
    let twips = |mm: f64| (mm * MM).round() as i64;
    let (width, height) = if is_across { (297.0, 210.0) } else { (210.0, 297.0) };
    let across = if is_across { " w:orient=\"landscape\"" } else { "" };
    let [top, bottom, left, right] = if is_across { [28.0, 26.0, 35.0, 37.0] } else { [37.0, 35.0, 28.0, 26.0] };
    format!(
        "<w:sectPr><w:footerReference w:type=\"default\" r:id=\"rId4\"/><w:footerReference w:type=\"even\" r:id=\"rId5\"/>\
         <w:pgSz w:w=\"{}\" w:h=\"{}\"{across}/><w:pgMar w:top=\"{}\" w:right=\"{}\" w:bottom=\"{}\" w:left=\"{}\" \
         w:header=\"851\" w:footer=\"{}\" w:gutter=\"0\"/></w:sectPr>",
        twips(width),
        twips(height),
        twips(top),
        twips(right),
        twips(bottom),
        twips(left),
        twips(if is_across { 12.0 } else { 20.0 })
    )
}

/// Ends a section; the next one begins on a new page.
fn section_end(is_across: bool) -> String {
    format!("<w:p><w:pPr><w:pStyle w:val=\"Small\"/>{}</w:pPr></w:p>", section(is_across))
}

fn table(part: &TablePart, is_across: bool, lang: Lang) -> String {
    let room = (if is_across { 225.0 } else { 156.0 }) * MM;
    let widths = widths(part, room, lang);
    let borders: String = ["top", "left", "bottom", "right", "insideH", "insideV"]
        .into_iter()
        .map(|side| format!("<w:{side} w:val=\"single\" w:sz=\"4\" w:space=\"0\" w:color=\"000000\"/>"))
        .collect();
    let grid: String = widths.iter().map(|width| format!("<w:gridCol w:w=\"{width}\"/>")).collect();
    let header: Vec<(&str, &str)> = part.header.iter().map(|name| ("Header", name.get(lang))).collect();
    let mut rows = row(&header, &widths, true);
    for (at, cells) in part.rows.iter().enumerate() {
        let is_total = part.has_total && at + 1 == part.rows.len();
        let style = |column: usize| match (is_total, column < part.words) {
            (true, true) => "Header",
            (_, true) => "Cell",
            (_, false) => "Figure",
        };
        let cells: Vec<(&str, &str)> =
            cells.iter().enumerate().map(|(column, cell)| (style(column), cell.get(lang))).collect();
        rows.push_str(&row(&cells, &widths, false));
    }
    let caption = part.caption.get(lang);
    let caption = if caption.is_empty() { String::new() } else { paragraph("Caption", caption, false) };
    // A paragraph keeps two tables apart.
    format!(
        "{caption}<w:tbl><w:tblPr><w:tblW w:w=\"{}\" w:type=\"dxa\"/><w:jc w:val=\"center\"/><w:tblBorders>{borders}</w:tblBorders>\
         <w:tblLayout w:type=\"fixed\"/><w:tblCellMar><w:left w:w=\"70\" w:type=\"dxa\"/><w:right w:w=\"70\" w:type=\"dxa\"/></w:tblCellMar>\
         </w:tblPr><w:tblGrid>{grid}</w:tblGrid>{rows}</w:tbl>{}",
        widths.iter().sum::<i64>(),
        paragraph("Small", "", false)
    )
}

/// A row that no page breaks; headers stand again on every page.
fn row(cells: &[(&str, &str)], widths: &[i64], is_header: bool) -> String {
    let header = if is_header { "<w:tblHeader/>" } else { "" };
    let cell = |((style, words), width): (&(&str, &str), &i64)| {
        format!(
            "<w:tc><w:tcPr><w:tcW w:w=\"{width}\" w:type=\"dxa\"/><w:vAlign w:val=\"center\"/></w:tcPr>{}</w:tc>",
            paragraph(style, words, false)
        )
    };
    let cells: String = cells.iter().zip(widths).map(cell).collect();
    format!("<w:tr><w:trPr><w:cantSplit/>{header}</w:trPr>{cells}</w:tr>")
}

/// Characters that each column needs, with a margin; long texts are broken.
fn characters(part: &TablePart, lang: Lang) -> Vec<usize> {
    /// So wide texts are broken.
    const WIDEST: usize = 44;
    let column = |at: usize| {
        let longest = |cell: &Text| cell.get(lang).lines().map(UnicodeWidthStr::width).max().unwrap_or(0);
        let cells = part.rows.iter().filter_map(|row| row.get(at)).map(longest);
        let header = part.header.get(at).map_or(0, |name| longest(name).min(12));
        cells.fold(header, usize::max).min(WIDEST) + 2
    };
    (0..part.header.len()).map(column).collect()
}

/// Widths of the columns within the room that there is: short ones as they are, the others by what they need.
fn widths(part: &TablePart, room: f64, lang: Lang) -> Vec<i64> {
    let wanted = characters(part, lang);
    let sum = |keep: &dyn Fn(&usize) -> bool| wanted.iter().copied().filter(keep).sum::<usize>() as f64;
    let (short, long) = (sum(&|count| *count <= SHORT), sum(&|count| *count > SHORT));
    // Narrow tables are spread a little.
    let all = (room / (short + long).max(1.0)).min(CHARACTER * 1.5);
    let (few, many) = if all >= CHARACTER || long == 0.0 {
        (all, all)
    } else {
        (CHARACTER, (room - short * CHARACTER).max(0.0) / long)
    };
    let width = |count: usize| count as f64 * if count <= SHORT { few } else { many };
    wanted.into_iter().map(|count| width(count).floor() as i64).collect()
}

/// A chart across the width of the text: PNG, and SVG for programs that show it.
fn drawing(number: usize, svg: &str, title: &str) -> String {
    let size = |name: &str| {
        let text = svg.split_once(&format!("{name}=\""))?.1.split_once('"')?.0;
        text.parse::<f64>().ok().filter(|size| *size > 0.0)
    };
    let (width, height) = (size("width").unwrap_or(960.0), size("height").unwrap_or(540.0));
    // As wide as the text, but no higher than a page.
    let wide = 156.0_f64.min(205.0 * width / height);
    let (across, down) = ((wide * EMU) as i64, (wide * height / width * EMU) as i64);
    let title = escaped(title);
    format!(
        "<w:p><w:pPr><w:pStyle w:val=\"Picture\"/></w:pPr><w:r><w:drawing><wp:inline distT=\"0\" distB=\"0\" distL=\"0\" distR=\"0\">\
         <wp:extent cx=\"{across}\" cy=\"{down}\"/><wp:docPr id=\"{number}\" name=\"chart{number}\" descr=\"{title}\"/>\
         <a:graphic xmlns:a=\"http://schemas.openxmlformats.org/drawingml/2006/main\">\
         <a:graphicData uri=\"http://schemas.openxmlformats.org/drawingml/2006/picture\">\
         <pic:pic xmlns:pic=\"http://schemas.openxmlformats.org/drawingml/2006/picture\">\
         <pic:nvPicPr><pic:cNvPr id=\"{number}\" name=\"chart{number}\" descr=\"{title}\"/><pic:cNvPicPr/></pic:nvPicPr>\
         <pic:blipFill><a:blip r:embed=\"png{number}\"><a:extLst><a:ext uri=\"{{96DAC541-7B7A-43D3-8B79-37D633B846F1}}\">\
         <asvg:svgBlip xmlns:asvg=\"http://schemas.microsoft.com/office/drawing/2016/SVG/main\" r:embed=\"svg{number}\"/>\
         </a:ext></a:extLst></a:blip><a:stretch><a:fillRect/></a:stretch></pic:blipFill>\
         <pic:spPr><a:xfrm><a:off x=\"0\" y=\"0\"/><a:ext cx=\"{across}\" cy=\"{down}\"/></a:xfrm>\
         <a:prstGeom prst=\"rect\"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>"
    )
}
