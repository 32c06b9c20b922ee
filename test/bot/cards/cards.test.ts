import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CARD_MAX, renderCard, renderCardText } from '../../../src/bot/cards/card.ts';
import { cardButtons } from '../../../src/bot/cards/card-buttons.ts';
import { linesHtml } from '../../../src/bot/markup.ts';
import { createCatalog } from '../../../src/bot/texts.ts';
import type { RunView } from '../../../src/pipeline/view.ts';
import { WAITING_KINDS } from '../../../src/pipeline/waiting.ts';
import { NOON, runOf, usageOf, viewOf, waitingOf, waitingView } from '../../support/bot/views.ts';

const catalog = createCatalog();
const MINUTE = 60_000;
const options = { idleMs: 2 * MINUTE };
const LANGS = ['en', 'ru'] as const;

const bounce = {
  cause: 'review' as const,
  stage: 'review' as const,
  attempt: 1,
  sha: null,
  reason: 'no test',
  fingerprint: null,
  at: NOON - 5 * MINUTE,
};
const editing = runOf('development', {
  attempt: 2,
  status: 'running',
  class: null,
  startedAt: NOON - 4 * MINUTE,
  endedAt: null,
  usage: null,
  progress: {
    phase: 'working',
    activity: { verb: 'editing', object: 'packages/web/src/components/dashboard/widgets/reports/export.ts' },
    turns: 38,
    tokensIn: 2_100_000,
    tokensOut: 18_400,
    costUsd: 1.12,
    estimated: true,
    model: 'claude-opus-5-5',
    at: NOON - 3000,
  },
});
const silent = { ...editing, progress: editing.progress && { ...editing.progress, at: NOON - 7 * MINUTE } };
const analysed = runOf('analysis');
const reviewed = runOf('review', {
  usage: usageOf({ costUsd: 0.5, estimated: true, requestedModel: 'sonnet' }),
});
const rework = {
  stage: 'development' as const,
  attempt: 2,
  attempts: { analysis: 1, architecture: 1, development: 2, review: 1 },
  bounces: [bounce],
  review: { ms: 5 * MINUTE, since: null },
};
const ended = (change: object) => ({
  stage: 'done' as const,
  attempts: {
    analysis: 1,
    architecture: 1,
    development: 1,
    review: 1,
    testing: 1,
    'deploy-staging': 1,
    deploy: 1,
  },
  activity: { kind: 'ended' as const, since: NOON },
  endedAt: NOON,
  prNumber: 12,
  landedSha: '3f9a2c1d5e6f7081',
  servedSha: '3f9a2c1d5e6f7081',
  review: { ms: 5 * MINUTE, since: null },
  confirm: { ms: 12 * MINUTE, since: null },
  confirmation: { sha: '3f9a2c1d', baseSha: null, by: 'Ada', at: NOON - 3 * MINUTE },
  ...change,
});
const allRuns = (
  ['analysis', 'architecture', 'development', 'review', 'testing', 'deploy-staging'] as const
).map((stage) => runOf(stage));
const watch = {
  state: 'WATCHING' as const,
  ticks: 7,
  of: 15,
  failed: 0,
  observed: true,
  reason: '',
  rolledBack: null,
};
const rolledBack = { ok: true, toSha: 'aaaaaaa', detail: '' };

const STATES: Readonly<Record<string, RunView>> = {
  running: viewOf({ runs: [analysed, { ...editing, attempt: 1 }] }),
  queued: viewOf({ now: { kind: 'queued', since: NOON - 20_000, ahead: 2, busy: 2, max: 2 } }),
  checking: viewOf({
    task: { activity: { kind: 'working', step: 'gate.ci_green', since: NOON - MINUTE, deadline: NOON } },
  }),
  'bounce, attempt 2': viewOf({ task: rework, runs: [analysed, runOf('architecture'), reviewed, editing] }),
  'no output': viewOf({ task: rework, runs: [analysed, silent] }),
  'human reject': viewOf({
    task: {
      stage: 'analysis',
      attempt: 2,
      attempts: { analysis: 2, architecture: 1 },
      words: [{ kind: 'reject', text: 'no', by: 'Ada', at: NOON, stage: 'architecture', attempt: 1 }],
    },
  }),
  'under a minute': viewOf({ runs: [runOf('analysis', { startedAt: NOON - 20_000, endedAt: NOON })] }),
  'title with markup': viewOf({ task: { title: 'Show <b>& "quotes" \u202ebackwards @everyone' } }),
  'flags and notes': viewOf({
    task: { auto: { approve: true, deploy: true } },
    notes: [
      { kind: 'board-differs', status: 'Rejected' },
      { kind: 'restored', count: 2 },
      { kind: 'foreign-push', sha: '1234567890' },
      { kind: 'merged-outside' },
    ],
    money: { spentUsd: 41, estimated: true, taskCapUsd: 50 },
  }),
  'issue deleted in the tracker': viewOf({ notes: [{ kind: 'issue-gone' }] }),
  'review clock running': waitingView('approval', {
    task: { stage: 'analysis', attempts: { analysis: 1 }, review: { ms: MINUTE, since: NOON - 7 * MINUTE } },
  }),
  'staging none': viewOf({
    project: { staging: 'none', deploy: 'none' },
    task: {
      stage: 'deploy',
      attempts: { analysis: 1, 'deploy-staging': 1, deploy: 1 },
      activity: waitingOf('confirm'),
      confirm: { ms: 0, since: NOON - 7 * MINUTE },
    },
  }),
  'staging failed': viewOf({
    task: {
      failedStage: 'deploy-staging',
      attempts: { analysis: 1, architecture: 1, development: 1, review: 1, testing: 1, 'deploy-staging': 1 },
      activity: waitingOf('blocked', { cause: 'staging-failed', reason: '3/10 checks', facts: {} }),
    },
  }),
  cancelled: viewOf({
    task: {
      stage: 'cancelled',
      activity: { kind: 'ended', since: NOON },
      stop: { by: 'Ada', at: NOON, reason: 'not needed', deferred: false },
      endedAt: NOON,
    },
  }),
  done: viewOf({ task: ended({}), runs: allRuns, watch: { ...watch, state: 'HEALTHY', ticks: 15 } }),
  'done, watching': viewOf({
    task: ended({}),
    runs: allRuns,
    watch,
    links: linksOf(),
    previousServedSha: 'aaaaaaa',
  }),
  'done, merged only': viewOf({
    task: ended({ prNumber: null, servedSha: null }),
    project: { deploy: 'none', staging: 'none' },
    runs: allRuns,
  }),
  degraded: viewOf({ task: ended({}), runs: allRuns, watch: { ...watch, state: 'DEGRADED', failed: 3 } }),
  'rolled back': viewOf({
    task: ended({}),
    runs: allRuns,
    watch: { ...watch, state: 'DEGRADED', rolledBack },
  }),
  'hold, deploy unknown': waitingView('hold', {
    task: {
      stage: 'deploy',
      attempts: { analysis: 1, deploy: 1 },
      activity: waitingOf('hold', { cause: 'deploy-unknown', reason: 'no result file' }),
    },
  }),
  ...Object.fromEntries(WAITING_KINDS.map((kind) => [`waiting ${kind}`, waitingView(kind)])),
};

function linksOf(): RunView['links'] {
  const at = 'https://git.example/acme/shop';
  return { brd: `${at}/brd`, pr: `${at}/pulls/12`, diff: `${at}/compare?a=1&b=2`, issue: null };
}

/** What a person sees: the card, then its buttons. */
const screen = (view: RunView, lang: 'en' | 'ru'): string => {
  const texts = catalog(lang);
  const rows = cardButtons(view, texts, { raiseUsd: 25 }).map((row) =>
    row.map(({ text }) => `[${text}]`).join(' '),
  );
  return [linesHtml(renderCard(view, texts, options).lines), ...rows].join('\n');
};

describe('the card', () => {
  it.each(LANGS)('looks in every state as the readable snapshot says, in %s (CARD-2)', async (lang) => {
    const screens = Object.entries(STATES).map(([name, view]) => `=== ${name} ===\n${screen(view, lang)}\n`);
    await expect(screens.join('\n')).toMatchFileSnapshot(`cards.${lang}.txt`);
  });

  it('is drawn for a terminal without tags (CARD-3)', () => {
    const text = renderCardText(STATES['title with markup'] as RunView, catalog('en'), options);
    expect(text).toContain('Show <b>& "quotes"');
    expect(text).not.toContain('<code>');
  });

  it('escapes a title with markup and shows a short run as &lt;1m (CARD-15, SAFE-1)', () => {
    const snapshot = `${screen(STATES['title with markup'] as RunView, 'en')}${screen(STATES['under a minute'] as RunView, 'en')}`;
    expect(snapshot).toContain('Show &lt;b&gt;&amp; "quotes" backwards @\u2060everyone');
    expect(snapshot).toContain('✅ <code>Analysis     </code> &lt;1m · ');
  });

  it('never exceeds 3500 characters and drops the live line first (CARD-16)', () => {
    const long = '<&>'.repeat(400);
    const view = viewOf({
      task: {
        ...rework,
        title: long,
        stop: null,
        activity: STATES['bounce, attempt 2']?.task.activity as never,
      },
      runs: [...allRuns.slice(0, 2), reviewed, editing].map((run) => ({
        ...run,
        usage: run.usage && { ...run.usage, model: long },
      })),
    });
    const { lines } = renderCard(view, catalog('en'), options);
    const html = linesHtml(lines);
    expect(html.length).toBeLessThanOrEqual(CARD_MAX);
    expect(html).not.toContain('↳');
  });

  it('inc-94 stays within its limit and its markup whatever people and models wrote (SAFE-1, CARD-16)', () => {
    const text = fc.string({ unit: 'binary', maxLength: 2000 });
    fc.assert(
      fc.property(text, text, text, (title, reason, model) => {
        const view = waitingView('blocked', {
          task: {
            title,
            activity: waitingOf('blocked', { cause: 'step-faulted', reason, facts: { step: model } }),
          },
          runs: [runOf('analysis', { usage: usageOf({ model }) })],
        });
        const html = linesHtml(renderCard(view, catalog('ru'), options).lines);
        expect(html.length).toBeLessThanOrEqual(CARD_MAX);
        expect(html.replace(/<\/?code>/g, '')).not.toMatch(/[<>]/);
      }),
    );
  });
});
