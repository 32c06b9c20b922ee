import { type App, startApp } from '../../app.ts';
import type { LoadedConfig } from '../../config/load.ts';
import { createShutdown } from '../../shutdown.ts';
import { steadyClock } from '../../steady-clock.ts';
import type { CliContext, Flags } from '../context.ts';
import { createPrinter, type Printer } from '../output/printer.ts';
import { requireGit } from '../programs.ts';
import { loadSettings } from '../settings.ts';
import { createCliLogger } from './logger.ts';

const S = 1000;

/** `start`: runs until a signal ends it (REC-50, REC-150). */
export async function start(context: CliContext, flags: Flags): Promise<number> {
  const loaded = loadSettings(context, flags);
  requireGit(context.env);
  const printer = createPrinter(context);
  const log = await createCliLogger(context, loaded);
  const shutdown = createShutdown({ log, graceMs: loaded.config.server.shutdownGraceS * S });
  shutdown.listen(context.signals);
  const { env, home, host, version, commit } = context;
  const app = await startApp({
    place: { env, home, host, version, commit, log, now: steadyClock() },
    loaded,
    shutdown,
    announce: (keyUrl) => printer.note(`Chat page: ${keyUrl}`),
  });
  const stopped = new Promise<void>((resolve) => shutdown.onStop('command line', () => resolve()));
  const facts = factsOf(context, { app, loaded });
  if (flags.json) printer.json(facts);
  sayStarted(printer, facts);
  const damaged = app.checked.then((fault) => fault ?? stopped.then(() => null));
  const fault = await Promise.race([stopped.then(() => null), damaged]);
  if (fault === null) return 0;
  await shutdown.run(fault.code);
  throw fault;
}

interface Started {
  version: string;
  commit: string | null;
  pid: number;
  http: string;
  /** Signs one browser in to the local chat page, once; null with Telegram. */
  chat_url: string | null;
  /** For the first owner in Telegram; null when there is one, or none is needed. */
  pairing_code: string | null;
  data_dir: string;
  projects: readonly string[];
  notices: readonly string[];
}

function factsOf(context: CliContext, { app, loaded }: { app: App; loaded: LoadedConfig }): Started {
  const { server } = loaded.config;
  const host = server.httpHost.includes(':') ? `[${server.httpHost}]` : server.httpHost;
  return {
    version: context.version,
    commit: context.commit,
    pid: process.pid,
    http: `http://${host}:${app.httpPort}`,
    chat_url: app.chat.keyUrl,
    pairing_code: app.chat.local === null ? app.chat.bot.ownerCode() : null,
    data_dir: server.dataDir,
    projects: loaded.projects.map(({ repo }) => repo),
    notices: loaded.notices,
  };
}

function sayStarted(printer: Printer, facts: Started): void {
  const { chat_url, pairing_code, projects } = facts;
  const none = `none yet; describe one in ${facts.data_dir}/projects.json`;
  const rows = [
    ['chat', chat_url ?? 'Telegram'],
    ...(pairing_code === null ? [] : [['pairing', `send the bot: /start ${pairing_code}`]]),
    ['http', facts.http],
    ['data', facts.data_dir],
    ['projects', projects.length === 0 ? none : projects.join(', ')],
    ...facts.notices.map((notice) => ['notice', notice]),
  ];
  const commit = facts.commit === null ? '' : ` (${facts.commit.slice(0, 7)})`;
  printer.note(`Orchestrator ${facts.version}${commit} is running. Ctrl-C stops it.`);
  for (const [name = '', value = ''] of rows) printer.note(`  ${name.padEnd(9)} ${value}`);
}
