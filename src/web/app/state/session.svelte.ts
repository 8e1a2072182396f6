// Who asks, as far as the service says it today: with a token, or on this machine without one.
import { ask, hasToken, holdToken, on, Refused } from '../api/client';

class Session {
  /** Whether the service answers; null before the first answer. */
  reached = $state<boolean | null>(null);
  /** Whether a token is asked for and none is held. */
  needed = $state(false);
  held = $state(hasToken());
  lost = $state(false);
  /** Whether this page has been answered before, so that a login only interrupts it. */
  ever = $state(false);
  /** Counts logins: what was refused before is asked again. */
  entered = $state(0);

  constructor() {
    on('unauthorized', () => { this.needed = true; this.held = false; holdToken(null); });
    on('lost', () => { this.lost = true; });
    on('found', () => { this.lost = false; });
  }

  async look(): Promise<void> {
    try {
      await ask('GET', '/models?limit=1');
      this.needed = false;
      this.reached = true;
      this.ever = true;
    } catch (error) {
      this.reached = !(error instanceof Refused && error.status === 0);
    }
  }

  async login(token: string): Promise<void> {
    holdToken(token);
    try {
      await ask('GET', '/models?limit=1');
      this.needed = false;
      this.held = true;
      this.ever = true;
      this.entered += 1;
    } catch (error) {
      holdToken(null);
      this.held = false;
      throw error;
    }
  }

  logout(): void {
    holdToken(null);
    this.held = false;
    sessionStorage.clear();
    location.assign('/login');
  }
}

export const session = new Session();
