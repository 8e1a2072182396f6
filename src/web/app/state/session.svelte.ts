// Who asks: on this machine without a login, else in a session that a cookie carries which no script can read. A token is typed in once,
// exchanged for the session and forgotten.
import { ask, on, Refused } from '../api/client';
import type { MeDocument } from '../api/types';

/** What a role may; see the service's own table. */
export type Deed = 'read' | 'make' | 'decide' | 'approve' | 'remark' | 'audit' | 'administer';

class Session {
  me = $state.raw<MeDocument | null>(null);
  /** Whether the service answers; null before the first answer. */
  reached = $state<boolean | null>(null);
  /** Whether the service asks who it is. */
  needed = $state(false);
  lost = $state(false);
  /** Whether this page has been answered before, so that a login only interrupts it. */
  ever = $state(false);
  /** Counts logins: what was refused before is asked again. */
  entered = $state(0);
  /** Tells the other tabs of this browser that somebody came or went. */
  #tabs = typeof BroadcastChannel === 'function' ? new BroadcastChannel('ecocomp.session') : null;

  constructor() {
    on('unauthorized', () => { this.needed = true; });
    on('lost', () => { this.lost = true; });
    on('found', () => { this.lost = false; });
    this.#tabs?.addEventListener('message', (event: MessageEvent<unknown>) => {
      if (event.data === 'out') this.#gone(); else if (event.data === 'in') void this.look(true);
    });
    // A page that the browser kept as it was may show what is no longer for whoever sits there now.
    addEventListener('pageshow', (event) => { if (event.persisted) location.reload(); });
  }

  /** Whether there is a session to leave. */
  get held(): boolean { return this.me?.way === 'session'; }
  /** Whether the role of whoever asks may do this; a button that leads to a refusal is not shown. */
  may(deed: Deed): boolean { return this.me?.may.includes(deed) ?? false; }

  async look(again = false): Promise<void> {
    try {
      this.me = (await ask<MeDocument>('GET', '/me')).data;
      this.needed = false;
      this.reached = true;
      if (again && this.ever) this.entered += 1;
      this.ever = true;
    } catch (error) {
      this.reached = !(error instanceof Refused && error.status === 0);
    }
  }

  async login(token: string): Promise<void> {
    this.me = (await ask<MeDocument>('POST', '/sessions', { body: { token } })).data;
    this.needed = false;
    this.ever = true;
    this.entered += 1;
    this.#tabs?.postMessage('in');
  }

  async logout(): Promise<void> {
    try { await ask('DELETE', '/sessions/current'); } catch { /* one that has ended already is left all the same */ }
    this.#tabs?.postMessage('out');
    this.#gone();
  }

  #gone(): void {
    this.me = null;
    sessionStorage.clear();
    location.replace('/login');
  }
}

export const session = new Session();
