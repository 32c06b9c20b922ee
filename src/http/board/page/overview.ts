import type { BoardTask, Overview } from '../data.ts';
import type { Style } from '../format.ts';
import { type Html, html } from '../html.ts';
import { layout } from './layout.ts';

/** The board: tasks by stage. */
export function overviewPage(style: Style, overview: Overview): string {
  const { words } = style;
  const { columns, finished } = overview;
  const empty = columns.every(({ tasks }) => tasks.length === 0);
  return layout(style, {
    title: words.board,
    at: 'board',
    refreshS: 3,
    body: html`<section class="totals" data-part="totals">${totals(style, overview)}</section>
<section class="notices" data-part="notices">${notices(style, overview)}</section>
${empty ? html`<p class="nothing" data-part="nothing">${words.nothing}</p>` : ''}
<div class="board">
${columns.map(({ stage, tasks }) => column(style, { name: style.stage(stage), key: stage, tasks }))}
</div>
${finished.length === 0 ? '' : html`<section class="finished" data-part="finished"><h2>${words.finished}</h2><div>${finished.map((task) => card(style, task))}</div></section>`}`,
  });
}

function totals({ words, usd }: Style, { agents, needsYou, spentToday }: Overview): Html {
  const cap = spentToday.capUsd === null ? '' : ` ${words.of} ${usd(spentToday.capUsd)}`;
  return html`<p><b>${agents.busy}/${agents.max}</b> ${words.agents}</p>
<p class="${needsYou > 0 ? 'you' : ''}"><b>${needsYou}</b> ${words.needYou}</p>
<p><b>${usd(spentToday.usd)}</b>${cap} ${words.today}</p>`;
}

const notices = ({ words, clock }: Style, { paused, freezes }: Overview): Html =>
  html`${paused === null ? '' : html`<p class="notice">${words.paused} ${paused.by}, ${clock(paused.since)}</p>`}
${freezes.map(({ repo, reason, since }) => html`<p class="notice">❄ ${repo} ${words.frozen}: ${reason}, ${clock(since)}</p>`)}`;

function column(
  style: Style,
  { name, key, tasks }: { name: string; key: string; tasks: readonly BoardTask[] },
): Html {
  return html`<section class="column${tasks.length === 0 ? ' empty' : ''}" data-part="column-${key}">
  <h2><span>${name}</span> <span class="count">${tasks.length}</span></h2>
  ${tasks.map((task) => card(style, task))}
</section>
`;
}

function card({ words, duration, usd, now }: Style, task: BoardTask): Html {
  const { wid, repo, title, tone, sentence, since, live, costUsd, attempt } = task;
  return html`<a class="card ${tone}" href="/board/tasks/${encodeURIComponent(wid)}">
    <span class="line"><b>${wid}</b><span class="tone">${words.tones[tone]}</span></span>
    <span class="title">${title}</span>
    <span class="sentence">${sentence}</span>
    ${live === null ? '' : html`<span class="doing">${live}</span>`}
    <span class="line quiet"><span>${repo}</span><span>${attempt > 1 ? `${words.attempt} ${attempt} · ` : ''}${duration(now - since)}${costUsd > 0 ? ` · ${usd(costUsd)}` : ''}</span></span>
  </a>`;
}
