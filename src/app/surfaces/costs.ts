import type { CostLine, CostQuery, CostReport } from '../../bot/ports.ts';
import type { House } from '../house.ts';

const DAY_MS = 86_400_000;
const PERIOD_DAYS = { today: 0, '7d': 7, '30d': 30, month: 31 } as const;

type Row = ReturnType<House['runs']['since']>[number];

const empty = (label: string): CostLine => ({ label, runs: 0, tokensIn: 0, tokensOut: 0, costUsd: 0 });

function add(line: CostLine, { usage }: Row): CostLine {
  const tokensIn = usage ? usage.inputTokens + usage.cacheReadTokens + usage.cacheCreationTokens : 0;
  return {
    label: line.label,
    runs: line.runs + 1,
    tokensIn: line.tokensIn + tokensIn,
    tokensOut: line.tokensOut + (usage?.outputTokens ?? 0),
    costUsd: line.costUsd + (usage?.costUsd ?? 0),
  };
}

function group(rows: readonly Row[], label: (row: Row) => string): CostLine[] {
  const lines = new Map<string, CostLine>();
  for (const row of rows) {
    const name = label(row);
    lines.set(name, add(lines.get(name) ?? empty(name), row));
  }
  return [...lines.values()].sort((a, b) => b.costUsd - a.costUsd);
}

/** Where a period of the chat begins (VIEW-7). */
export const startOf = ({ budgets }: House, period: CostQuery['period'], now: number): number =>
  period === '24h' ? now - DAY_MS : budgets.dayStart(now) - PERIOD_DAYS[period] * DAY_MS;

/** What the runs since an instant cost, or all runs of one task (VIEW-7). */
export function costReport(house: House, query: Omit<CostQuery, 'period'> & { from: number }): CostReport {
  const rows = house.runs
    .since(query.task === null ? query.from : 0)
    .filter(({ task }) => query.task === null || task === query.task)
    .filter(({ repo }) => query.scope === null || query.scope.includes(repo));
  const widOf = (row: Row): string => house.tasks.get(row.task)?.wid ?? `#${row.task}`;
  const wasted = rows.filter((row) => row.attempt > 1 || (row.class !== null && row.class !== 'finished'));
  const by: CostReport['by'] =
    query.task === null
      ? {
          day: group(rows, (row) => house.budgets.dayOf(row.createdAt)),
          project: group(rows, (row) => row.repo),
          role: group(rows, (row) => row.role),
        }
      : { stage: group(rows, (row) => `${row.stage} #${row.attempt}`) };
  return {
    total: rows.reduce(add, empty('total')),
    by,
    top: group(rows, widOf).slice(0, 5),
    wastedUsd: wasted.reduce((sum, { usage }) => sum + (usage?.costUsd ?? 0), 0),
    runsWithoutUsage: rows.filter(({ usage, status }) => usage === null && status === 'ended').length,
  };
}
