import type { Judgement } from './budgets.ts';
import type { Findings, Part, Row } from './part.ts';

/** Three digits that mean something, whole numbers from a thousand on. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en-US');
  if (Number.isInteger(value)) return String(value);
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3).replace(/\.?0+$/, '');
}

const cell = (value: Row['value']): string => (typeof value === 'string' ? value : formatNumber(value));

/** The table of one part, columns aligned. */
export function renderTable({ title }: Pick<Part, 'title'>, { rows, notes = [] }: Findings): string {
  const cells = rows.map(({ what, value, unit = '', beside = '' }) => [what, cell(value), unit, beside]);
  const widths = [0, 1, 2].map((column) => Math.max(0, ...cells.map((row) => row[column]?.length ?? 0)));
  const lines = cells.map(([what = '', value = '', unit = '', beside = '']) =>
    [what.padEnd(widths[0] ?? 0), value.padStart(widths[1] ?? 0), unit.padEnd(widths[2] ?? 0), beside]
      .join('  ')
      .trimEnd(),
  );
  return [title, ...lines.map((line) => `  ${line}`), ...notes.map((note) => `  · ${note}`)].join('\n');
}

const WORDS = { atLeast: 'at least', atMost: 'at most', equals: 'the same as' } as const;

/** One line per limit that is not kept. */
export function renderMissed(judgements: readonly Judgement[]): string[] {
  return judgements
    .filter(({ kept }) => !kept)
    .map(({ part, budget: { figure, limit, kind }, found }) => {
      const [how, value] = Object.entries(limit)[0] as [keyof typeof WORDS, number | string];
      const said = `${part}.${figure}: expected ${WORDS[how]} ${value}, found ${formatNumber(found ?? Number.NaN)}`;
      return `${kind === 'budget' ? 'BUDGET BROKEN' : 'goal missed'}  ${said}`;
    });
}

const rounded = (value: number | null): number | null =>
  value === null || !Number.isFinite(value) ? null : Number(value.toPrecision(4));

/** The last line of `--json`: the figures of every part that ran, by its name. */
export const renderJson = (found: Readonly<Record<string, Findings>>): string =>
  JSON.stringify(
    Object.fromEntries(
      Object.entries(found).map(([part, { figures }]) => [
        part,
        Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, rounded(value)])),
      ]),
    ),
  );
