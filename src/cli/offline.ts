import { existsSync } from 'node:fs';
import { createHouse, type House } from '../app/house.ts';
import { createLiveRegistry, type LiveRegistry } from '../app/registry.ts';
import { databaseBlocks } from '../app/surfaces/queue-blocks.ts';
import { createReplies, summaryOf } from '../app/surfaces/replies.ts';
import { type ViewDeps, viewOf } from '../app/surfaces/views.ts';
import { sentence } from '../bot/sentence.ts';
import { createTexts } from '../bot/texts.ts';
import type { LoadedConfig } from '../config/load.ts';
import { createChatStore } from '../db/chat-store.ts';
import { openDb } from '../db/open.ts';
import { AppError } from '../errors.ts';
import type { ControlApi } from '../http/control-api.ts';
import { computeBlocks } from '../http/routes/queue.ts';
import { createRedactor } from '../log.ts';
import type { CliContext } from './context.ts';
import type { Reading } from './reading.ts';

export interface Offline {
  reading: Reading;
  close(): void;
}

/** Reads the database of a data directory whose control process is not running. Throws AppError `not-running`. */
export function openOffline(context: CliContext, loaded: LoadedConfig): Offline {
  const { config } = loaded;
  const file = config.db.path;
  if (!existsSync(file)) {
    throw new AppError(
      'not-running',
      `Expected a control process, or a database at "${file}"; found neither.`,
      {
        fault: 'environment',
        hint: 'Start it: orchestrator start',
      },
    );
  }
  const db = openDb({ file, busyTimeoutMs: config.db.busyTimeoutMs, readonly: true });
  const never = () => {
    throw new Error('a read-only database takes no commands');
  };
  const registry = createLiveRegistry({ memo: createChatStore(db).memo, putMemo: () => undefined });
  registry.replace(loaded.projects);
  const { project } = registry;
  const house = createHouse({ db, config, project, uuid: never, committed: () => undefined });
  return { reading: readingOf(context, { loaded, house, registry }), close: () => void db.$client.close() };
}

const NO_LINKS = {
  file: () => null,
  branch: () => null,
  pullRequest: () => null,
  commit: () => null,
  compare: () => null,
};

interface Means {
  loaded: LoadedConfig;
  house: House;
  registry: LiveRegistry;
}

function readingOf({ version, commit }: CliContext, { loaded, house, registry }: Means): Reading {
  const { config, secrets } = loaded;
  const now = Date.now;
  const texts = createTexts(config.i18n.lang, config.i18n.tz);
  const views: ViewDeps = {
    ...house,
    config,
    project: registry.project,
    forgeFor: () => ({ links: NO_LINKS }),
    issueUrl: () => null,
    boardStatus: () => null,
    now,
  };
  const say = (task: number): string => {
    const view = viewOf(views, task);
    return view === null ? '' : sentence(view, texts);
  };
  const api = createReplies({
    house,
    find: registry.find,
    intake: { house, config, trackerFor: () => Promise.reject() as never, now },
    sentence: say,
    describe: ({ kind }: { kind: string }) => kind,
    redact: createRedactor(secrets),
    now,
  });
  return {
    ...tasksOf(api),
    status: async () => ({
      version,
      commit,
      instance: null,
      staging: config.server.staging,
      uptime_s: null,
      paused: house.gates.pauses().some(({ scope }) => scope === '*'),
      active_tasks: house.tasks.live().map((task) => summaryOf({ sentence: say }, task)),
    }),
    queue: () => computeBlocks(databaseBlocks(house, config, now)),
  };
}

function tasksOf(api: ControlApi): Pick<Reading, 'listTasks' | 'showTask' | 'taskLog'> {
  const found = <T>(value: T | null, what: string, wid: string): T => {
    if (value !== null) return value;
    throw new AppError('unknown-task', `Expected a ${what} of ${wid}, found none.`, {
      fault: 'user',
      hint: 'See: orchestrator task list --filter all',
    });
  };
  return {
    listTasks: async (query = {}) => api.listTasks({ filter: 'open', offset: 0, limit: 50, ...query }),
    showTask: async (wid) => found(await api.showTask(wid), 'task', wid),
    taskLog: async (query) => found(await api.taskLog(query), 'run log', query.wid),
  };
}
