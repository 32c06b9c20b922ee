import { homedir, hostname } from 'node:os';
import { readBuildInfo } from './cli/build-info.ts';
import { failureOf } from './cli/failure.ts';
import { runCli } from './cli/run.ts';

const { env, stdout, stderr, stdin } = process;
const isGone = (error: unknown): boolean => (error as NodeJS.ErrnoException | null)?.code === 'EPIPE';

/** What nobody caught: one line, exit 1. A reader that went away (`| head`) is no fault. */
function onUncaught(error: unknown): void {
  if (isGone(error)) return;
  const { lines } = failureOf(error, { debug: env.ORCH_LOG_LEVEL === 'debug' });
  stderr.write(`${lines.join('\n')}\n`);
  process.exit(1);
}

const flushed = (stream: NodeJS.WriteStream): Promise<void> =>
  new Promise((resolve) => {
    stream.write('', () => resolve());
  });

process.on('uncaughtException', onUncaught);
process.on('unhandledRejection', onUncaught);
for (const stream of [stdout, stderr]) stream.on('error', onUncaught);

const exitCode = await runCli({
  env,
  argv: process.argv.slice(2),
  cwd: process.cwd(),
  home: homedir(),
  host: hostname(),
  stdout,
  stderr,
  stdin,
  isTerminal: stderr.isTTY === true,
  ...readBuildInfo(),
  signals: process,
});
await Promise.all([stdout, stderr].map(flushed));
// A handle somebody left open must not keep a finished command alive.
process.exit(exitCode);
