// Every sentence that the page says, in Chinese and in English. Sentences of the engine come from the service in both languages.
import { settings } from '../state/settings.svelte';
import { shell } from './shell';
import { work } from './work';
import { keep } from './keep';
import { talks } from './talks';

const words = { ...shell, ...work, ...keep, ...talks };

export type Key = keyof typeof words;
export type Values = Record<string, string | number>;
/** A name or sentence in both languages, as the service gives it. */
export interface Both { zh: string; en: string }

/** The sentence of a key in the language of the page. */
export function t(key: Key, values?: Values): string {
  const pair: readonly [string, string] = words[key];
  const text = settings.lang === 'zh' ? pair[0] : pair[1];
  if (!values) return text;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => (name in values ? String(values[name]) : whole));
}

/** What the service says in both languages, in the language of the page. */
export function said(both: Both | string | null | undefined): string {
  if (both === null || both === undefined) return '';
  if (typeof both === 'string') return both;
  return settings.lang === 'zh' ? both.zh || both.en : both.en || both.zh;
}

/** A moment as people of the language write it. */
export function moment(text: string | null | undefined): string {
  if (!text) return '';
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) return text;
  return new Intl.DateTimeFormat(settings.lang === 'zh' ? 'zh-CN' : 'en-GB', { dateStyle: 'medium', timeStyle: 'short' }).format(date);
}
