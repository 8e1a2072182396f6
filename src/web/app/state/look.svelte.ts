// Whether the page is dark just now, for what is drawn with colours of its own.
import { settings } from './settings.svelte';

const media = matchMedia('(prefers-color-scheme: dark)');

class Look {
  #system = $state(media.matches);
  constructor() { media.addEventListener('change', () => { this.#system = media.matches; }); }
  get dark(): boolean { return settings.theme === 'dark' || (settings.theme === 'auto' && this.#system); }
}
export const look = new Look();
