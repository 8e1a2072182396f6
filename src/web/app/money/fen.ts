// Money in whole 分, as the service gives it. No amount is ever a fraction here; what is shown is cut from the digits.
import type { Lang, Unit } from '../state/settings.svelte';

const group = (digits: string): string => digits.replace(/\B(?=(\d{3})+(?!\d))/g, ',');

function decimal(units: bigint, places: number): string {
  const negative = units < 0n;
  const digits = String(negative ? -units : units).padStart(places + 1, '0');
  const whole = digits.slice(0, digits.length - places);
  const text = places ? `${group(whole)}.${digits.slice(-places)}` : group(whole);
  return negative ? `-${text}` : text;
}

/** 元 with two decimals: exact. */
export function yuan(fen: number | bigint): string {
  return decimal(BigInt(fen), 2);
}

/** 万元 with two decimals: a half goes away from zero. */
export function wan(fen: number | bigint): string {
  const amount = BigInt(fen);
  const size = amount < 0n ? -amount : amount;
  const rounded = (size + 5_000n) / 10_000n;
  return decimal(amount < 0n && rounded > 0n ? -rounded : rounded, 2);
}

/** An amount in the unit chosen. */
export function shown(fen: number | bigint, unit: Unit): string {
  return unit === 'wan' ? wan(fen) : yuan(fen);
}

/** The same with its sign, where it is a difference. */
export function signed(fen: number | bigint, unit: Unit): string {
  const text = shown(fen, unit);
  return BigInt(fen) > 0n && /[1-9]/.test(text) ? `+${text}` : text;
}

/** Sum of whole amounts. */
export function sum(amounts: Iterable<number>): bigint {
  let total = 0n;
  for (const amount of amounts) total += BigInt(amount);
  return total;
}

/** Whether what is shown of the parts adds up to what is shown of their sum. */
export function addsUp(parts: readonly number[], total: number, unit: Unit): boolean {
  if (unit === 'yuan') return true;
  const hundredths = (fen: number): bigint => BigInt(wan(fen).replace(/[,.]/g, ''));
  return parts.reduce((all, part) => all + hundredths(part), 0n) === hundredths(total);
}

/** An amount within a sentence, exact: in 亿元 or 万元 where four decimals say all of it, else in 元. */
export function large(fen: number | bigint, lang: Lang): string {
  const amount = BigInt(fen);
  const size = amount < 0n ? -amount : amount;
  if (lang === 'en') return `${yuan(amount)} yuan`;
  if (size >= 10_000_000_000n && amount % 1_000_000n === 0n) return `${trim(decimal(amount / 1_000_000n, 4))} 亿元`;
  if (size >= 1_000_000n && amount % 100n === 0n) return `${trim(decimal(amount / 100n, 4))} 万元`;
  return `${yuan(amount)} 元`;
}

const trim = (text: string): string => text.replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '');

/** A number that is no money, with so many significant places after the point. */
export function figure(value: number, places = 2): string {
  if (!Number.isFinite(value)) return '–';
  const text = value.toFixed(places);
  const [whole = '0', part] = text.replace('-', '').split('.');
  const negative = value < 0 && /[1-9]/.test(text);
  return `${negative ? '-' : ''}${group(whole)}${part ? `.${part}` : ''}`;
}

/** A share in per cent. */
export function percent(share: number, places = 1, sign = false): string {
  const text = `${figure(share * 100, places)}%`;
  return sign && share > 0 && /[1-9]/.test(text) ? `+${text}` : text;
}

/** Yuan as the engine's figures before rounding (`…_yuan`), which are no published amounts: to 分 for drawing and reading. */
export function fenOfYuan(value: number): number {
  return Math.round(value * 100);
}
