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
export type NegotiationItem = Schemas['NegotiationItem'];
export type NegotiationDocument = Schemas['NegotiationDocument'];
export type RoundDocument = Schemas['RoundDocument'];
export type OfferPart = Schemas['OfferPart'];
export type PartyView = Schemas['PartyView'];
export type Mediation = Schemas['Mediation'];
export type Private = Schemas['Private'];
export type PrivateDocument = Schemas['PrivateDocument'];
export type MeDocument = Schemas['MeDocument'];
export type SessionDocument = Schemas['SessionDocument'];
export type ScenarioDocument = Schemas['ScenarioDocument'];
export type CommentDocument = Schemas['PlanCommentDocument'];
export type YearDifference = Schemas['YearDifference'];
export type DatasetCheck = Schemas['DatasetCheck'];
export type DatasetDifferences = Schemas['DatasetDifferences'];
export type DatasetTables = Schemas['DatasetTables'];
export type Interval = Schemas['IntervalDocument'];
export type AmountsDocument = Schemas['Amounts'];
export type ModelAccount = Schemas['ModelAccount'];
export type GepEntry = Schemas['GepEntry'];
export type WhatIf = Schemas['WhatIf'];
/** What takes the place of an answer where no plan is found. */
export type Failed = Schemas['Failed'];

export const isFailed = (answer: object): answer is Failed => 'exit_code' in answer;
