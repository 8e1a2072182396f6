// Scenarios that the service knows by name: those that it ships and those that users save.
import { ask, list } from '../api/client';
import type { ScenarioDocument } from '../api/types';
import { said } from '../text/index.svelte';

class Scenarios {
  all = $state.raw<ScenarioDocument[]>([]);
  #asked = false;

  /** Asks for them once; `anew` after one was saved or deleted. */
  async load(anew = false): Promise<void> {
    if (this.#asked && !anew) return;
    this.#asked = true;
    try { this.all = await list<ScenarioDocument>('/scenarios'); } catch { this.#asked = false; }
  }
  /** The printed name of a word: a name, or names joined by `+`. */
  title(word: string): string {
    const one = (name: string): string => { const found = this.all.find((each) => each.name === name.trim()); return found ? said(found.title) : name.trim(); };
    return word.includes(':') ? word.slice(0, word.indexOf(':')).trim() : word.split('+').map(one).join(' + ');
  }
  /** Every change that a word leads to, with those of the scenarios that it stands on. */
  changes(word: string, depth = 0): string[] {
    if (word.includes('=') || depth > 20) return word.slice(word.indexOf(':') + 1).split(';').map((each) => each.trim());
    return word.split('+').flatMap((name) => {
      const found = this.all.find((each) => each.name === name.trim());
      return found ? [...found.stack.flatMap((each) => this.changes(each, depth + 1)), ...found.changes] : [];
    });
  }
  /** Keeps scenarios and changes under a name; a name of one's own gets a new version. */
  async save(name: string, title: string, stack: readonly string[], changes: readonly string[]): Promise<ScenarioDocument> {
    const known = this.all.find((each) => each.name === name);
    const headers: Record<string, string> = known ? { 'if-match': (await ask('GET', `/scenarios/${encodeURIComponent(name)}`)).etag ?? '*' } : { 'if-none-match': '*' };
    const { data } = await ask<ScenarioDocument>('PUT', `/scenarios/${encodeURIComponent(name)}`, { body: { title: { zh: title, en: title }, stack, changes }, headers });
    await this.load(true);
    return data;
  }
  async drop(name: string): Promise<void> {
    const { etag } = await ask('GET', `/scenarios/${encodeURIComponent(name)}`);
    await ask('DELETE', `/scenarios/${encodeURIComponent(name)}`, { headers: { 'if-match': etag ?? '*' } });
    await this.load(true);
  }
}
export const scenarios = new Scenarios();
