import { startWorker } from '../../app/hosts/worker.ts';
import { createShutdown } from '../../shutdown.ts';
import { steadyClock } from '../../steady-clock.ts';
import type { Place as CheckPlace } from '../checks/check.ts';
import { placeOf } from '../checks/place.ts';
import { runChecks } from '../checks/run-checks.ts';
import { AUDIT_TOOLS, SECRET_SCANNER } from '../checks/scanners.ts';
import type { CliContext, Flags } from '../context.ts';
import { createPrinter, type Printer } from '../output/printer.ts';
import { requireGit } from '../programs.ts';
import { loadSettings } from '../settings.ts';
import { createCliLogger } from './logger.ts';

const S = 1000;

/** `worker`: runs until a signal ends it (REC-180). */
export async function worker(context: CliContext, flags: Flags): Promise<number> {
  const loaded = loadSettings(context, flags, 'worker');
  requireGit(context.env);
  const log = await createCliLogger(context, loaded);
  const { redis, server } = loaded.config;
  const shutdown = createShutdown({ log, graceMs: server.shutdownGraceS * S });
  const { env, home, host, version, commit } = context;
  startWorker({ place: { env, home, host, version, commit, log, now: steadyClock() }, loaded, shutdown });
  const stopped = new Promise<void>((resolve) => shutdown.onStop('command line', () => resolve()));
  shutdown.listen(context.signals);
  const printer = createPrinter(context);
  const { workerName: name, workerCapacity: capacity, gateConcurrency, workerRoles: roles } = redis;
  if (flags.json) printer.json({ name, capacity, gates: gateConcurrency, roles });
  const takes = { agents: `${capacity} agent runs`, gates: `${gateConcurrency} gates` };
  printer.note(
    `Worker ${name} takes up to ${roles.map((role) => takes[role]).join(' and ')}. Ctrl-C stops it.`,
  );
  if (roles.includes('gates')) await tellMissing(placeOf(context, loaded), printer);
  await stopped;
  return 0;
}

/** What the security gate would miss on this host; `doctor` says the same (SHIP-41, SHIP-43). */
async function tellMissing(place: CheckPlace, printer: Pick<Printer, 'note'>): Promise<void> {
  const found = await runChecks([SECRET_SCANNER, AUDIT_TOOLS], place, { fix: false });
  for (const { level, name, detail, fix } of found)
    if (level === 'problem') printer.note(`${name}: ${detail}${fix === null ? '' : `; ${fix}`}`);
}
