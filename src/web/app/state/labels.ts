// Names of what a model file calls by key words.
import { said, t, type Both, type Key } from '../text/index.svelte';
import type { Card } from './model';

const RULES: Record<string, Key> = {
  fund: 'kind.fund', unit_standard: 'kind.unit_standard', floor: 'kind.floor', cap: 'kind.cap', share: 'kind.share', corridor: 'kind.corridor',
  outcome_gate: 'kind.outcome_gate', outcome_order: 'kind.outcome_order', per_head: 'kind.per_head', channel: 'kind.channel', linear: 'kind.linear',
  entitlement: 'kind.entitlement', max_min_coverage: 'kind.max_min_coverage', min_deviation: 'kind.min_deviation', deduction: 'kind.deduction', min_deviation_l1: 'kind.min_deviation_l1',
  min_deviation_linf: 'kind.min_deviation_linf', max_outcome_benefit: 'kind.max_outcome_benefit', min_missed: 'kind.min_missed',
};
const KEYS: Record<string, Key> = {
  amount: 'key_of.amount', 'between[0]': 'key_of.least', 'between[1]': 'key_of.most', at_least: 'key_of.least', at_most: 'key_of.most', below: 'key_of.below',
  ratio_at_most: 'key_of.ratio', tolerance: 'key_of.tolerance', 'soft.penalty': 'key_of.penalty', slack: 'key_of.slack',
};
const PARTS: Record<string, Key> = {
  gep: 'figure.gep', cost: 'figure.cost', protection_cost: 'figure.protection_cost', opportunity_cost: 'figure.opportunity_cost', last_year: 'figure.last_year',
  entitlement: 'figure.entitlement', extent: 'figure.extent', quality: 'figure.quality', outcome: 'figure.outcome', population: 'figure.population',
  forest: 'eco.forest', wetland: 'eco.wetland', farmland: 'eco.farmland', water_source: 'eco.water_source',
};

const WORDS: Record<string, Key> = {
  area: 'per.area', cell: 'per.cell', ecosystem: 'per.ecosystem', total: 'per.total', worst: 'word.worst', all: 'word.all', up_to: 'word.up_to', error: 'word.error', free: 'word.free',
};

export const kindLabel = (kind: string): string => (RULES[kind] ? t(RULES[kind]) : kind);
export const partLabel = (word: string): string => {
  const key = PARTS[word] ?? WORDS[word];
  return key ? t(key) : word;
};

/** Names of what stands in paths. */
export interface Names { labels: ReadonlyMap<string, string>; cells?: ReadonlyMap<string, string> }

/** A path of model or data in words; what has no words stays as it is written. */
export function pathLabel(path: string, { labels, cells }: Names): string {
  const figure = /^data\.([^[]+)(?:\[(.*)\])?$/.exec(path);
  if (figure) {
    const of = (figure[2] ?? '').split(',').map((part) => cells?.get(part) ?? part.replace(/^(\w+)=/, '').split('|').map(partLabel).join('、'));
    return [partLabel(figure[1] ?? ''), ...of].filter(Boolean).join(' ');
  }
  const account = /^gep\.(price|parameter)\.([^[]+)(?:\[(.*)\])?$/.exec(path);
  if (account) {
    const of = (account[3] ?? '').split(',').map((part) => partLabel(part.replace(/^(\w+)=/, ''))).filter(Boolean).join('、');
    return `${t(account[1] === 'price' ? 'account.price' : 'account.parameter')} ${account[2] ?? ''}${of ? `(${of})` : ''}`;
  }
  const named = /^(?:fund|rule)\.([^.]+)\.(.+)$/.exec(path);
  if (named) return `${labels.get(named[1] ?? '') ?? named[1] ?? ''} ${parameterLabel(named[2] ?? '')}`;
  const entitled = /^entitlement\.(.+)$/.exec(path);
  if (entitled) return entitled[1] === 'outcome.points' ? t('chart.outcome') : `${t('group.entitlement')} ${parameterLabel(entitled[1] ?? '')}`;
  const objective = /^objective\.(\d+)\.(.+)$/.exec(path);
  return objective ? `${t('key_of.objective', { number: objective[1] ?? '' })} ${parameterLabel(objective[2] ?? '')}` : path;
}

/** Names of the funds and rules of a model file. */
export const namesOf = (cards: readonly Card[]): Names => ({ labels: new Map(cards.filter((card) => card.section === 'fund' || card.section === 'rule').map((card) => [card.id, cardLabel(card)])) });
export function cardLabel(card: Card): string {
  if (card.label) return said(card.label);
  if (card.section === 'objective') return t('card.objective', { number: card.id, kind: kindLabel(card.kind) });
  return kindLabel(card.kind);
}

/** What a number is, within its card. */
export function parameterLabel(key: string): string {
  const whole = KEYS[key];
  if (whole) return t(whole);
  const [head = '', ...rest] = key.split('.');
  const tail = rest.join('.');
  if (head === 'pool') return t('key_of.pool', { name: partLabel(tail) });
  if (head === 'factors') return t('key_of.factor', { name: partLabel(tail) });
  const side = KEYS[head];
  return side && tail ? t('key_of.side_of', { side: t(side), name: partLabel(tail) }) : key;
}

export const ecoLabel = (ecosystems: readonly { code: string; name: Both }[], code: string): string => {
  const found = ecosystems.find((each) => each.code === code);
  return found ? said(found.name) : partLabel(code);
};
