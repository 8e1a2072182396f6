// How the page looks to this person. Nothing of the work stands here.

export type Lang = 'zh' | 'en';
export type Theme = 'auto' | 'light' | 'dark';
export type Unit = 'wan' | 'yuan';

const NAME = 'ecocomp.look';

function kept(): Record<string, unknown> {
  try {
    // eslint-disable-next-line no-restricted-globals
    const found: unknown = JSON.parse(localStorage.getItem(NAME) ?? '{}');
    return typeof found === 'object' && found !== null ? (found as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

const before = kept();
const pick = <T extends string>(value: unknown, among: readonly T[], otherwise: T): T =>
  among.includes(value as T) ? (value as T) : otherwise;
const asked = new URLSearchParams(location.search).get('lang');

class Settings {
  lang = $state<Lang>(pick(asked ?? before.lang, ['zh', 'en'], 'zh'));
  theme = $state<Theme>(pick(before.theme, ['auto', 'light', 'dark'], 'auto'));
  unit = $state<Unit>(pick(before.unit, ['wan', 'yuan'], 'wan'));
  /** Whether single letters are commands. */
  letters = $state(before.letters !== false);

  /** Keeps what was chosen and shows it. */
  apply(): void {
    const root = document.documentElement;
    root.lang = this.lang === 'zh' ? 'zh-CN' : 'en';
    const dark = this.theme === 'dark' || (this.theme === 'auto' && matchMedia('(prefers-color-scheme: dark)').matches);
    root.dataset.theme = dark ? 'dark' : 'light';
    const { lang, theme, unit, letters } = this;
    try {
      // eslint-disable-next-line no-restricted-globals
      localStorage.setItem(NAME, JSON.stringify({ lang, theme, unit, letters }));
    } catch {
      // A browser that keeps nothing shows the page all the same.
    }
  }
}

export const settings = new Settings();
