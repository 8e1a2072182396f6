//! Maps: shapes of areas with the number of their approval, or tiles in rows and columns. The service ships none.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::finding::{Finding, Findings, Place};
use crate::phrases::Text;
use crate::store::SheetEntry;

/// What sheets of maps are called in the store.
pub const MAP: &str = "map";
/// Most shapes or tiles of a map.
const SHAPES_MAX: usize = 20_000;
/// Most points of all shapes.
const POINTS_MAX: usize = 400_000;

/// A map to keep: shapes or tiles.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MapBody {
    /// Printed name.
    pub title: Text,
    /// Number of the approval of the map (审图号), printed with it; needed for shapes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 100))]
    pub approval: Option<String>,
    /// Where it comes from.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = 2_000))]
    pub source: String,
    /// Property of a shape that is the code of its area; default `code`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 100))]
    pub code: Option<String>,
    /// Shapes: a GeoJSON FeatureCollection (RFC 7946) of polygons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub geojson: Option<Value>,
    /// Tiles instead of shapes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = SHAPES_MAX))]
    pub tiles: Vec<Tile>,
}

/// The tile of an area.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tile {
    /// Code of the area.
    #[schemars(length(min = 1, max = 64))]
    pub code: String,
    /// Row from 0.
    #[schemars(range(max = 1000))]
    pub row: u32,
    /// Column from 0.
    #[schemars(range(max = 1000))]
    pub column: u32,
}

/// A map without its shapes and tiles.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct MapItem {
    /// Name.
    pub name: String,
    /// 1, 2, 3 …
    pub version: i64,
    /// Bytes.
    pub size: i64,
    /// Who put it.
    pub author: String,
    /// When (RFC 3339).
    pub created_at: String,
}

/// A map.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct MapDocument {
    /// Name, version and who put it.
    #[serde(flatten)]
    pub item: MapItem,
    /// The map as it was put.
    pub map: MapBody,
    /// Codes of its areas, in order.
    pub codes: Vec<String>,
}

/// Which areas of a dataset a map shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct MapMatch {
    /// Codes that both have.
    pub both: Vec<String>,
    /// Codes of the data that the map does not show.
    pub not_on_map: Vec<String>,
    /// Codes of the map that the data do not have.
    pub not_in_data: Vec<String>,
}

impl MapItem {
    /// A map of the store.
    pub fn of(entry: SheetEntry) -> Self {
        let SheetEntry { name, version, size, author, created, .. } = entry;
        Self { name, version, size, author, created_at: created.to_string() }
    }
}

impl MapMatch {
    /// How codes of a map and of data meet.
    pub fn of(map: &[String], data: &[String]) -> Self {
        let (map, data): (BTreeSet<&String>, BTreeSet<&String>) = (map.iter().collect(), data.iter().collect());
        let list = |codes: Vec<&&String>| codes.into_iter().map(|code| (*code).clone()).collect();
        Self {
            both: list(map.intersection(&data).collect()),
            not_on_map: list(data.difference(&map).collect()),
            not_in_data: list(map.difference(&data).collect()),
        }
    }
}

fn wrong(code: &'static str, pointer: impl Into<String>) -> Finding {
    Finding::error(code, Place::file(pointer))
}

impl MapBody {
    /// The codes of its areas.
    ///
    /// # Errors
    /// Everything that is wrong with shapes or tiles, by pointer.
    pub fn codes(&self) -> Result<Vec<String>, Findings> {
        match (&self.geojson, self.tiles.is_empty()) {
            (Some(shapes), true) => {
                if self.approval.as_deref().is_none_or(|number| number.trim().is_empty()) {
                    return Err(wrong("service.map_approval", "/approval").into());
                }
                shapes_of(shapes, self.code.as_deref().unwrap_or("code"))
            }
            (None, false) => tiles_of(&self.tiles),
            _ => Err(wrong("service.map_kind", "/geojson").into()),
        }
    }
}

fn tiles_of(tiles: &[Tile]) -> Result<Vec<String>, Findings> {
    let (mut codes, mut places, mut findings) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
    for (at, tile) in tiles.iter().enumerate() {
        let is_new = codes.insert(tile.code.clone());
        if !is_new || !places.insert((tile.row, tile.column)) {
            findings.push(wrong("service.map_twice", format!("/tiles/{at}")).with("code", &tile.code));
        }
    }
    if findings.is_empty() { Ok(codes.into_iter().collect()) } else { Err(Findings(findings)) }
}

fn shapes_of(shapes: &Value, property: &str) -> Result<Vec<String>, Findings> {
    let features = shapes.get("features").and_then(Value::as_array);
    let features = features.filter(|_| shapes.get("type").is_some_and(|kind| kind == "FeatureCollection"));
    let Some(features) = features.filter(|list| (1..=SHAPES_MAX).contains(&list.len())) else {
        return Err(wrong("service.map_collection", "/geojson").with("most", SHAPES_MAX.to_string()).into());
    };
    let (mut codes, mut findings, mut points) = (BTreeSet::new(), Vec::new(), 0_usize);
    for (at, feature) in features.iter().enumerate() {
        let pointer = format!("/geojson/features/{at}");
        let code = feature.pointer("/properties").and_then(|properties| properties.get(property));
        match code.and_then(Value::as_str).filter(|code| !code.is_empty() && code.len() <= 64) {
            None => findings.push(wrong("service.map_code", &pointer).with("property", property)),
            Some(code) if !codes.insert(code.to_owned()) => {
                findings.push(wrong("service.map_twice", &pointer).with("code", code));
            }
            Some(_) => {}
        }
        let geometry = feature.get("geometry");
        let kind = geometry.and_then(|geometry| geometry.get("type")).and_then(Value::as_str);
        let coordinates = geometry.and_then(|geometry| geometry.get("coordinates"));
        let is_sound = match (kind, coordinates) {
            (Some("Polygon"), Some(rings)) => is_polygon(rings, &mut points),
            (Some("MultiPolygon"), Some(Value::Array(parts))) => {
                !parts.is_empty() && parts.iter().all(|rings| is_polygon(rings, &mut points))
            }
            _ => false,
        };
        if !is_sound {
            findings.push(wrong("service.map_shape", &pointer));
        }
    }
    if points > POINTS_MAX {
        findings.push(wrong("service.map_points", "/geojson").with("most", POINTS_MAX.to_string()));
    }
    if findings.is_empty() { Ok(codes.into_iter().collect()) } else { Err(Findings(findings)) }
}

/// Whether rings are closed and of numbers; which way they turn says nothing to a screen.
fn is_polygon(rings: &Value, points: &mut usize) -> bool {
    let point = |point: &Value| {
        let numbers = point.as_array().filter(|numbers| (2..=3).contains(&numbers.len()))?;
        let number = |at: usize| numbers.get(at).and_then(Value::as_f64).filter(|number| number.abs() <= 1e9);
        Some((number(0)?, number(1)?))
    };
    let mut is_ring = |ring: &Value| {
        let Some(list) = ring.as_array() else { return false };
        *points = points.saturating_add(list.len());
        list.len() >= 4 && list.iter().all(|one| point(one).is_some()) && list.first() == list.last()
    };
    rings.as_array().is_some_and(|rings| !rings.is_empty() && rings.iter().all(&mut is_ring))
}
