// A map that the user brings: GeoJSON in longitude and latitude, matched to areas by code or name. Drawn as it is; borders are the user's.

export interface Shape { code: string; name: string; path: string }
export interface Borders { shapes: Shape[]; width: number; height: number; unmatched: string[]; missing: string[] }
export type Fault = 'json' | 'kind' | 'size' | 'coordinates' | 'matches';

const MOST_BYTES = 20 << 20;
const MOST_POINTS = 400_000;
type Ring = [number, number][];

const entry = (value: unknown): Record<string, unknown> => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {});

function rings(geometry: Record<string, unknown>): Ring[] | null {
  const { type, coordinates } = geometry;
  const polygons = type === 'Polygon' ? [coordinates] : type === 'MultiPolygon' ? coordinates : null;
  if (!Array.isArray(polygons)) return null;
  const found: Ring[] = [];
  for (const polygon of polygons as unknown[]) {
    if (!Array.isArray(polygon)) return null;
    for (const ring of polygon as unknown[]) {
      if (!Array.isArray(ring)) return null;
      const points = (ring as unknown[]).map((point) => (Array.isArray(point) ? [Number(point[0]), Number(point[1])] as [number, number] : null));
      if (points.some((point) => point === null || !Number.isFinite(point[0]) || !Number.isFinite(point[1]) || Math.abs(point[0]) > 180 || Math.abs(point[1]) > 90)) return null;
      found.push(points as Ring);
    }
  }
  return found;
}

/** Reads a map; `areas` are codes and names of what is to be found in it. */
export function readBorders(text: string, areas: readonly { code: string; name: string }[]): Borders | Fault {
  if (text.length > MOST_BYTES) return 'size';
  let file: Record<string, unknown>;
  try { file = entry(JSON.parse(text)); } catch { return 'json'; }
  if (file.type !== 'FeatureCollection' || !Array.isArray(file.features)) return 'kind';
  const drawn: { code: string; name: string; rings: Ring[] }[] = [];
  const unmatched: string[] = [];
  let points = 0;
  for (const each of file.features as unknown[]) {
    const feature = entry(each);
    const properties = entry(feature.properties);
    const words = [feature.id, ...Object.values(properties)].filter((value) => typeof value === 'string' || typeof value === 'number').map((value) => String(value).trim());
    const area = areas.find(({ code }) => words.includes(code)) ?? areas.find(({ name }) => words.includes(name));
    const found = rings(entry(feature.geometry));
    if (!found) return 'coordinates';
    points += found.reduce((sum, ring) => sum + ring.length, 0);
    if (points > MOST_POINTS) return 'size';
    if (!area) { unmatched.push(words.find((word) => word !== '') ?? '?'); continue; }
    drawn.push({ code: area.code, name: area.name, rings: found });
  }
  if (!drawn.length) return 'matches';
  const all = drawn.flatMap((each) => each.rings.flat());
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of all) { west = Math.min(west, x); east = Math.max(east, x); south = Math.min(south, y); north = Math.max(north, y); }
  // Degrees of longitude are as wide as they are in the middle of the map.
  const squeeze = Math.cos((((south + north) / 2) * Math.PI) / 180);
  const scale = 1000 / Math.max((east - west) * squeeze, north - south, 1e-9);
  const shapes = drawn.map(({ code, name, rings: lines }) => ({
    code, name,
    path: lines.map((ring) => `M${ring.map(([x, y]) => `${((x - west) * squeeze * scale).toFixed(1)} ${((north - y) * scale).toFixed(1)}`).join('L')}Z`).join(''),
  }));
  const codes = new Set(shapes.map((shape) => shape.code));
  return { shapes, width: (east - west) * squeeze * scale, height: (north - south) * scale, unmatched, missing: areas.filter(({ code }) => !codes.has(code)).map(({ name }) => name) };
}

/** The map of this tab; it is sent nowhere and kept nowhere. */
export const held: { text: string; approval: string } = { text: '', approval: '' };
