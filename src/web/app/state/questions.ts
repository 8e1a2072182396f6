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

/** One column of a comparison: the work's scenarios and changes written out under a name. */
export function column(work: Work, name: string): string {
  if (!work.changes.length && !work.scenarios.length) return 'base';
  if (!work.changes.length) return work.scenarios.join('+');
  const plain = name.replace(/[:;+=]/g, ' ').trim();
  return `${plain}: ${work.changes.map(writeChange).join('; ')}`;
}
