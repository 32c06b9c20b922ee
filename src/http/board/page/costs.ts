import type { CostPage, CostRow } from '../data.ts';
import type { Style } from '../format.ts';
import { type Html, html } from '../html.ts';
import { barChart, share } from './charts.ts';
import { layout } from './layout.ts';

export const PERIODS = [7, 30, 90] as const;

/** What agents cost: by day, project and role. */
export function costsPage(style: Style, costs: CostPage): string {
  const { words, usd, count } = style;
  const { total, byDay, byProject, byRole, top, wastedUsd } = costs;
  const bars = byDay.map(({ label, costUsd, runs }) => ({
    label,
    value: costUsd,
    title: `${label}: ${usd(costUsd)}, ${runs} ${words.runs}`,
  }));
  const most = Math.max(...byDay.map(({ costUsd }) => costUsd), 0);
  return layout(style, {
    title: words.costs,
    at: 'costs',
    refreshS: 60,
    body: html`<div class="narrow" data-part="costs">
<nav class="choice">${PERIODS.map((days) => html`<a href="${address(days, costs.project)}" aria-current="${String(days === costs.days)}">${days} ${words.days}</a>`)}</nav>
${costs.projects.length > 1 ? html`<nav class="choice">${[null, ...costs.projects].map((name) => html`<a href="${address(costs.days, name)}" aria-current="${String(name === costs.project)}">${name ?? words.all}</a>`)}</nav>` : ''}
<section class="totals"><p><b>${usd(total.costUsd)}</b> ${words.total}</p><p><b>${count(total.runs)}</b> ${words.runs}</p><p><b>${count(total.tokensIn + total.tokensOut)}</b> ${words.tokens}</p><p><b>${usd(wastedUsd)}</b> ${words.wasted}</p></section>
<section class="sheet"><h2>${words.byDay}</h2>${total.runs === 0 ? html`<p class="nothing">${words.noCosts}</p>` : barChart(bars, { label: words.byDay, top: usd(most) })}</section>
${[
  [words.byProject, byProject],
  [words.byRole, byRole],
  [words.top, top],
].map(([name, rows]) => table(style, name as string, rows as readonly CostRow[]))}
</div>`,
  });
}

const address = (days: number, project: string | null): string =>
  `/board/costs?days=${days}${project === null ? '' : `&project=${encodeURIComponent(project)}`}`;

function table({ words, usd, count }: Style, name: string, rows: readonly CostRow[]): Html {
  if (rows.length === 0) return html``;
  const most = Math.max(...rows.map(({ costUsd }) => costUsd));
  return html`<section class="sheet"><h2>${name}</h2><table>
${rows.map(
  ({
    label,
    costUsd,
    runs,
    tokensIn,
    tokensOut,
  }) => html`<tr><th scope="row">${label}</th><td class="wide">${share(costUsd, most)}</td><td class="number">${usd(costUsd)}</td><td class="number quiet">${runs} ${words.runs}, ${count(tokensIn + tokensOut)} ${words.tokens}</td></tr>
`,
)}</table></section>`;
}
