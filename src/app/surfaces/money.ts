import {
  type Caps,
  effectiveCaps,
  fullestCap,
  type RaisedUsd,
  type RunCap,
  runCap,
  type SpentUsd,
} from '../../agent/budget.ts';
import { learnPrice, NO_TOKENS, type PriceTable } from '../../agent/pricing.ts';
import type { Config } from '../../config/schema.ts';
import type { BudgetStore } from '../../db/budgets.ts';
import type { Outbox } from '../../db/outbox.ts';
import type { RunStore } from '../../db/runs.ts';
import type { Project } from '../../pipeline/project.ts';
import type { TaskState } from '../../pipeline/task.ts';

export interface MoneyDeps {
  config: Config;
  project: (repo: string) => Project;
  runs: RunStore;
  budgets: BudgetStore;
  now: () => number;
}

export interface Money {
  caps: Caps;
  spent: SpentUsd;
  raised: RaisedUsd;
}

/** Caps, raises and what was spent, for the next run of a task; `except` is a run that asks for itself. */
export function moneyOf(
  { config, project, runs, budgets, now }: MoneyDeps,
  task: TaskState,
  except?: string,
): Money {
  const today = runs.spent({ since: budgets.dayStart(now()), ...(except ? { except } : {}) });
  return {
    caps: effectiveCaps(config.budgets, project(task.repo).budgets),
    spent: {
      attempt: runs.spent({ task: task.id, stage: task.stage, attempt: task.attempt }).usd,
      task: runs.spent({ task: task.id }).usd,
      day: today.usd,
      dayReserved: today.reservedUsd,
    },
    raised: { ...task.raisedUsd, day: budgets.raised(now()) },
  };
}

/** A whole cap with its raises in USD; null where it is off. */
export function capAmount({ caps, raised }: Money, name: keyof RaisedUsd): number | null {
  const cap = { attempt: caps.attemptUsd, task: caps.taskUsd, day: caps.dayUsd }[name];
  return cap === null ? null : cap + raised[name];
}

/** What the next run may cost, or which cap forbids it (AGENT-47). */
export const capOf = ({ config }: MoneyDeps, money: Money): RunCap =>
  runCap({ ...money, minRunUsd: config.budgets.minRunUsd ?? 0 });

const HOUR_MS = 3_600_000;

/** First instant of the next local day: a cap of the day ends with it. */
export function nextDay({ budgets, now }: Pick<MoneyDeps, 'budgets' | 'now'>): number {
  const start = budgets.dayStart(now());
  let next = start + 20 * HOUR_MS;
  while (budgets.dayOf(next) === budgets.dayOf(start)) next += HOUR_MS;
  return budgets.dayStart(next);
}

const WARN_SHARE = 0.8;

/** One silent notice per cap once four fifths of it are spent, a run in progress included (AGENT-47). */
export function warnOfBudget(deps: MoneyDeps & { outbox: Outbox }, task: TaskState, liveUsd = 0): void {
  const money = moneyOf(deps, task);
  const { attempt, task: whole, day } = money.spent;
  const spent = { ...money.spent, attempt: attempt + liveUsd, task: whole + liveUsd, day: day + liveUsd };
  const fullest = fullestCap({ ...money, spent });
  const amount = fullest && capAmount(money, fullest.cap);
  if (!fullest || amount === null || fullest.share < WARN_SHARE) return;
  const at = deps.now();
  const scope = {
    attempt: `${task.id}.${task.stage}.${task.attempt}`,
    task: `${task.id}`,
    day: deps.budgets.dayOf(at),
  }[fullest.cap];
  // A raised cap is another cap.
  const cause = `budget-80.${fullest.cap}.${scope}.${amount}`;
  const params = { spent: spent[fullest.cap], cap: amount };
  const payload = { kind: 'ping', ping: 'budget-80', sound: 'silent', cause, params } as const;
  deps.outbox.add({ task: task.id, key: `ping:${cause}`, payload, at });
}

const LEARN_MS = 30 * 24 * HOUR_MS;
/** The newest runs tell today's prices. */
const LEARN_RUNS = 200;

/** Prices of the settings, and of other models what their own recorded runs cost (AGENT-36). */
export function pricesOf({ config, runs, now }: Pick<MoneyDeps, 'config' | 'runs' | 'now'>): PriceTable {
  const named = Object.entries(config.budgets.modelPricesJson ?? {}).map(([model, price]) => [
    model,
    {
      ...price,
      cache_read: price.cache_read ?? price.in / 10,
      cache_write: price.cache_write ?? price.in * 1.25,
    },
  ]);
  const seen = new Map<string, { usd: number; tokens: typeof NO_TOKENS }>();
  for (const usage of runs.usages(now() - LEARN_MS, LEARN_RUNS)) {
    if (usage.estimated || usage.model === null) continue;
    const { usd, tokens } = seen.get(usage.model) ?? { usd: 0, tokens: NO_TOKENS };
    const sum = {
      inputTokens: tokens.inputTokens + usage.inputTokens,
      outputTokens: tokens.outputTokens + usage.outputTokens,
      cacheReadTokens: tokens.cacheReadTokens + usage.cacheReadTokens,
      cacheCreationTokens: tokens.cacheCreationTokens + usage.cacheCreationTokens,
    };
    seen.set(usage.model, { usd: usd + usage.costUsd, tokens: sum });
  }
  const learned = [...seen].flatMap(([model, { usd, tokens }]) => {
    const price = learnPrice(usd, tokens);
    return price === null ? [] : [[model, price] as const];
  });
  return { ...Object.fromEntries(learned), ...Object.fromEntries(named) };
}
