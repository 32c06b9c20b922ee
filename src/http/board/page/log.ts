import type { LogPage } from '../data.ts';
import type { Style } from '../format.ts';
import { type Html, html } from '../html.ts';
import { layout } from './layout.ts';

/** The end of a run's log, growing while it runs. */
export function logPage(style: Style, wid: string, log: LogPage | 'none' | 'no-right'): string {
  const { words } = style;
  const title = `${wid} · ${words.log}`;
  const task = `/board/tasks/${encodeURIComponent(wid)}`;
  const content: Html =
    typeof log === 'string'
      ? html`<p class="nothing">${log === 'none' ? words.noLog : words.noLogRight}</p>`
      : html`<p class="quiet">${style.stage(log.stage)}, ${words.attempt} ${log.attempt}</p><pre class="log">${log.text}</pre>`;
  return layout(style, {
    title,
    at: null,
    refreshS: 3,
    follow: true,
    body: html`<div class="narrow" data-part="log"><p class="crumbs"><a href="${task}">${wid}</a> / ${words.log}</p>${content}</div>`,
  });
}
