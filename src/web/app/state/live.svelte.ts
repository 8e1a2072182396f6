// One question after the other: at most one on its way, then the newest that was asked meanwhile; older ones are never shown.

import { untrack } from 'svelte';

export class Live<Q, A> {
  answer = $state.raw<A | null>(null);
  /** Question of the answer that is shown. */
  of = $state.raw<Q | null>(null);
  error = $state.raw<unknown>(null);
  busy = $state(false);
  /** Busy for long enough to be said. */
  slow = $state(false);
  /** Milliseconds from question to answer, of the newest. */
  took = $state(0);
  #next: { question: Q } | null = null;
  #running = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stop: AbortController | null = null;

  constructor(private readonly put: (question: Q, signal: AbortSignal) => Promise<A>) {}

  ask(question: Q): void {
    this.#next = { question };
    // What is read on the way to a question is no reason to ask it again.
    if (!this.#running) untrack(() => { void this.#run(); });
  }

  async #run(): Promise<void> {
    this.#running = true;
    this.busy = true;
    this.#timer = setTimeout(() => { this.slow = true; }, 150);
    while (this.#next) {
      const { question } = this.#next;
      this.#next = null;
      const started = performance.now();
      this.#stop = new AbortController();
      try {
        const answer = await this.put(question, this.#stop.signal);
        this.answer = answer;
        this.of = question;
        this.error = null;
        this.took = Math.round(performance.now() - started);
      } catch (error) {
        if (!this.#stop.signal.aborted && !this.#next) { this.error = error; this.of = question; }
      }
    }
    clearTimeout(this.#timer);
    this.busy = false;
    this.slow = false;
    this.#running = false;
  }

  /** Ends the question on its way. */
  cancel(): void { this.#next = null; this.#stop?.abort(); }
}
