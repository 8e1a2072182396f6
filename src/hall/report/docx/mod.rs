//! Pages as a .docx, laid out as an official document (公文, GB/T 9704): A4, 仿宋 三号, 28 points a line, numbered pages.
//!
//! Written part by part on the archive writer that workbooks use already: headers of tables that are repeated, charts as SVG beside
//! PNG and bytes without a clock are what the libraries for such files lack.

mod body;

use std::io::{Cursor, Write as _};

use zip::write::SimpleFileOptions;

use crate::finding::{Finding, Place};
use crate::phrases::{Lang, Phrase};
use crate::report::chart::paint::png;
use crate::report::pages::{Block, Pages};
use crate::report::xml::escaped;

/// A chart in a document.
pub(super) struct Picture {
    svg: String,
    /// `None` where no font of the system has its characters.
    png: Option<Vec<u8>>,
}

/// The pages as bytes.
///
/// # Errors
/// The archive cannot be made.
pub fn docx(pages: &Pages, lang: Lang) -> Result<Vec<u8>, Finding> {
    let picture = |block: &Block| {
        let Block::Chart(chart) = block else { return None };
        let svg = chart.svg(lang);
        Some(Picture { png: png(&svg).ok(), svg })
    };
    let pictures: Vec<Picture> = pages.blocks.iter().filter_map(picture).collect();
    let drawn = || pictures.iter().filter_map(|picture| Some((picture.png.as_ref()?, &picture.svg))).enumerate();
    let title = pages.title.get(lang);
    let mut parts: Vec<(String, Vec<u8>)> = vec![
        ("[Content_Types].xml".to_owned(), CONTENT_TYPES.into()),
        ("_rels/.rels".to_owned(), RELATIONS.into()),
        ("docProps/core.xml".to_owned(), core(title).into_bytes()),
        ("word/document.xml".to_owned(), body::document(pages, &pictures, lang).into_bytes()),
        ("word/_rels/document.xml.rels".to_owned(), relations(drawn().count()).into_bytes()),
        ("word/styles.xml".to_owned(), styles(lang).into_bytes()),
        ("word/settings.xml".to_owned(), SETTINGS.into()),
        ("word/fontTable.xml".to_owned(), FONTS.into()),
        ("word/footer1.xml".to_owned(), footer(&pages.run, "right", lang).into_bytes()),
        ("word/footer2.xml".to_owned(), footer(&pages.run, "left", lang).into_bytes()),
    ];
    for (number, (png, svg)) in drawn() {
        parts.push((format!("word/media/chart{}.png", number + 1), png.clone()));
        parts.push((format!("word/media/chart{}.svg", number + 1), svg.clone().into_bytes()));
    }
    archive(parts)
}

fn archive(parts: Vec<(String, Vec<u8>)>) -> Result<Vec<u8>, Finding> {
    let failed = |why: String| Finding::error("cli.unwritable", Place::default()).with("why", why);
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    // No clock: the same pages give the same bytes.
    let options = SimpleFileOptions::default().last_modified_time(zip::DateTime::default());
    for (name, bytes) in parts {
        archive.start_file(name, options).map_err(|error| failed(error.to_string()))?;
        archive.write_all(&bytes).map_err(|error| failed(error.to_string()))?;
    }
    archive.finish().map(Cursor::into_inner).map_err(|error| failed(error.to_string()))
}

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
const WORDS: &str = "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"";

const CONTENT_TYPES: &str = concat!(
    "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n",
    "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">",
    "<Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>",
    "<Default Extension=\"xml\" ContentType=\"application/xml\"/>",
    "<Default Extension=\"png\" ContentType=\"image/png\"/>",
    "<Default Extension=\"svg\" ContentType=\"image/svg+xml\"/>",
    "<Override PartName=\"/docProps/core.xml\" ContentType=\"application/vnd.openxmlformats-package.core-properties+xml\"/>",
    "<Override PartName=\"/word/document.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml\"/>",
    "<Override PartName=\"/word/styles.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml\"/>",
    "<Override PartName=\"/word/settings.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.settings+xml\"/>",
    "<Override PartName=\"/word/fontTable.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.fontTable+xml\"/>",
    "<Override PartName=\"/word/footer1.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.footer+xml\"/>",
    "<Override PartName=\"/word/footer2.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.footer+xml\"/>",
    "</Types>"
);

const RELATIONS: &str = concat!(
    "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n",
    "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">",
    "<Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"word/document.xml\"/>",
    "<Relationship Id=\"rId2\" Type=\"http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties\" Target=\"docProps/core.xml\"/>",
    "</Relationships>"
);

const SETTINGS: &str = concat!(
    "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n",
    "<w:settings xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\">",
    "<w:evenAndOddHeaders/><w:characterSpacingControl w:val=\"compressPunctuation\"/></w:settings>"
);

/// The fonts of official documents, and what stands in for them where they are not installed.
const FONTS: &str = concat!(
    "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n",
    "<w:fonts xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\">",
    "<w:font w:name=\"方正小标宋简体\"><w:altName w:val=\"方正小标宋_GBK,小标宋体,华文中宋,宋体,Noto Serif CJK SC\"/></w:font>",
    "<w:font w:name=\"仿宋_GB2312\"><w:altName w:val=\"仿宋,FangSong,华文仿宋,宋体,Noto Serif CJK SC\"/></w:font>",
    "<w:font w:name=\"黑体\"><w:altName w:val=\"SimHei,微软雅黑,Noto Sans CJK SC\"/></w:font>",
    "<w:font w:name=\"宋体\"><w:altName w:val=\"SimSun,Noto Serif CJK SC\"/></w:font>",
    "</w:fonts>"
);

fn core(title: &str) -> String {
    format!(
        "{HEAD}<cp:coreProperties xmlns:cp=\"http://schemas.openxmlformats.org/package/2006/metadata/core-properties\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><dc:title>{}</dc:title></cp:coreProperties>",
        escaped(title)
    )
}

fn relations(pictures: usize) -> String {
    const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let fixed = [
        ("styles", "styles.xml"),
        ("settings", "settings.xml"),
        ("fontTable", "fontTable.xml"),
        ("footer", "footer1.xml"),
        ("footer", "footer2.xml"),
    ];
    let one = |id: &str, kind: &str, target: &str| {
        format!("<Relationship Id=\"{id}\" Type=\"{OFFICE}/{kind}\" Target=\"{target}\"/>")
    };
    let mut text = String::new();
    for (number, (kind, target)) in fixed.into_iter().enumerate() {
        text.push_str(&one(&format!("rId{}", number + 1), kind, target));
    }
    for number in 1..=pictures {
        text.push_str(&one(&format!("png{number}"), "image", &format!("media/chart{number}.png")));
        text.push_str(&one(&format!("svg{number}"), "image", &format!("media/chart{number}.svg")));
    }
    format!(
        "{HEAD}<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">{text}</Relationships>"
    )
}

/// The paragraph styles: id, what stands in `pPr`, how the letters look. 二号 is 22 points, 三号 16, 五号 10.5.
fn styles(lang: Lang) -> String {
    // Title, text and distance of lines: 22, 16 and 28 points; English words are longer.
    let (heading, text, line) = if lang == Lang::Zh { (44, 32, 560) } else { (36, 24, 360) };
    const OPEN: &str = "<w:spacing w:before=\"0\" w:after=\"0\" w:line=\"240\" w:lineRule=\"auto\"/>";
    let spaced =
        |after: u32| format!("<w:spacing w:before=\"0\" w:after=\"{after}\" w:line=\"{line}\" w:lineRule=\"exact\"/>");
    let (line, title) = (spaced(0), spaced(280));
    // Two characters in from the left.
    let indent = format!("<w:ind w:firstLine=\"{}\" w:firstLineChars=\"200\"/>", text * 20);
    let plain = Look { font: None, is_bold: false, is_red: false };
    let of = |name: &'static str, half_points: u32| Look { font: Some((name, half_points)), ..plain };
    let bold = |look: Look| Look { is_bold: true, ..look };
    let list = [
        ("Title", format!("{title}<w:jc w:val=\"center\"/>"), of("方正小标宋简体", heading)),
        ("Annex", line.clone(), of("黑体", text)),
        ("Addressed", line.clone(), plain),
        ("Heading", format!("<w:keepNext/>{line}{indent}"), of("黑体", text)),
        ("Body", format!("{line}{indent}<w:jc w:val=\"both\"/>"), plain),
        ("Listed", format!("{line}{indent}"), plain),
        ("Warning", format!("{line}{indent}"), Look { is_bold: true, is_red: true, font: None }),
        ("Signed", format!("{line}<w:ind w:right=\"1280\" w:rightChars=\"400\"/><w:jc w:val=\"right\"/>"), plain),
        ("Caption", format!("<w:keepNext/>{OPEN}<w:jc w:val=\"right\"/>"), of("宋体", 21)),
        ("Cell", format!("{OPEN}<w:jc w:val=\"left\"/>"), of("宋体", 21)),
        ("Figure", format!("{OPEN}<w:jc w:val=\"right\"/>"), of("宋体", 21)),
        ("Header", format!("{OPEN}<w:jc w:val=\"center\"/>"), bold(of("宋体", 21))),
        ("Picture", format!("{OPEN}<w:jc w:val=\"center\"/>"), plain),
        ("Foot", OPEN.to_owned(), of("宋体", 28)),
        ("Small", OPEN.to_owned(), of("宋体", 15)),
    ];
    let one = |(id, paragraph, look): (&str, String, Look)| {
        format!(
            "<w:style w:type=\"paragraph\" w:customStyle=\"1\" w:styleId=\"{id}\"><w:name w:val=\"eco{id}\"/>\
             <w:basedOn w:val=\"Normal\"/><w:pPr>{paragraph}</w:pPr><w:rPr>{}</w:rPr></w:style>",
            look.xml()
        )
    };
    let usual = Look { font: Some(("仿宋_GB2312", text)), ..plain }.xml();
    format!(
        "{HEAD}<w:styles {WORDS}><w:docDefaults><w:rPrDefault><w:rPr>{usual}<w:lang w:val=\"en-GB\" w:eastAsia=\"zh-CN\"/></w:rPr>\
         </w:rPrDefault></w:docDefaults><w:style w:type=\"paragraph\" w:default=\"1\" w:styleId=\"Normal\"><w:name w:val=\"Normal\"/>\
         </w:style>{}</w:styles>",
        list.into_iter().map(one).collect::<String>()
    )
}

/// How the letters of a style look.
#[derive(Clone, Copy)]
struct Look {
    /// A font for Chinese, beside one for Latin letters and figures, and its size in half points.
    font: Option<(&'static str, u32)>,
    is_bold: bool,
    is_red: bool,
}

impl Look {
    /// In the order that the schema asks for.
    fn xml(self) -> String {
        let mut text = String::new();
        if let Some((name, _)) = self.font {
            text.push_str(&format!(
                "<w:rFonts w:ascii=\"Times New Roman\" w:hAnsi=\"Times New Roman\" w:eastAsia=\"{name}\" w:cs=\"Times New Roman\"/>"
            ));
        }
        text.push_str(if self.is_bold { "<w:b/>" } else { "" });
        text.push_str(if self.is_red { "<w:color w:val=\"C00000\"/>" } else { "" });
        if let Some((_, size)) = self.font {
            text.push_str(&format!("<w:sz w:val=\"{size}\"/><w:szCs w:val=\"{size}\"/>"));
        }
        text
    }
}

/// The number of the page between dashes, at the outer edge, and the number of the run.
fn footer(run: &str, side: &str, lang: Lang) -> String {
    let words = if run.is_empty() { String::new() } else { Phrase::new("paper.run").with("hash", run).render(lang) };
    format!(
        "{HEAD}<w:ftr {WORDS}><w:p><w:pPr><w:pStyle w:val=\"Foot\"/><w:jc w:val=\"{side}\"/></w:pPr>\
         <w:r><w:t xml:space=\"preserve\">— </w:t></w:r><w:r><w:fldChar w:fldCharType=\"begin\"/></w:r>\
         <w:r><w:instrText xml:space=\"preserve\"> PAGE </w:instrText></w:r><w:r><w:fldChar w:fldCharType=\"separate\"/></w:r>\
         <w:r><w:t>1</w:t></w:r><w:r><w:fldChar w:fldCharType=\"end\"/></w:r>\
         <w:r><w:t xml:space=\"preserve\"> —</w:t></w:r></w:p>\
         <w:p><w:pPr><w:pStyle w:val=\"Small\"/><w:jc w:val=\"center\"/></w:pPr><w:r><w:t>{}</w:t></w:r></w:p></w:ftr>",
        escaped(&words)
    )
}
