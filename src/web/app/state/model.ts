// A model file as the page shows it: its numbers that may be changed, its rules as cards. Reading only; the service decides what it means.
import { parse } from 'smol-toml';
import { said, type Both } from '../text/index.svelte';

export type Kind = 'money' | 'share' | 'standard' | 'number';
/** One number of a model. */
export interface Parameter {
  path: string; group: string; key: string; kind: Kind;
  /** As it stands in the file: `1.2 亿元`, `0.12`, `15%`. */
  text: string;
  number: number; unit: string;
  /** Decimals of the number as it is written. */
  places: number;
  /** Whether it is a bound alone, of which the service can say between which values plans exist. */
  bound: boolean;
}
/** Rules whose numbers are bounds and no coefficients. */
const BOUNDS = new Set(['fund', 'corridor', 'floor', 'cap', 'unit_standard', 'outcome_gate']);
/** Values of a number between which plans exist, in base units; open where nothing bounds it. */
export interface Band { least: number | null; most: number | null }
export interface Card {
  id: string; section: 'fund' | 'rule' | 'entitlement' | 'objective'; kind: string;
  label: Both | null; basis: string; soft: boolean; enabled: boolean;
  parameters: Parameter[];
  /** What else stands there, as text. */
  more: [string, string][];
}
export interface Outline { name: Both | string; dataset: string; note: string; basis: string; year: string; area: Both | string | null; cards: Card[]; outcome: [number, number][];
  /** The account of ecosystem products that it divides by; null where the data have the values. */
  account: { name: string; view: string } | null }

type Table = Record<string, unknown>;
const table = (value: unknown): Table => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Table) : {});
const tables = (value: unknown): Table[] => (Array.isArray(value) ? value.map(table) : []);
const word = (value: unknown): string => (typeof value === 'string' ? value : value === undefined || value === null ? '' : String(value));
const both = (value: unknown): Both | null => {
  if (typeof value === 'string') return { zh: value, en: value };
  const found = table(value);
  return typeof found.zh === 'string' || typeof found.en === 'string' ? { zh: word(found.zh), en: word(found.en) } : null;
};

/** Keys that hold no number to be moved. */
const WORDS = new Set(['kind', 'id', 'label', 'basis', 'enabled', 'of', 'in', 'per', 'against', 'new', 'indicator', 'ecosystem', 'only', 'points', 'returns', 'shares', 'levels', 'spend', 'note', 'value', 'soft', 'terms', 'matrix', 'ahp', 'entropy', 'of_what']);

/** Number and unit of what is written; null where it is none. */
export function measure(value: unknown): { number: number; unit: string; places: number } | null {
  if (typeof value === 'number' || typeof value === 'bigint') {
    const text = String(value);
    return { number: Number(value), unit: '', places: text.split('.')[1]?.length ?? 0 };
  }
  const match = typeof value === 'string' ? /^\s*([-+]?\d[\d,]*(?:\.(\d+))?)\s*(.*?)\s*$/.exec(value) : null;
  if (!match?.[1]) return null;
  return { number: Number(match[1].replace(/,/g, '')), unit: match[3] ?? '', places: match[2]?.length ?? 0 };
}

function kindOf(unit: string, key: string): Kind {
  if (/\//.test(unit)) return 'standard';
  if (/元|yuan/i.test(unit)) return 'money';
  if (unit === '%' || /share|slack|pool|factors|between|at_least|at_most|tolerance/.test(key)) return 'share';
  return 'number';
}

function numbers(value: unknown, path: string, key: string, group: string, kind: string): Parameter[] {
  if (Array.isArray(value)) return value.flatMap((each, index) => numbers(each, `${path}[${index}]`, `${key}[${index}]`, group, kind));
  const found = measure(value);
  if (found) return [{ path, group, key, kind: kindOf(found.unit, key), text: word(value), bound: BOUNDS.has(kind) && /^(amount|between|at_least|at_most)/.test(key), ...found }];
  return Object.entries(table(value)).flatMap(([name, each]) => numbers(each, `${path}.${name}`, `${key}.${name}`, group, kind));
}

function card(section: Card['section'], id: string, kind: string, body: Table, prefix: string): Card {
  const entries = Object.entries(body).filter(([key]) => !WORDS.has(key));
  const parameters = entries.flatMap(([key, value]) => numbers(value, `${prefix}.${key}`, key, id, kind));
  const penalty = table(body.soft).penalty;
  if (penalty !== undefined) parameters.push(...numbers(penalty, `${prefix}.soft.penalty`, 'soft.penalty', id, kind));
  const shown = ['ecosystem', 'of', 'in', 'per', 'against', 'only', 'levels', 'spend', 'indicator', 'new', 'shares', 'returns', 'entropy'];
  const more = shown.filter((key) => body[key] !== undefined).map((key): [string, string] => [key, plain(body[key])]);
  return { id, section, kind, label: both(body.label), basis: word(body.basis), soft: body.soft !== undefined, enabled: body.enabled !== false, parameters, more };
}

/** A value of the file in a few words. */
function plain(value: unknown): string {
  if (Array.isArray(value)) return value.map(plain).join(', ');
  if (typeof value === 'object' && value !== null) {
    const found = value as Table;
    if (both(found.label) && found.share !== undefined) return `${said(both(found.label))} ${word(found.share)}`;
    return Object.entries(found).map(([key, each]) => `${key} = ${plain(each)}`).join(', ');
  }
  return word(value);
}

/** Reads a model file. Throws what the reader says where it is no TOML; the service's findings say it better. */
export function outline(text: string): Outline {
  const file = parse(text, { integersAsBigInt: 'asNeeded' }) as Table;
  const head = table(file.model);
  const cards: Card[] = tables(file.fund).map((fund) => card('fund', word(fund.id), 'fund', fund, `fund.${word(fund.id)}`));
  const entitlement = table(file.entitlement);
  if (Object.keys(entitlement).length) {
    const rest = Object.fromEntries(Object.entries(entitlement).filter(([key]) => key !== 'outcome'));
    cards.push(card('entitlement', 'entitlement', 'entitlement', rest, 'entitlement'));
  }
  const counts = new Map<string, number>();
  for (const rule of tables(file.rule)) {
    const kind = word(rule.kind);
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    const id = word(rule.id) || (count === 1 ? kind : `${kind}_${count}`);
    cards.push(card('rule', id, kind, rule, `rule.${id}`));
  }
  tables(file.objective).forEach((objective, index) => {
    cards.push(card('objective', String(index + 1), word(objective.kind), objective, `objective.${index + 1}`));
  });
  const points = table(entitlement.outcome).points;
  const outcome = Array.isArray(points) ? points.filter(Array.isArray).map((pair): [number, number] => [Number(pair[0]), Number(pair[1])]) : [];
  const gep = table(file.gep);
  return {
    account: word(gep.account) ? { name: word(gep.account).split('/').pop() ?? '', view: word(gep.view) } : null,
    name: both(head.name) ?? '', dataset: word(head.dataset).split('/').pop() ?? '', note: word(head.note), basis: word(head.basis), year: word(head.year),
    area: both(head.area_label), cards, outcome,
  };
}
