// What Ctrl+S does: the screen that is open says it, as long as it is open.
class Saver {
  #doing: (() => void) | null = null;
  /** Registers a screen; call the answer when it closes. */
  use(doing: () => void): () => void {
    this.#doing = doing;
    return () => { if (this.#doing === doing) this.#doing = null; };
  }
  run(): boolean {
    if (!this.#doing) return false;
    this.#doing();
    return true;
  }
}
export const saver = new Saver();
