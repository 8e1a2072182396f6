// Keys of the whole page. What stands in a box of text is the box's own.
import { router } from './router.svelte';
import { settings } from './settings.svelte';
import { workspace } from './workspace.svelte';

export interface Screen { word: string; key: string; address: () => string }

export interface Doings { help: () => void; say: (key: 'keys.undone' | 'keys.redone' | 'keys.nothing') => void; save: () => boolean }

const inText = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) &&
  !(target instanceof HTMLInputElement && ['range', 'checkbox', 'radio', 'button'].includes(target.type));

export function listen(screens: readonly { address: () => string }[], doings: Doings): () => void {
  const press = (event: KeyboardEvent): void => {
    if (event.isComposing || event.defaultPrevented) return;
    const key = event.key.toLowerCase();
    const command = event.ctrlKey || event.metaKey;
    if (command && !event.altKey && (key === 'z' || key === 'y')) {
      if (inText(event.target)) return;
      event.preventDefault();
      const back = key === 'z' && !event.shiftKey;
      const moved = back ? workspace.undo() : workspace.redo();
      doings.say(moved ? (back ? 'keys.undone' : 'keys.redone') : 'keys.nothing');
    } else if (command && key === 's') {
      if (doings.save()) event.preventDefault();
    } else if (event.altKey && !command && /^Digit[0-9]$/.test(event.code)) {
      const screen = screens[(Number(event.code.slice(-1)) + 9) % 10];
      if (screen) { event.preventDefault(); router.go(screen.address()); }
    } else if (event.key === '?' && settings.letters && !inText(event.target)) {
      event.preventDefault();
      doings.help();
    }
  };
  addEventListener('keydown', press);
  return () => { removeEventListener('keydown', press); };
}
