import type { RunView } from '../../pipeline/view.ts';
import { scopeOf } from '../access.ts';
import { PERFORM } from '../actions.ts';
import { type Ask, OK, type Outcome, say, USAGE } from '../ask.ts';
import type { Command } from '../command.ts';
import * as format from '../format.ts';
import { bindingOf } from '../keyboard.ts';
import { cut, type Line } from '../markup.ts';
import type { BudgetLine, CostLine, CostQuery, CostReport } from '../ports.ts';
import { questionFirst, sayDone } from '../questions.ts';
import { firstWord, parseRef, withTask } from '../task-ref.ts';
import type { Texts } from '../texts.ts';
import { taskCommand } from './decide.ts';

const PERIODS = ['today', '7d', '30d', 'month'] as const satisfies readonly CostQuery['period'][];
const SECTIONS = ['day', 'project', 'role', 'stage'] as const;
const CAPS: readonly BudgetLine['cap'][] = ['attempt', 'task', 'day'];

const share = (part: number, whole: number): string =>
  whole > 0 ? `${Math.round((part / whole) * 100)}%` : '0%';

const costRow = (line: CostLine, total: number): Line => {
  const { label, runs, tokensIn, tokensOut, costUsd } = line;
  const counts = `${runs} · ${format.tokens(tokensIn)}↓/${format.tokens(tokensOut)}↑`;
  return [`${cut(label, 40)}: ${counts} · ${format.cost(costUsd)} (${share(costUsd, total)})`];
};

/** A cost report (VIEW-7); `only` keeps one section. */
export function costLines(report: CostReport, texts: Texts, title: string, only: string | null): Line[] {
  const { total, by, top, wastedUsd, runsWithoutUsage } = report;
  const { tokensIn, tokensOut, costUsd, runs } = total;
  const sum = {
    cost: format.cost(costUsd),
    in: format.tokens(tokensIn),
    out: format.tokens(tokensOut),
    runs,
  };
  const sections = SECTIONS.filter((name) => only === null || only === name).flatMap((name): Line[] => {
    const rows = by[name] ?? [];
    if (rows.length === 0) return [];
    return [[''], [{ bold: texts.t(`cost-by-${name}`) }], ...rows.map((row) => costRow(row, costUsd))];
  });
  const listed = only === null || only === 'task' ? top.slice(0, 5) : [];
  const dearest =
    listed.length > 0
      ? [[''], [{ bold: texts.t('cost-top') }], ...listed.map((row) => costRow(row, costUsd))]
      : [];
  const p = costUsd > 0 ? Math.round((wastedUsd / costUsd) * 100) : 0;
  return [
    [texts.t('cost-title', { what: title })],
    [texts.t('cost-total', sum)],
    ...sections,
    ...dearest,
    ...(wastedUsd > 0 ? [[''], [texts.t('cost-wasted', { cost: format.cost(wastedUsd), p })]] : []),
    ...(runsWithoutUsage > 0 ? [[texts.t('cost-unreported', { n: runsWithoutUsage })]] : []),
  ];
}

async function cost(ask: Ask, args: string): Promise<Outcome> {
  const { texts, user } = ask;
  const { control } = ask.house.env;
  const { word } = firstWord(args);
  if (parseRef(word) !== null || (word === '' && ask.replied?.task)) {
    return withTask(ask, { command: 'cost', args }, async (view) => {
      const report = control.cost({ period: '30d', task: view.task.id, scope: null });
      await say(ask, costLines(report, texts, view.task.wid, 'stage'));
      return { ...OK, binding: bindingOf(view) };
    });
  }
  const words = args.toLowerCase().split(/\s+/);
  const period = PERIODS.find((name) => words.includes(name)) ?? 'today';
  const only = ['project', 'role', 'task', 'day'].find((name) => words.includes(name)) ?? null;
  const report = control.cost({ period, task: null, scope: scopeOf(user) });
  await say(ask, costLines(report, texts, texts.t(`cost-${period}`), only));
  return OK;
}

const budgetRow = ({ cap, capUsd, spentUsd }: BudgetLine, texts: Texts): Line => {
  const max = capUsd === null ? texts.t('word-none') : format.cost(capUsd);
  return [texts.t('budget-line', { cap: texts.t(`cap-${cap}`), spent: format.cost(spentUsd), max })];
};

/** Shows caps and spend, or raises the named cap, else the one that stopped the task, else the task's. */
async function budget(ask: Ask, view: RunView, rest: string): Promise<Outcome> {
  const { control, settings } = ask.house.env;
  const info = control.budget(view.task.id);
  const words = rest.toLowerCase().split(/\s+/).filter(Boolean);
  const amount = words.find((word) => word.startsWith('+'));
  const named = CAPS.find((cap) => words.includes(cap));
  if (amount === undefined) {
    const rows = info.lines.map((line) => budgetRow(line, ask.texts));
    await say(ask, [[ask.texts.t('budget-title', { wid: view.task.wid })], ...rows]);
    return { ...OK, binding: bindingOf(view) };
  }
  const usd = amount === '+' ? settings.raiseUsd : Number(amount.slice(1).replace('$', ''));
  if (!(usd > 0) || !Number.isFinite(usd)) return { ...USAGE, binding: bindingOf(view) };
  const payload = JSON.stringify({ cap: named ?? info.stoppedBy ?? 'task', usd });
  if (await questionFirst(ask, 'raise-budget', { view, payload }))
    return { result: 'asked', binding: bindingOf(view) };
  const done = PERFORM['raise-budget']?.({ ask, payload, bind: bindingOf(view), view });
  return done ? sayDone(ask, done) : { result: 'unavailable' };
}

export const MONEY_COMMANDS: readonly Command[] = [
  {
    name: 'cost',
    role: 'viewer',
    group: 'look',
    args: '[today|7d|30d|month] [project|role|task] or <task>',
    example: '/cost 7d role',
    changes: false,
    run: cost,
  },
  taskCommand(
    {
      name: 'budget',
      role: 'owner',
      group: 'decide',
      args: '<task> [attempt|task|day] [+usd]',
      example: '/budget ORCH-042 +25',
      changes: true,
    },
    budget,
  ),
];
