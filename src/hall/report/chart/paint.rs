//! A chart as PNG: the marks that our own SVG is made of, painted with a font of the system that has the characters.
//!
//! It knows the elements and attributes that [`super::Canvas`] writes and refuses all others, so that no mark is lost without notice.
//! The same chart and the same fonts give the same bytes.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use fontdb::{Database, FaceInfo, Family, Query, Style, Weight};
use roxmltree::{Document, Node};
use tiny_skia::{
    Color, FillRule, FilterQuality, Paint, Path, PathBuilder, Pattern, Pixmap, Rect, Shader, SpreadMode, Stroke,
    StrokeDash, Transform,
};
use ttf_parser::{Face, GlyphId, OutlineBuilder};

use crate::finding::{Finding, Place};

/// Pixels for one of the chart, so that it is sharp on paper.
const SCALE: f32 = 2.0;
/// Most pixels of a picture; larger charts are painted smaller.
const MOST: f32 = 40e6;
/// Fonts that have Chinese, in the order of preference; any others that have the characters come after them.
const FAMILIES: [&str; 8] = [
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Microsoft YaHei",
    "PingFang SC",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "SimHei",
    "SimSun",
];

/// The chart as PNG.
///
/// # Errors
/// No font of the system has one of the characters, or the chart holds a mark that is not known here.
pub fn png(svg: &str) -> Result<Vec<u8>, Finding> {
    let document = Document::parse(svg).map_err(|error| unknown(&error.to_string()))?;
    let root = document.root_element();
    let (width, height) = (number(root, "width")?, number(root, "height")?);
    let scale = SCALE.min((MOST / (width * height).max(1.0)).sqrt());
    let size = |length: f32| (length * scale).ceil().max(1.0) as u32;
    let mut picture = Pixmap::new(size(width), size(height)).ok_or_else(|| unknown("size"))?;
    let words: String = document.descendants().filter(|node| node.is_text()).filter_map(|node| node.text()).collect();
    let fonts = fonts_for(&words)?;
    let faces: Vec<Face<'_>> = fonts.iter().filter_map(|(data, index)| Face::parse(data, *index).ok()).collect();
    let mut painter = Painter {
        picture: &mut picture,
        faces: &faces,
        document: &document,
        scale: Transform::from_scale(scale, scale),
    };
    root.children().filter(Node::is_element).try_for_each(|node| painter.mark(node))?;
    picture.encode_png().map_err(|error| unknown(&error.to_string()))
}

fn unknown(mark: &str) -> Finding {
    Finding::error("chart.unknown_mark", Place::default()).with("mark", mark)
}

/// The fonts of the system, looked for once.
fn fonts() -> &'static Database {
    static FONTS: OnceLock<Database> = OnceLock::new();
    FONTS.get_or_init(|| {
        let mut fonts = Database::new();
        fonts.load_system_fonts();
        fonts
    })
}

/// Fonts, with their place in their file, that together have every character, the preferred ones first.
fn fonts_for(words: &str) -> Result<Vec<(Vec<u8>, u32)>, Finding> {
    let fonts = fonts();
    let preferred =
        FAMILIES.iter().filter_map(|name| fonts.query(&Query { families: &[Family::Name(name)], ..Query::default() }));
    let mut others: Vec<&FaceInfo> = fonts.faces().collect();
    others.sort_by_key(|face| {
        let plain = (face.style != Style::Normal, face.weight != Weight::NORMAL, face.monospaced);
        (plain, face.post_script_name.as_str(), face.index)
    });
    let mut lacking: BTreeSet<char> = words.chars().filter(|c| !c.is_whitespace()).collect();
    let mut chosen = Vec::new();
    for id in preferred.chain(others.into_iter().map(|face| face.id)) {
        if lacking.is_empty() {
            break;
        }
        let taken = fonts.with_face_data(id, |data, index| {
            let face = Face::parse(data, index).ok()?;
            let before = lacking.len();
            lacking.retain(|c| face.glyph_index(*c).is_none());
            (lacking.len() < before).then(|| (data.to_vec(), index))
        });
        chosen.extend(taken.flatten());
    }
    match lacking.last() {
        None => Ok(chosen),
        Some(lacking) => Err(Finding::error("chart.no_font", Place::default()).with("character", lacking.to_string())),
    }
}

fn number(node: Node<'_, '_>, name: &str) -> Result<f32, Finding> {
    let found = node.attribute(name).and_then(|text| text.parse().ok()).filter(|value: &f32| value.is_finite());
    found.ok_or_else(|| unknown(&format!("{} {name}", node.tag_name().name())))
}

/// A number that need not stand there.
fn number_or(node: Node<'_, '_>, name: &str, usual: f32) -> Result<f32, Finding> {
    if node.has_attribute(name) { number(node, name) } else { Ok(usual) }
}

/// `x,y x,y …`.
fn points(node: Node<'_, '_>) -> Result<Vec<(f32, f32)>, Finding> {
    let text = node.attribute("points").unwrap_or_default();
    let point = |pair: &str| {
        let (x, y) = pair.split_once(',')?;
        Some((x.parse().ok()?, y.parse().ok()?))
    };
    text.split_whitespace().map(point).collect::<Option<_>>().ok_or_else(|| unknown("points"))
}

fn colour(text: &str) -> Result<Color, Finding> {
    let part = |from: usize| text.get(from..from + 2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
    match (text, part(1), part(3), part(5)) {
        ("white", ..) => Ok(Color::WHITE),
        (text, Some(red), Some(green), Some(blue)) if text.len() == 7 && text.starts_with('#') => {
            Ok(Color::from_rgba8(red, green, blue, 255))
        }
        _ => Err(unknown(text)),
    }
}

fn plain<'a>(colour: Color) -> Paint<'a> {
    Paint { shader: Shader::SolidColor(colour), anti_alias: true, ..Paint::default() }
}

/// A glyph and the font that has it.
type Glyph<'a> = (&'a Face<'a>, GlyphId);

struct Painter<'a> {
    picture: &'a mut Pixmap,
    faces: &'a [Face<'a>],
    document: &'a Document<'a>,
    scale: Transform,
}

impl Painter<'_> {
    fn mark(&mut self, node: Node<'_, '_>) -> Result<(), Finding> {
        let name = node.tag_name().name();
        let known: &[&str] = match name {
            "rect" => &["x", "y", "width", "height", "rx", "fill"],
            "line" => &["x1", "y1", "x2", "y2", "stroke", "stroke-width"],
            "polyline" | "polygon" => &["points", "fill", "stroke", "stroke-width"],
            "circle" => &["cx", "cy", "r", "fill", "stroke", "stroke-width", "stroke-dasharray"],
            "text" => &["x", "y", "transform", "font-size", "text-anchor", "fill"],
            "defs" => &[],
            other => return Err(unknown(other)),
        };
        if let Some(other) = node.attributes().find(|attribute| !known.contains(&attribute.name())) {
            return Err(unknown(&format!("{name} {}", other.name())));
        }
        match name {
            "rect" => self.rect(node),
            "text" => self.text(node),
            "defs" => Ok(()),
            "circle" => {
                let path = PathBuilder::from_circle(number(node, "cx")?, number(node, "cy")?, number(node, "r")?);
                self.shape(node, path)
            }
            "line" => {
                let mut path = PathBuilder::new();
                path.move_to(number(node, "x1")?, number(node, "y1")?);
                path.line_to(number(node, "x2")?, number(node, "y2")?);
                self.outlined(node, path.finish())
            }
            _ => {
                let mut path = PathBuilder::new();
                for (at, (x, y)) in points(node)?.into_iter().enumerate() {
                    if at == 0 { path.move_to(x, y) } else { path.line_to(x, y) }
                }
                if name == "polygon" {
                    path.close();
                }
                self.shape(node, path.finish())
            }
        }
    }

    /// Fills and outlines a path as its element says; nothing where there is no path, as of a single point.
    fn shape(&mut self, node: Node<'_, '_>, path: Option<Path>) -> Result<(), Finding> {
        if let (Some(path), Some(fill)) = (&path, node.attribute("fill").filter(|fill| *fill != "none")) {
            let paint = plain(colour(fill)?);
            self.picture.fill_path(path, &paint, FillRule::Winding, self.scale, None);
        }
        self.outlined(node, path)
    }

    fn outlined(&mut self, node: Node<'_, '_>, path: Option<Path>) -> Result<(), Finding> {
        let Some(colour_text) = node.attribute("stroke").filter(|stroke| *stroke != "none") else { return Ok(()) };
        let dashes = node.attribute("stroke-dasharray").map(|text| {
            let lengths: Option<Vec<f32>> = text.split_whitespace().map(|part| part.parse().ok()).collect();
            lengths.and_then(|lengths| StrokeDash::new(lengths, 0.0)).ok_or_else(|| unknown("stroke-dasharray"))
        });
        let stroke =
            Stroke { width: number_or(node, "stroke-width", 1.0)?, dash: dashes.transpose()?, ..Stroke::default() };
        if let Some(path) = path {
            self.picture.stroke_path(&path, &plain(colour(colour_text)?), &stroke, self.scale, None);
        }
        Ok(())
    }

    fn rect(&mut self, node: Node<'_, '_>) -> Result<(), Finding> {
        let fill = node.attribute("fill").unwrap_or("none");
        if node.attribute("width") == Some("100%") {
            self.picture.fill(colour(fill)?);
            return Ok(());
        }
        let (x, y) = (number_or(node, "x", 0.0)?, number_or(node, "y", 0.0)?);
        let (width, height) = (number(node, "width")?, number(node, "height")?);
        // A bar of no length is no bar.
        let Some(rect) = Rect::from_xywh(x, y, width, height) else { return Ok(()) };
        let path = rounded(rect, number_or(node, "rx", 0.0)?);
        match fill.strip_prefix("url(#").and_then(|rest| rest.strip_suffix(')')) {
            Some(id) => self.striped(&path, id),
            None => {
                self.picture.fill_path(&path, &plain(colour(fill)?), FillRule::Winding, self.scale, None);
                Ok(())
            }
        }
    }

    /// Fills a path with the stripes of a pattern.
    fn striped(&mut self, path: &Path, id: &str) -> Result<(), Finding> {
        /// The tile is painted so much larger than it is used.
        const FINE: f32 = 8.0;
        let pattern = self.document.descendants().find(|node| node.attribute("id") == Some(id));
        let pattern = pattern.ok_or_else(|| unknown(id))?;
        let stripe = pattern.first_element_child().ok_or_else(|| unknown(id))?;
        let turn =
            pattern.attribute("patternTransform").and_then(|text| text.strip_prefix("rotate(")?.strip_suffix(')'));
        let turn: f32 = turn.and_then(|text| text.parse().ok()).ok_or_else(|| unknown("patternTransform"))?;
        let (step, wide) = (number(pattern, "width")?, number(stripe, "width")?);
        let side = (step * FINE).ceil().max(1.0);
        let mut tile = Pixmap::new(side as u32, side as u32).ok_or_else(|| unknown(id))?;
        let Some(rect) = Rect::from_xywh(0.0, 0.0, wide * FINE, side) else { return Err(unknown(id)) };
        tile.fill_rect(
            rect,
            &plain(colour(stripe.attribute("fill").unwrap_or_default())?),
            Transform::identity(),
            None,
        );
        let place = Transform::from_rotate(turn).pre_scale(1.0 / FINE, 1.0 / FINE);
        let shader = Pattern::new(tile.as_ref(), SpreadMode::Repeat, FilterQuality::Bilinear, 1.0, place);
        let paint = Paint { shader, anti_alias: true, ..Paint::default() };
        self.picture.fill_path(path, &paint, FillRule::Winding, self.scale, None);
        Ok(())
    }

    fn text(&mut self, node: Node<'_, '_>) -> Result<(), Finding> {
        let size = number(node, "font-size")?;
        let faces = self.faces;
        let glyph = |c: char| faces.iter().find_map(|face| Some((face, face.glyph_index(c)?)));
        let glyphs: Vec<Glyph<'_>> = node.text().unwrap_or_default().chars().filter_map(glyph).collect();
        let scale = |face: &Face<'_>| size / f32::from(face.units_per_em().max(1));
        let advance = |(face, id): &Glyph<'_>| f32::from(face.glyph_hor_advance(*id).unwrap_or(0)) * scale(face);
        let width: f32 = glyphs.iter().map(advance).sum();
        let start = match node.attribute("text-anchor") {
            Some("middle") => -width / 2.0,
            Some("end") => -width,
            _ => 0.0,
        };
        let place = match node.attribute("transform") {
            Some(text) => upright(text).ok_or_else(|| unknown(text))?,
            None => Transform::from_translate(number(node, "x")?, number(node, "y")?),
        };
        let mut outline = Outline { path: PathBuilder::new(), size: 1.0, x: start };
        for glyph in &glyphs {
            let (face, id) = glyph;
            outline.size = scale(face);
            face.outline_glyph(*id, &mut outline);
            outline.x += advance(glyph);
        }
        if let Some(path) = outline.path.finish() {
            let paint = plain(colour(node.attribute("fill").unwrap_or("#000000"))?);
            self.picture.fill_path(&path, &paint, FillRule::Winding, self.scale.pre_concat(place), None);
        }
        Ok(())
    }
}

/// `translate(x,y) rotate(angle)`.
fn upright(text: &str) -> Option<Transform> {
    let (place, turn) = text.strip_prefix("translate(")?.split_once(") rotate(")?;
    let (x, y) = place.split_once(',')?;
    let turn: f32 = turn.strip_suffix(')')?.parse().ok()?;
    Some(Transform::from_translate(x.parse().ok()?, y.parse().ok()?).pre_rotate(turn))
}

/// A rectangle with round corners.
fn rounded(rect: Rect, radius: f32) -> Path {
    let radius = radius.min(rect.width() / 2.0).min(rect.height() / 2.0);
    let (left, top, right, bottom) = (rect.left(), rect.top(), rect.right(), rect.bottom());
    let mut path = PathBuilder::new();
    path.move_to(left + radius, top);
    path.line_to(right - radius, top);
    path.quad_to(right, top, right, top + radius);
    path.line_to(right, bottom - radius);
    path.quad_to(right, bottom, right - radius, bottom);
    path.line_to(left + radius, bottom);
    path.quad_to(left, bottom, left, bottom - radius);
    path.line_to(left, top + radius);
    path.quad_to(left, top, left + radius, top);
    path.close();
    path.finish().unwrap_or_else(|| PathBuilder::from_rect(rect))
}

/// The outline of a glyph, whose axis points up, at its place in a line whose axis points down.
struct Outline {
    path: PathBuilder,
    size: f32,
    x: f32,
}

impl Outline {
    fn at(&self, x: f32, y: f32) -> (f32, f32) {
        (self.x + x * self.size, -y * self.size)
    }
}

impl OutlineBuilder for Outline {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let ((x1, y1), (x, y)) = (self.at(x1, y1), self.at(x, y));
        self.path.quad_to(x1, y1, x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let ((x1, y1), (x2, y2), (x, y)) = (self.at(x1, y1), self.at(x2, y2), self.at(x, y));
        self.path.cubic_to(x1, y1, x2, y2, x, y);
    }

    fn close(&mut self) {
        self.path.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"40\" height=\"20\">";

    #[test]
    fn a_mark_that_is_not_known_is_refused() {
        for mark in ["<path d=\"M0 0\"/>", "<rect width=\"3\" height=\"3\" opacity=\"0.5\" fill=\"white\"/>", "<g/>"] {
            // Without texts any font will do; where the system has none at all, that is what is said.
            let code = png(&format!("{START}{mark}</svg>")).map_err(|finding| finding.code()).unwrap_err();
            assert!(["chart.unknown_mark", "chart.no_font"].contains(&code), "{mark}: {code}");
        }
    }

    #[test]
    fn a_character_that_no_font_has_is_named() {
        let text = "<text x=\"1\" y=\"9\" font-size=\"9\" text-anchor=\"start\" fill=\"#222222\">\u{10FFFD}</text>";
        let finding = png(&format!("{START}{text}</svg>")).unwrap_err();
        assert_eq!(finding.code(), "chart.no_font");
    }
}
