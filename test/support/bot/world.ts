import { type ChatBot, createBot } from '../../../src/bot/bot.ts';
import { realTimers, type Timers } from '../../../src/bot/env.ts';
import type { Applied, Control, ProjectInfo } from '../../../src/bot/ports.ts';
import { type BotSettings, DEFAULT_BOT_SETTINGS } from '../../../src/bot/settings.ts';
import { silentLogger } from '../../../src/log.ts';
import type { Effect } from '../../../src/pipeline/effects.ts';
import type { ChatRole, Event } from '../../../src/pipeline/events.ts';
import { checkIntake } from '../../../src/pipeline/intake.ts';
import { createTask, type TaskState } from '../../../src/pipeline/task.ts';
import { transition } from '../../../src/pipeline/transition.ts';
import type { RunView } from '../../../src/pipeline/view.ts';
import { policyOf } from '../machine.ts';
import { startTelegramServer, type TelegramServer } from '../telegram/server.ts';
import { createMemoryStore } from './memory-store.ts';
import { viewOf } from './views.ts';

export interface Decided {
  event: Event;
  applied: boolean;
}

/** The engine for tests of the bot: the real machine over tasks in memory. */
export interface FakeEngine {
  control: Control;
  tasks: Map<number, TaskState>;
  decided: Decided[];
  effects: { task: number; effect: Effect }[];
  /** What each created task was told to wait for. */
  blockedByOf: Map<string, readonly string[]>;
  /** Applies any event, facts too. */
  apply(event: Event): Applied;
  /** Puts a task as it is. */
  put(task: TaskState): TaskState;
}

export const SHOP: ProjectInfo = {
  repo: 'shop',
  name: 'Shop',
  prefix: 'SHOP',
  tracker: 'local',
  forge: 'local',
  deploy: 'hook',
  staging: 'agent',
  service: 'shop',
  baseBranch: 'main',
  approvers: [],
  gatesOff: [],
  freezes: [],
  paused: null,
  lastDeploy: null,
};

const FILTERS: Readonly<Record<string, (view: RunView) => boolean>> = {
  open: ({ task }) => task.endedAt === null,
  waiting: ({ now }) => ['approval', 'answers', 'confirm', 'pr-review', 'blocked', 'hold'].includes(now.kind),
  running: ({ now }) => now.kind === 'working',
  blocked: ({ now }) => now.kind === 'blocked',
  done: ({ task }) => task.stage === 'done',
  mine: () => true,
};

export function createFakeEngine(now: () => number, projects: readonly ProjectInfo[] = [SHOP]): FakeEngine {
  const tasks = new Map<number, TaskState>();
  const decided: Decided[] = [];
  const effects: FakeEngine['effects'] = [];
  const keys = new Set<string>();

  const view = (id: number): RunView | null => {
    const task = tasks.get(id);
    return task ? viewOf({ task, runs: [], at: now(), previousServedSha: 'aaaaaaa0' }) : null;
  };
  const apply = (event: Event): Applied => {
    const task = tasks.get(event.target.task) ?? null;
    if (!task) return { ok: false, reason: 'unknown_project', message: 'no such task', task: null };
    if (keys.has(event.key)) return { ok: false, reason: 'duplicate', message: 'seen', task };
    const decision = transition(task, event, policyOf());
    decided.push({ event, applied: decision.ok });
    if (!decision.ok) return { ...decision, task };
    keys.add(event.key);
    tasks.set(task.id, decision.task);
    effects.push(...decision.effects.map((effect) => ({ task: task.id, effect })));
    return { ok: true, task: decision.task };
  };
  const created = new Map<string, TaskState>();
  const blockedByOf: FakeEngine['blockedByOf'] = new Map();
  const control: Control = {
    apply,
    view,
    async createTask({ key, repo, title, description, actor, chat, blockedBy = [] }) {
      const known = created.get(key);
      if (known) return { ok: true, task: known.id, wid: known.wid };
      const problems = control.problemsOf({ title, description });
      if (problems.length > 0) return { ok: false, problems };
      const id = tasks.size + 1;
      const wid = `SHOP-${String(id).padStart(3, '0')}`;
      const names = { id, uuid: `u${id}`, repo, wid, title, description, branch: wid, issueId: null };
      const task = createTask({ ...names, createdBy: actor, originChat: chat, at: now() });
      created.set(key, task);
      tasks.set(id, task);
      apply({ kind: 'command', name: 'start', key: `start.${id}`, target: { task: id }, at: now(), actor });
      blockedByOf.set(wid, blockedBy);
      return { ok: true, task: id, wid };
    },
    problemsOf: (text) => checkIntake(text, { titleMin: 5, titleMax: 200, descriptionMin: 20 }),
    find: (ref, scope) =>
      [...tasks.values()]
        .filter((task) => Number(task.wid.split('-')[1]) === ref.number)
        .filter((task) => ref.prefix === null || task.wid.startsWith(`${ref.prefix}-`))
        .filter((task) => scope === null || scope.includes(task.repo))
        .map((task) => ({ task: task.id, wid: task.wid, title: task.title, repo: task.repo })),
    list({ filter, offset, limit }) {
      const all = [...tasks.keys()].flatMap((id) => view(id) ?? []).filter(FILTERS[filter] ?? (() => true));
      return { views: all.slice(offset, offset + limit), total: all.length };
    },
    queue: () => ({
      agents: { busy: 1, max: 2 },
      breaker: { open: false, until: null, errors: 0 },
      paused: null,
      counts: { queued: 0, running: 1, done: 0, failed: 0 },
      freezes: [],
      limitUntil: null,
    }),
    history: (task) => {
      const own = decided.filter(({ event }) => event.target.task === task);
      const entries = own.map(({ event, applied }) => ({
        at: event.at,
        actor: event.kind === 'command' ? event.actor.name : null,
        event: event.name,
        accepted: applied,
        from: '',
        to: 'next',
        reason: '',
      }));
      return { entries, total: entries.length };
    },
    logTail: async (task, _stage, lines) => ({
      wid: tasks.get(task)?.wid ?? '',
      stage: 'analysis',
      attempt: 1,
      text: `${lines}\n`,
    }),
    projects: () => projects,
    dependencies: () => [],
    cycleOf: () => null,
    budget: () => ({ lines: [{ cap: 'task', capUsd: 50, spentUsd: 1 }], stoppedBy: null }),
    deploys: () => [],
    cost: () => ({
      total: { label: 'total', runs: 1, tokensIn: 1000, tokensOut: 100, costUsd: 1 },
      by: {},
      top: [],
      wastedUsd: 0,
      runsWithoutUsage: 0,
    }),
    repo: {},
  };
  return {
    control,
    tasks,
    decided,
    blockedByOf,
    effects,
    apply,
    put(task) {
      tasks.set(task.id, task);
      return task;
    },
  };
}

export interface World extends FakeEngine {
  server: TelegramServer;
  bot: ChatBot;
  store: ReturnType<typeof createMemoryStore>;
  pair(id: number, name: string, role: ChatRole, projects?: readonly string[]): void;
  /** Delivers what the machine asked for since the last call: cards and pings. */
  deliver(): Promise<void>;
  close(): Promise<void>;
}

export interface WorldOptions {
  settings?: Partial<BotSettings>;
  now?: () => number;
  timers?: Timers;
  projects?: readonly ProjectInfo[];
  server?: TelegramServer;
  store?: ReturnType<typeof createMemoryStore>;
  engine?: FakeEngine;
  start?: boolean;
}

/** A bot on a Bot API server of our own, over the real machine. */
export async function createWorld(options: WorldOptions = {}): Promise<World> {
  const now = options.timers?.now ?? options.now ?? Date.now;
  const server = options.server ?? (await startTelegramServer({ now }));
  const store = options.store ?? createMemoryStore();
  const engine = options.engine ?? createFakeEngine(now, options.projects);
  const bot = createBot({
    token: server.token,
    apiUrl: server.apiRoot,
    control: engine.control,
    store,
    settings: { ...DEFAULT_BOT_SETTINGS, cardMinIntervalMs: 5, ...options.settings },
    log: silentLogger(),
    timers: options.timers ?? realTimers(now),
    jitter: () => 0,
  });
  if (options.start !== false) bot.start();
  let seq = 0;
  return {
    ...engine,
    server,
    bot,
    store,
    pair(id, name, role, projects = []) {
      const more = { tz: null, quietHours: null, createdBy: 'test', createdAt: now() };
      store.putUser({ id, name, role, projects, ...more });
    },
    async deliver() {
      for (const { task, effect } of engine.effects.splice(0)) {
        if (effect.kind === 'refresh-card') await bot.refreshCard(task);
        if (effect.kind !== 'ping') continue;
        const { ping, sound, cause, params } = effect;
        await bot.ping({ task, ping, sound, cause, params, seq: ++seq, at: now() });
      }
    },
    async close() {
      await bot.stop();
      await server.close();
    },
  };
}
