import type { Stretch, TaskPage, Visit } from '../data.ts';
import type { Style } from '../format.ts';
import { type Html, html } from '../html.ts';
import { stackedBar } from './charts.ts';
import { layout } from './layout.ts';
import { visitSection } from './visit.ts';

/** One task: what it is, where the time went, and every attempt at every stage. */
export function taskPage(style: Style, page: TaskPage): string {
  const { task, visits } = page;
  return layout(style, {
    title: `${task.wid} ${task.title}`,
    at: null,
    refreshS: 3,
    body: html`<div class="narrow">
<section data-part="head">${head(style, page)}</section>
<section class="sheet" data-part="time">${whereTimeWent(style, visits)}</section>
<h2 class="over">${style.words.timeline}</h2>
<ol class="timeline">
${visits.toReversed().map((visit) => visitSection(style, task.wid, visit))}
</ol>
</div>`,
  });
}

function head(style: Style, page: TaskPage): Html {
  const { words, clock } = style;
  const { task, description, links } = page;
  const named = Object.entries(links).flatMap(([key, url]) =>
    url === null
      ? []
      : [
          html`<a class="button" href="${url}" rel="noreferrer" target="_blank">${words.links[key as keyof typeof links]}</a>`,
        ],
  );
  const log = html`<a class="button" href="/board/tasks/${encodeURIComponent(task.wid)}/log">${words.log}</a>`;
  return html`<p class="crumbs">${task.wid} · ${task.repo}</p>
<h1>${task.title}</h1>
<p class="state ${task.tone}"><b>${words.tones[task.tone]}</b> <span>${task.sentence}</span> <span class="quiet">${clock(task.since)}</span></p>
${task.live === null ? '' : html`<p class="doing">${task.live}</p>`}
<dl class="facts">${facts(style, page).map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
<p class="buttons">${[log, ...named]}</p>
<details class="asked" data-key="asked"><summary>${words.description}</summary><p class="prose">${description}</p></details>`;
}

function facts(style: Style, page: TaskPage): [string, string | Html][] {
  const { words, usd, duration, clock, now } = style;
  const { task, capUsd, createdAt, endedAt, bounces, branch, shas } = page;
  const cap = capUsd === null ? '' : ` ${words.of} ${usd(capUsd)}`;
  const known = Object.entries(shas).flatMap(([key, sha]): [string, Html][] =>
    sha === null
      ? []
      : [[words.shas[key as keyof typeof shas], html`<code title="${sha}">${sha.slice(0, 7)}</code>`]],
  );
  return [
    [words.started, clock(createdAt)],
    [words.took, duration((endedAt ?? now) - createdAt)],
    [words.cost, `${usd(task.costUsd)}${cap}`],
    [words.returns, `${bounces}×`],
    [words.branch, html`<code>${branch}</code>`],
    ...known,
  ];
}

/** Colours of the bar, by who the task waited for. */
const TONES: Readonly<Record<Stretch['owner'] | 'work', string>> = {
  work: 'work',
  you: 'you',
  ci: 'other',
  lease: 'other',
  dependency: 'other',
  'repo gate': 'other',
  limit: 'stuck',
  budget: 'stuck',
  system: 'system',
};

const whoseTime = ({ kind, owner }: Stretch): keyof typeof TONES => (kind === 'working' ? 'work' : owner);

function whereTimeWent({ words, duration, now }: Style, visits: readonly Visit[]): Html {
  const sums = new Map<keyof typeof TONES, number>();
  for (const stretch of visits.flatMap(({ stretches }) => stretches)) {
    const who = whoseTime(stretch);
    sums.set(who, (sums.get(who) ?? 0) + (stretch.until ?? now) - stretch.from);
  }
  const parts = [...sums].filter(([, ms]) => ms > 0).sort(([, a], [, b]) => b - a);
  const shown = parts.map(([who, value]) => ({
    tone: TONES[who],
    value,
    title: `${words.owners[who]}: ${duration(value)}`,
  }));
  return html`<h2>${words.whereTimeWent}</h2>${stackedBar(shown)}
<ul class="legend">${parts.map(([who, ms]) => html`<li class="part-${TONES[who]}"><span>${words.owners[who]}</span> <b>${duration(ms)}</b></li>`)}</ul>`;
}
