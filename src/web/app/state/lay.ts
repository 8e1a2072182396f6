// Amounts of a what-if laid over the record before it: what a large model shows while a slider moves. The record itself is asked for at rest.
import type { AmountsDocument, Area, RecordDocument } from '../api/types';

type Sum = AmountsDocument['areas'][number];

const share = (part: number, of: number): number | null => (of > 0 ? part / of : null);

function summed<T extends Area | RecordDocument['total']>(group: T, sum: Sum | undefined): T {
  if (!sum) return group;
  const last = sum.last_year_fen ?? null;
  const ratio = last === null ? null : share(sum.amount_fen, last);
  return {
    ...group, amount_fen: sum.amount_fen, entitlement_fen: sum.entitlement_fen, last_year_fen: last,
    change: ratio === null ? null : ratio - 1, coverage: share(sum.amount_fen, sum.entitlement_fen),
  };
}

/** The record with the amounts in it; null where they are of other areas, ecosystems or rules. */
export function lay(record: RecordDocument, light: AmountsDocument): RecordDocument | null {
  if (record.cells.length !== light.cells.length || record.areas.length !== light.areas.length || record.rules.length !== light.rules.length) return null;
  const cells = [];
  for (let at = 0; at < record.cells.length; at += 1) {
    const [cell, now] = [record.cells[at], light.cells[at]];
    if (!cell || !now || cell.area !== now.area || cell.ecosystem !== now.ecosystem) return null;
    const paid = light.funds.flatMap((fund, index) => { const fen = now.by_fund_fen[index]; return fen === null || fen === undefined ? [] : [{ fund: fund.id, amount_fen: fen }]; });
    const by_fund = cell.by_fund.map((each) => ({ ...each, amount_fen: paid.find((one) => one.fund === each.fund)?.amount_fen ?? each.amount_fen }));
    cells.push({ ...cell, entitlement_fen: now.entitlement_fen, amount_fen: now.amount_fen, by_fund });
  }
  const areas = new Map(light.areas.map((sum) => [sum.code, sum]));
  const kinds = new Map(light.ecosystems.map((sum) => [sum.code, sum]));
  const states = new Map(light.rules.map((rule) => [rule.id, rule]));
  const funds = new Map(light.funds.map((fund) => [fund.id, fund]));
  return {
    ...record, hash: light.hash, changes: light.changes, warnings: light.warnings, cells,
    areas: record.areas.map((area) => summed(area, areas.get(area.code))),
    ecosystems: record.ecosystems.map((kind) => summed(kind, kinds.get(kind.code))),
    total: summed(record.total, light.total),
    funds: record.funds.map((fund) => ({ ...fund, amount_fen: funds.get(fund.id)?.amount_fen ?? fund.amount_fen, spent_fen: funds.get(fund.id)?.spent_fen ?? fund.spent_fen })),
    rules: record.rules.map((rule) => ({ ...rule, holds: states.get(rule.id)?.holds ?? rule.holds })),
  };
}
