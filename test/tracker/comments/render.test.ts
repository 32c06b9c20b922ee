import { describe, expect, test } from 'vitest';
import type { Role, Stage } from '../../../src/pipeline/stages.ts';
import { type CommentInput, renderComment } from '../../../src/tracker/comments/render.ts';
import type { Lang } from '../../../src/tracker/comments/words.ts';

const SHA = '4f2c9d1a7b3e8c5f6a0d9e8b7c6a5f4e3d2c1b0a';
const NAMES: Record<string, string> = {
  approved: 'Approved',
  rejected: 'Rejected',
  to_analyse: 'To Analyse',
  confirm_deploy: 'Confirm Deploy',
};
const USAGE = {
  inputTokens: 2_300,
  outputTokens: 2_140,
  cacheReadTokens: 9_000,
  cacheCreationTokens: 1_000,
  costUsd: 0.421,
};

const input = (change: Partial<CommentInput>): CommentInput => ({
  kind: 'started',
  lang: 'en',
  stage: 'analysis',
  author: 'stream',
  params: {},
  task: { testedSha: SHA, headSha: SHA },
  stateName: (key) => NAMES[key] ?? null,
  ...change,
});

const finished = (author: Role, stage: Stage, change: Partial<CommentInput> = {}): Partial<CommentInput> => ({
  kind: 'finished',
  author,
  stage,
  durationMs: 252_900,
  usage: USAGE,
  documents: [{ label: 'BRD', url: 'https://git.example.org/acme/shop/src/branch/feature/SHOP-7/01-brd.md' }],
  ...change,
});

const CASES: readonly (readonly [title: string, change: Partial<CommentInput>])[] = [
  ['started', { kind: 'started', author: 'analyst' }],
  ['finished, analyst', finished('analyst', 'analysis')],
  ['finished, architect', finished('architect', 'architecture')],
  ['finished, developer', finished('developer', 'development')],
  ['finished, reviewer', finished('reviewer', 'review', { verdict: ' APPROVED ' })],
  ['finished, tester', finished('tester', 'testing', { verdict: 'PASS' })],
  ['finished, staging', finished('deployer', 'deploy-staging', { verdict: 'SUCCESS' })],
  ['finished, deploy', finished('deployer', 'deploy', { verdict: 'SUCCESS' })],
  ['finished, nothing known', { kind: 'finished', author: 'developer', stage: 'development' }],
  ['finished, no control states', finished('analyst', 'analysis', { stateName: () => null })],
  ['relaunched', { kind: 'relaunched', author: 'analyst' }],
  [
    'questions',
    { kind: 'questions', author: 'analyst', params: { n: 2, text: '1. Which carriers?\n2. <b>Why</b>?' } },
  ],
  [
    'questions, chat only',
    { kind: 'questions', author: 'analyst', params: { text: 'Which?' }, stateName: () => null },
  ],
  ['empty', { kind: 'empty', author: 'analyst' }],
  ['stage', { kind: 'stage', params: { old: 'analysis', new: 'architecture', role: 'architect' } }],
  ['stage, no role', { kind: 'stage', params: { old: 'deploy', new: 'done' } }],
  [
    'gate failed',
    {
      kind: 'gate-failed',
      stage: 'testing',
      author: 'tester',
      params: { check: 'check_tests_passed', reason: '2 tests failed' },
    },
  ],
  [
    'conflict',
    { kind: 'conflict', author: 'architect', params: { reason: 'the two rules exclude each other' } },
  ],
  [
    'rollback',
    {
      kind: 'rollback',
      stage: 'review',
      author: 'reviewer',
      params: { cause: 'review', reason: 'P0: no test.', n: 1, max: 3 },
    },
  ],
  [
    'rollback, combined tree',
    {
      kind: 'rollback',
      stage: 'deploy-staging',
      author: 'deployer',
      params: { cause: 'retest', reason: 'exit 1', n: 2, max: 3 },
    },
  ],
  [
    'rejected at analysis',
    { kind: 'rejected', author: 'analyst', params: { by: 'Ann', reason: 'rejected without a comment' } },
  ],
  [
    'rejected later',
    {
      kind: 'rejected',
      stage: 'review',
      author: 'developer',
      params: { by: 'Ann', reason: 'the button is gone' },
    },
  ],
  [
    'staging failed',
    {
      kind: 'staging-failed',
      stage: 'deploy-staging',
      author: 'deployer',
      params: { reason: '3 of 9 checks' },
    },
  ],
  [
    'deploy failed',
    { kind: 'deploy-failed', stage: 'deploy', author: 'deployer', params: { reason: 'hook exit 1' } },
  ],
  [
    'hold',
    {
      kind: 'hold',
      stage: 'deploy',
      author: 'deployer',
      params: { cause: 'deploy-unknown', reason: 'no answer.' },
    },
  ],
  [
    'confirm',
    {
      kind: 'confirm',
      stage: 'deploy',
      author: 'deployer',
      params: { sha: SHA, time: 1_795_000_000_000, deploy: 'hook' },
    },
  ],
  [
    'confirm, merge only, chat only',
    {
      kind: 'confirm',
      stage: 'deploy',
      params: { sha: SHA, time: 1_795_000_000_000, deploy: 'none' },
      stateName: () => null,
    },
  ],
  [
    'confirm void',
    { kind: 'confirm-void', stage: 'deploy', author: 'deployer', params: { reason: 'main has moved' } },
  ],
  [
    'blocked',
    {
      kind: 'blocked',
      stage: 'development',
      params: { cause: 'rework-exhausted', reason: 'refused 3 times.' },
    },
  ],
  ['stopped', { kind: 'stopped', stage: 'cancelled', params: { archive: 'refs/archive/SHOP-007/20261120' } }],
  ['stopped, nothing to keep', { kind: 'stopped', stage: 'cancelled', params: { archive: null } }],
  ['auto approve', { kind: 'auto', params: { what: 'approve', label: 'autoApprove' } }],
  ['auto deploy', { kind: 'auto', stage: 'deploy', params: { what: 'deploy', label: 'autoDeploy' } }],
  ['decided, approved', { kind: 'decided', params: { what: 'approved', by: 'Ann <admin>' } }],
  ['decided, confirmed', { kind: 'decided', stage: 'deploy', params: { what: 'confirmed', by: 'Ann' } }],
  ['watch', { kind: 'watch', stage: 'done', params: { state: 'DEGRADED', reason: '3 of 5 probes failed' } }],
  ['done', { kind: 'done', stage: 'done', author: 'deployer' }],
  ['done, deploy none', { kind: 'done', stage: 'done', author: 'deployer', deploy: 'none' }],
  [
    'summary',
    {
      kind: 'summary',
      stage: 'done',
      author: 'deployer',
      runs: [
        { role: 'developer', usage: USAGE },
        { role: 'analyst', usage: USAGE },
        { role: 'developer', usage: USAGE },
        { role: 'tester', usage: null },
      ],
    },
  ],
  ['ignored', { kind: 'ignored', params: { status: 'Approved', reason: 'nothing_to_approve' } }],
  [
    'qg0',
    {
      kind: 'qg0',
      problems: [
        { kind: 'title-short', n: 4, min: 5 },
        { kind: 'title-long', n: 81, max: 80 },
        { kind: 'description-short', n: 0, min: 20 },
      ],
    },
  ],
];

describe('engine comments (tracker.md section 9)', () => {
  test.each<Lang>(['en', 'ru'])('PLANE-48 every kind reads as specified in %s', async (lang) => {
    const page = CASES.map(
      ([title, change]) => `== ${title}\n${renderComment(input({ ...change, lang }))}\n`,
    );
    await expect(page.join('\n')).toMatchFileSnapshot(`comments.${lang}.txt`);
  });

  test('PLANE-50 the analyst never says :approved: or In Progress', () => {
    for (const lang of ['en', 'ru'] as const)
      expect(renderComment(input({ ...finished('analyst', 'analysis'), lang }))).not.toMatch(
        /:approved:|In Progress/,
      );
  });

  test('TRK-9 text of people and models is escaped, control characters go, only http links are links', () => {
    const html = renderComment(
      input({
        ...finished('reviewer', 'review'),
        verdict: `<img src=x onerror="a()">'\u0007`,
        documents: [
          { label: 'a"b', url: 'javascript:alert(1)' },
          { label: 'ok', url: `https://git.example.org/a?b="c"&d='e'` },
        ],
      }),
    );
    expect(html).toContain('Verdict: &lt;img src=x onerror=&quot;a()&quot;&gt;&#39;<br>');
    expect(html).toContain('<li>a&quot;b</li>');
    expect(html).toContain('<a href="https://git.example.org/a?b=&quot;c&quot;&amp;d=&#39;e&#39;">ok</a>');
    expect(html).not.toContain('javascript:');
  });

  test('PLANE-47 a failing part drops only its own line, a failing whole leaves one line', () => {
    const errors: unknown[] = [];
    const broken = {
      get length(): number {
        throw new Error('boom');
      },
    } as unknown as CommentInput['documents'] & object;
    const part = renderComment(
      input({
        ...finished('tester', 'testing', { verdict: 'PASS', documents: broken }),
        onError: (e) => errors.push(e),
      }),
    );
    expect(part).toBe(
      '<p>🧪 Tester — Test run is done.<br>Verdict: PASS<br>Duration: 4m 12s</p><p><sub>12.3k in (10.0k cached) / 2.1k out · $0.42</sub></p>',
    );
    const whole = renderComment(
      input({
        kind: 'confirm',
        author: 'deployer',
        tz: 'No/Where',
        params: { time: 1 },
        onError: (e) => errors.push(e),
      }),
    );
    expect(whole).toBe('<p>🚀 Deployer</p>');
    expect(errors).toHaveLength(2);
  });

  test('PLANE-47 a comment is at most 50,000 characters, cut at a block end', () => {
    const documents = Array.from({ length: 2000 }, (_, n) => ({
      label: `Document ${n}`,
      url: `https://git.example.org/${n}`,
    }));
    const html = renderComment(input({ ...finished('analyst', 'analysis'), documents }));
    expect(html.length).toBeLessThanOrEqual(50_000);
    expect(html).toMatch(/<\/li><\/ul><p>…<\/p>$/);
  });

  test('9.2 questions over 10,000 characters are cut, and the comment stays whole when escaping makes it long', () => {
    const plain = renderComment(input({ kind: 'questions', params: { text: 'x'.repeat(10_001) } }));
    expect(plain).toContain(`${'x'.repeat(9_999)}…</p>`);
    const dense = renderComment(input({ kind: 'questions', params: { text: '"'.repeat(10_000) } }));
    expect(dense.length).toBeLessThanOrEqual(50_000);
    expect(dense).toMatch(/<p>…<\/p>$/);
  });
});
