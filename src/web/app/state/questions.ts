// The work as the service's question: model, data, scenarios, changes.
import type { WhatIf } from '../api/types';
import type { Work } from './workspace.svelte';
import { writeChange } from './change';
import { draftFiles } from './datasets.svelte';

/** `NAME` or `NAME@VERSION`; edits of the dataset that is used go along as files. */
export function body(work: Work, but?: string): WhatIf {
  const changes = work.changes.filter((each) => each.path !== but).map(writeChange);
  const files = draftFiles(work);
  const question: WhatIf = { model: work.model };
  if (files) question.data = { files };
  else if (work.data) question.data = work.data;
  if (work.scenarios.length) question.scenarios = [...work.scenarios];
  if (changes.length) question.changes = changes;
  return question;
}

/** The work as one column of a comparison; null where named scenarios and changes stand together, which no column can say. */
export function column(work: Work, name: string): string | null {
  if (!work.changes.length && !work.scenarios.length) return 'base';
  if (!work.changes.length) return work.scenarios.join('+');
  if (work.scenarios.length) return null;
  return `${name.replace(/[:;+=]/g, ' ').trim()}: ${work.changes.map(writeChange).join('; ')}`;
}

/** What a comparison must be asked so that its last column is the work: it says which rules bind. */
export function bindingQuestion(work: Work, fund: string): object {
  const { changes, ...asked } = body(work);
  if (work.scenarios.length) return { ...asked, changes: changes ?? [], scenarios: [work.scenarios.join('+')] };
  return { ...asked, scenarios: ['base', changes?.length ? `now: ${changes.map(String).join('; ')}` : `now: fund.${fund}.amount*=1`] };
}
