// What is being worked on: a model, its data, scenarios and changes; and every step back and forth between the states of it.
import { readChange, withChange, writeChange, type Change } from './change';

/** Figures written over those of a dataset, by `FILE!ROW!COLUMN` of its newest version. */
export type Cells = Readonly<Record<string, string>>;

export interface Work {
  readonly model: string;
  readonly data: string | null;
  readonly scenarios: readonly string[];
  readonly changes: readonly Change[];
  /** Edits of datasets, by `NAME@VERSION`. */
  readonly cells: Readonly<Record<string, Cells>>;
}

const NOTHING: Work = { model: '', data: null, scenarios: [], changes: [], cells: {} };
const NAME = 'ecocomp.draft';
/** Steps that are remembered. */
const MOST = 1000;

function kept(): Work {
  try {
    const found: unknown = JSON.parse(sessionStorage.getItem(NAME) ?? 'null');
    return found ? { ...NOTHING, ...(found as Partial<Work>) } : NOTHING;
  } catch {
    return NOTHING;
  }
}

class Workspace {
  now = $state.raw<Work>(kept());
  #past = $state.raw<readonly Work[]>([]);
  #future = $state.raw<readonly Work[]>([]);
  #gesture = $state<string | null>(null);

  get canUndo(): boolean { return this.#past.length > 0; }
  get canRedo(): boolean { return this.#future.length > 0; }
  /** Whether a slider is being moved. */
  get gesturing(): boolean { return this.#gesture !== null; }
  get steps(): number { return this.#past.length; }

  /** One step. Steps of one gesture (a slider on its way) are one step. */
  step(next: Work, gesture: string | null = null): void {
    if (same(next, this.now)) return;
    if (gesture === null || gesture !== this.#gesture) this.#past = [...this.#past.slice(-MOST + 1), this.now];
    this.#gesture = gesture;
    this.#future = [];
    this.#be(next);
  }
  endGesture(): void { this.#gesture = null; }

  undo(): boolean { return this.#move('back'); }
  redo(): boolean { return this.#move('on'); }
  #move(way: 'back' | 'on'): boolean {
    const from = way === 'back' ? this.#past : this.#future;
    const to = from[from.length - 1];
    if (!to) return false;
    const [past, future] = way === 'back' ? [from.slice(0, -1), [...this.#future, this.now]] : [[...this.#past, this.now], from.slice(0, -1)];
    this.#past = past;
    this.#future = future;
    this.#gesture = null;
    this.#be(to);
    return true;
  }

  #be(next: Work): void {
    this.now = next;
    try { sessionStorage.setItem(NAME, JSON.stringify(next)); } catch { /* a full or closed storage loses the draft at the end of the tab, no more */ }
  }

  /** Another model begins with nothing changed; edits of data stay. */
  open(model: string): void {
    if (model !== this.now.model) this.step({ ...NOTHING, cells: this.now.cells, model });
  }
  set(change: Change, gesture: string | null = null): void {
    this.step({ ...this.now, changes: withChange(this.now.changes, change) }, gesture);
  }
  drop(path: string): void {
    this.step({ ...this.now, changes: this.now.changes.filter((each) => each.path !== path) });
  }
  add(sentence: string): boolean {
    const change = readChange(sentence);
    if (change) this.set(change);
    return change !== null;
  }
  scenarios(scenarios: readonly string[]): void { this.step({ ...this.now, scenarios }); }
  data(data: string | null): void { this.step({ ...this.now, data }); }
  /** Begins anew; one step back brings it back. */
  clear(): void { this.step(NOTHING); }
  reset(): void { this.step({ ...this.now, scenarios: [], changes: [] }); }
  cells(dataset: string, edits: Cells): void {
    const rest = Object.fromEntries(Object.entries(this.now.cells).filter(([name]) => name !== dataset));
    this.step({ ...this.now, cells: Object.keys(edits).length ? { ...rest, [dataset]: edits } : rest });
  }
}

const same = (a: Work, b: Work): boolean => JSON.stringify(a) === JSON.stringify(b);

export const workspace = new Workspace();

/** The work as the query of an address: readable, and nothing private. */
export function toQuery(work: Work): URLSearchParams {
  const query = new URLSearchParams();
  if (work.data) query.set('d', work.data);
  for (const scenario of work.scenarios) query.append('s', scenario);
  for (const change of work.changes) query.append('c', writeChange(change));
  return query;
}

/** The work that an address names; edits of data are never in it. */
export function fromQuery(model: string, query: URLSearchParams, cells: Work['cells']): Work {
  const changes = query.getAll('c').map(readChange).filter((each): each is Change => each !== null);
  return { model, data: query.get('d'), scenarios: query.getAll('s'), changes, cells };
}

/** Address of a screen for the present work. */
export function addressOf(screen: string, work: Work, more: Record<string, string> = {}, tail = ''): string {
  const query = toQuery(work);
  for (const [name, value] of Object.entries(more)) query.set(name, value);
  const text = query.toString();
  return `/${screen}/${encodeURIComponent(work.model)}${tail}${text ? `?${text}` : ''}`;
}
