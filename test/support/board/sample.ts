import type { BoardApi, BoardTask, CostRow, TaskPage, Viewer, Visit } from '../../../src/http/board/data.ts';
import { STAGES } from '../../../src/pipeline/stages.ts';

const MIN = 60_000;
const HOUR = 60 * MIN;

export const NOW = Date.UTC(2026, 2, 12, 14, 30);
/** What must never become markup. */
export const HOSTILE = `<img src=x onerror="document.title='owned'"> & 'quotes' \u202Eevil`;

const card = (task: Partial<BoardTask> & Pick<BoardTask, 'wid' | 'stage'>): BoardTask => ({
  repo: 'shop',
  title: 'Show the delivery date in the cart',
  attempt: 1,
  tone: 'working',
  sentence: 'developer is working on Development, attempt 1.',
  since: NOW - 7 * MIN,
  live: null,
  costUsd: 1.42,
  ...task,
});

export const TASKS: readonly BoardTask[] = [
  card({
    wid: 'SHOP-014',
    stage: 'analysis',
    tone: 'you',
    title: 'Let a customer pause a subscription for a month',
    sentence: 'Waiting for you: approve the analysis.',
    since: NOW - 3 * HOUR,
  }),
  card({
    wid: 'BLOG-003',
    repo: 'blog',
    stage: 'architecture',
    tone: 'queued',
    title: 'Tag pages',
    sentence: 'Queued: 1 ahead, 1 of 1 agents busy.',
    costUsd: 0,
  }),
  card({
    wid: 'SHOP-012',
    stage: 'development',
    attempt: 2,
    sentence: 'developer is working on Development, attempt 2.',
    live: 'editing src/cart/delivery-date.ts',
  }),
  card({
    wid: 'SHOP-013',
    stage: 'review',
    title: 'Search by colour and size',
    tone: 'waiting',
    sentence: 'Waiting for CI on 3f2a91c: pending, next look 14:32.',
    costUsd: 0.2,
  }),
  card({
    wid: 'SHOP-009',
    stage: 'deploy',
    tone: 'stuck',
    title: 'Refund partial orders',
    sentence: 'On hold: the merge could not be proven. Nothing was deployed. Retry or stop.',
    costUsd: 12.7,
  }),
];

const FINISHED: readonly BoardTask[] = [
  card({
    wid: 'SHOP-011',
    stage: 'done',
    tone: 'done',
    title: 'Gift wrapping',
    sentence: 'SHOP-011 is done.',
    since: NOW - 26 * HOUR,
    costUsd: 4.1,
  }),
  card({
    wid: 'BLOG-002',
    repo: 'blog',
    stage: 'cancelled',
    tone: 'stopped',
    title: 'Dark mode',
    sentence: 'BLOG-002 is stopped.',
    since: NOW - 50 * HOUR,
    costUsd: 0.9,
  }),
];

const run = (role: string, from: number, until: number | null) => ({
  role,
  ended: until === null ? null : 'finished',
  from,
  until,
  model: 'claude-opus-5-5',
  turns: 12,
  tokensIn: 182_000,
  tokensOut: 9_400,
  costUsd: 0.71,
  host: 'box-1',
  hasLog: true,
});
const verdict = (
  step: string,
  outcome: string,
  reason: string,
  at: number,
  evidence: Record<string, unknown> = {},
) => ({
  step,
  outcome,
  reason,
  at,
  evidence,
});
const start = NOW - 5 * HOUR;

const VISITS: readonly Visit[] = [
  {
    stage: 'analysis',
    attempt: 1,
    from: start,
    until: start + 3.4 * HOUR,
    stretches: [
      { kind: 'working', owner: 'system', from: start, until: start + 24 * MIN },
      { kind: 'approval', owner: 'you', from: start + 24 * MIN, until: start + 3.4 * HOUR },
    ],
    runs: [run('analyst', start, start + 23 * MIN)],
    verdicts: [
      verdict('gate.analysis_complete', 'passed', 'analysis complete', start + 24 * MIN, { questions: 0 }),
    ],
    acts: [
      {
        at: start + 30 * MIN,
        who: 'Kim',
        what: 'approve',
        accepted: false,
        why: 'Only an owner may approve this project.',
      },
      { at: start + 3.4 * HOUR, who: 'Ada', what: 'approve', accepted: true, why: '' },
    ],
  },
  {
    stage: 'development',
    attempt: 1,
    from: start + 3.4 * HOUR,
    until: start + 4.2 * HOUR,
    stretches: [
      { kind: 'working', owner: 'system', from: start + 3.4 * HOUR, until: start + 4 * HOUR },
      { kind: 'ci', owner: 'ci', from: start + 4 * HOUR, until: start + 4.2 * HOUR },
    ],
    runs: [run('developer', start + 3.4 * HOUR, start + 4 * HOUR)],
    verdicts: [
      verdict('gate.ci_green', 'failed', 'CI state: failure', start + 4.2 * HOUR, {
        sha: '8683e3281cccc6b8e8edf624ff0fc52dfc926a4c',
        contexts: [{ context: 'ci/test', state: 'failure', description: HOSTILE }],
      }),
    ],
    acts: [],
  },
  {
    stage: 'development',
    attempt: 2,
    from: start + 4.2 * HOUR,
    until: null,
    stretches: [{ kind: 'working', owner: 'system', from: start + 4.2 * HOUR, until: null }],
    runs: [run('developer', start + 4.2 * HOUR, null)],
    verdicts: [],
    acts: [],
  },
];

const row = (label: string, costUsd: number, runs = Math.ceil(costUsd)): CostRow => ({
  label,
  runs,
  tokensIn: costUsd * 210_000,
  tokensOut: costUsd * 9_000,
  costUsd,
});
const DAILY = [0, 3.1, 7.9, 0, 0, 12.4, 9.8, 4.2, 0.6, 18.9, 11.2, 2.5, 0, 6.6];

/** The people of the sample, by the id of the chat. */
export const PEOPLE: Readonly<Record<string, Viewer>> = {
  1001: { name: 'Ada', projects: null, mayReadLogs: true },
  1002: { name: 'Kim', projects: ['blog'], mayReadLogs: false },
};

/** A board to look at; `tasks` may be exchanged while somebody looks. */
export function sampleBoard(): BoardApi & { tasks: BoardTask[]; log: BoardApi['log']; lines: string[] } {
  const sees = ({ projects }: Viewer, repo: string) => projects === null || projects.includes(repo);
  const api = {
    tasks: [...TASKS],
    lines: Array.from(
      { length: 60 },
      (_, index) => `14:${String(index).padStart(2, '0')} read src/cart/item-${index}.ts`,
    ),
    overview(viewer: Viewer) {
      const mine = api.tasks.filter(({ repo }) => sees(viewer, repo));
      return {
        columns: STAGES.slice(1, -2).map((stage) => ({
          stage,
          tasks: mine.filter((task) => task.stage === stage),
        })),
        finished: FINISHED.filter(({ repo }) => sees(viewer, repo)),
        agents: { busy: 1, max: 1 },
        needsYou: 2,
        spentToday: { usd: 6.6, capUsd: 100 },
        paused: null,
        freezes: [{ repo: 'shop', reason: 'SHOP-009 made the shop unhealthy', since: NOW - HOUR }].filter(
          ({ repo }) => sees(viewer, repo),
        ),
      };
    },
    task(viewer: Viewer, wid: string): TaskPage | null {
      const task = [...api.tasks, ...FINISHED].find((one) => one.wid === wid);
      if (task === undefined || !sees(viewer, task.repo)) return null;
      return {
        task,
        description: `Customers ask when a parcel comes.\n\nShow it in the cart. ${HOSTILE}`,
        branch: 'feature/SHOP-012-show-the-delivery-date',
        bounces: 1,
        capUsd: 50,
        createdAt: start,
        endedAt: null,
        links: {
          brd: 'https://git.example.test/acme/shop/01-brd.md',
          pr: 'https://git.example.test/acme/shop/pulls/7',
          diff: null,
          issue: null,
        },
        shas: { tested: '8683e3281cccc6b8e8edf624ff0fc52dfc926a4c', landed: null, served: null },
        visits: VISITS,
      };
    },
    log: (_: Viewer, { wid }: { wid: string }) => ({
      wid,
      stage: 'development' as const,
      attempt: 2,
      text: api.lines.join('\n'),
    }),
    costs(viewer: Viewer, { days, project }: { days: number; project: string | null }) {
      const byDay = Array.from({ length: days }, (_, index) => {
        const at = new Date(NOW - (days - 1 - index) * 24 * HOUR).toISOString().slice(0, 10);
        return row(at, DAILY[(index * 5) % DAILY.length] ?? 0);
      });
      const usd = byDay.reduce((sum, { costUsd }) => sum + costUsd, 0);
      return {
        days,
        project,
        projects: ['shop', 'blog'].filter((repo) => sees(viewer, repo)),
        total: row('total', usd),
        byDay,
        byProject: [row('shop', usd * 0.8), row('blog', usd * 0.2)],
        byRole: [
          row('developer', usd * 0.55),
          row('reviewer', usd * 0.2),
          row('analyst', usd * 0.15),
          row('tester', usd * 0.1),
        ],
        top: [row('SHOP-009', 12.7), row('SHOP-011', 4.1), row('SHOP-012', 1.42)],
        wastedUsd: usd * 0.12,
      };
    },
    person: (id: string) => PEOPLE[id] ?? null,
  };
  return api;
}
