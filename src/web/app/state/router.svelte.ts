// The address is the state: which screen, of what. Real paths, so that a link in a mail stays readable.

export interface Place { path: string; query: URLSearchParams }

const read = (): Place => ({ path: location.pathname, query: new URLSearchParams(location.search) });

class Router {
  place = $state.raw<Place>(read());
  /** Counts visits of a screen, so that focus goes to its heading. */
  visits = $state(0);

  constructor() {
    addEventListener('popstate', () => { this.place = read(); this.visits += 1; });
  }

  /** Segments of the path. */
  get parts(): string[] {
    return this.place.path.split('/').filter(Boolean).map((part) => decode(part));
  }

  go(address: string): void {
    if (address !== location.pathname + location.search) history.pushState(null, '', address);
    this.place = read();
    this.visits += 1;
    scrollTo(0, 0);
  }

  /** The same screen says more exactly what it shows. */
  replace(address: string): void {
    if (address === location.pathname + location.search) return;
    history.replaceState(history.state, '', address);
    this.place = read();
  }
}

function decode(text: string): string {
  try { return decodeURIComponent(text); } catch { return text; }
}

export const router = new Router();

/** Follows links of the page without loading it anew; the browser keeps its own ways (new tab, download). */
export function followLinks(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = (event.target as Element | null)?.closest('a');
  if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin) return;
  if (link.pathname.startsWith('/api') || link.pathname.startsWith('/assets')) return;
  if (link.hash && link.pathname === location.pathname) return;
  event.preventDefault();
  router.go(link.pathname + link.search);
}
