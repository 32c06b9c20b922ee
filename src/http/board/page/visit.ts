import type { BoardAct, BoardRun, BoardVerdict, Stretch, Visit } from '../data.ts';
import type { Style } from '../format.ts';
import { type Html, html } from '../html.ts';

/** One attempt at a stage: runs, waits, verdicts with their evidence, and what people did. */
export function visitSection(style: Style, wid: string, visit: Visit): Html {
  const { words, clock, duration, now } = style;
  const { stage, attempt, from, until, runs, verdicts, acts, stretches } = visit;
  const waits = stretches.filter(({ kind }) => kind !== 'working');
  const key = `${stage}-${attempt}-${from}`;
  return html`<li class="visit${until === null ? ' open' : ''}" data-part="visit-${key}">
  <h3>${style.stage(stage)}${attempt > 1 ? html` <span class="quiet">${words.attempt} ${attempt}</span>` : ''}<span class="when">${clock(from)} · ${duration((until ?? now) - from)}</span></h3>
  <ul>
  ${runs.map((run) => runLine(style, run, `/board/tasks/${encodeURIComponent(wid)}/log?stage=${stage}`))}
  ${verdicts.map((verdict) => verdictLine(style, verdict, key))}
  ${waits.map((wait) => waitLine(style, wait))}
  ${acts.map((act) => actLine(style, act))}
  </ul>
</li>
`;
}

function runLine({ words, usd, count, duration, now }: Style, run: BoardRun, log: string): Html {
  const took = run.from === null ? '' : duration((run.until ?? now) - run.from);
  const facts = [
    took,
    run.turns > 0 ? `${run.turns} ${words.turns}` : '',
    run.tokensIn + run.tokensOut > 0 ? `${count(run.tokensIn + run.tokensOut)} ${words.tokens}` : '',
    run.costUsd > 0 ? usd(run.costUsd) : '',
    run.model ?? '',
    run.host ?? '',
  ].filter(Boolean);
  return html`<li class="run"><b>${run.role}</b> <span class="outcome">${run.ended ?? words.running}</span> <span class="quiet">${facts.join(' · ')}</span>${run.hasLog ? html` <a href="${log}">${words.showLog}</a>` : ''}</li>`;
}

/** Marks of what a step found; everything else is a dot. */
const MARKS: Readonly<Record<string, readonly [mark: string, tone: string]>> = {
  passed: ['✓', 'good'],
  failed: ['✗', 'bad'],
  'cannot-verify': ['✗', 'bad'],
  'no-verdict': ['?', 'warn'],
  stale: ['?', 'warn'],
  'needs-input': ['?', 'warn'],
};

function verdictLine({ words, clock }: Style, verdict: BoardVerdict, visit: string): Html {
  const { step, outcome, reason, evidence, at } = verdict;
  const [mark, tone] = MARKS[outcome] ?? ['·', 'plain'];
  const rows = Object.entries(evidence);
  return html`<li class="verdict ${tone}"><span class="mark" title="${outcome}">${mark}</span> <b>${step.replace(/^gate\./, '').replaceAll('_', ' ')}</b> <span>${reason}</span> <span class="quiet">${clock(at)}</span>
  ${rows.length === 0 ? '' : html`<details data-key="${visit}-${step}-${at}"><summary>${words.evidence}</summary><dl class="evidence">${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${evidenceText(value)}</dd></div>`)}</dl></details>`}</li>`;
}

const EVIDENCE_MAX = 4000;

function evidenceText(value: unknown): Html {
  if (typeof value === 'object' && value !== null) {
    const text = JSON.stringify(value, null, 2);
    return html`<pre>${text.length > EVIDENCE_MAX ? `${text.slice(0, EVIDENCE_MAX)}…` : text}</pre>`;
  }
  const text = String(value);
  return html`${text.length > EVIDENCE_MAX ? `${text.slice(0, EVIDENCE_MAX)}…` : text}`;
}

const waitLine = ({ words, duration, clock, now }: Style, { kind, owner, from, until }: Stretch): Html =>
  html`<li class="wait ${owner === 'you' ? 'you' : ''}"><span class="mark">◷</span> <b>${words.waits[kind]}</b> <span>${duration((until ?? now) - from)}</span> <span class="quiet">${clock(from)}</span></li>`;

const actLine = ({ words, clock }: Style, { at, who, what, accepted, why }: BoardAct): Html =>
  html`<li class="act"><span class="mark">›</span> <b>${who}</b> <span>${what}</span>${accepted ? '' : html` <span class="bad">${words.refused}: ${why}</span>`} <span class="quiet">${clock(at)}</span></li>`;
