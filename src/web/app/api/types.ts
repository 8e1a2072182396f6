// Names for what docs/openapi.json describes; the file beside is made from it and not kept.
import type { components } from '../../gen/api';

type Schemas = components['schemas'];
export type RecordDocument = Schemas['Record'];
export type Cell = RecordDocument['cells'][number];
export type Area = RecordDocument['areas'][number];
export type RuleState = RecordDocument['rules'][number];
/** One finding; problems leave out what answers give as null. */
export type FindingDocument = Omit<Schemas['ProblemFinding'], 'place'> & {
  place: { file?: string | null; sheet?: string | null; row?: number | null; column?: string | null };
};
export type JobDocument = Schemas['JobDocument'];
export type RunDocument = Schemas['RunDocument'];
export type PlanDocument = Schemas['PlanDocument'];
export type ModelDocument = Schemas['ModelDocument'];
export type DatasetDocument = Schemas['DatasetDocument'];
export type TokenDocument = Schemas['TokenDocument'];
export type AuditDocument = Schemas['AuditDocument'];
export type CheckDocument = Schemas['CheckDocument'];
export type Comparison = Schemas['Comparison'];
export type Explanation = Schemas['Explanation'];
export type Frontier = Schemas['Frontier'];
export type Curve = Schemas['Curve'];
export type Ranges = Schemas['Ranges'];
export type Tornado = Schemas['Tornado'];
export type Summary = Schemas['Summary'];
export type Alternatives = Schemas['Alternatives'];
export type Indices = Schemas['Indices'];
export type RobustPlan = Schemas['RobustPlan'];
export type WhatIf = Schemas['WhatIf'];
/** What takes the place of an answer where no plan is found. */
export type Failed = Schemas['Failed'];

export const isFailed = (answer: object): answer is Failed => 'exit_code' in answer;
