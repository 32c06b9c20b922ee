// The way in of every npm script: makes a clean clone ready, then runs the target. Plain JavaScript without
// dependencies, because nothing is installed yet when it starts.
//   node scripts/bootstrap.mjs run <command …>   the program itself, e.g. `run demo --auto`
//   node scripts/bootstrap.mjs test [lane …]     tests; without a lane unit, redis, e2e, hosts and chaos
//   node scripts/bootstrap.mjs bench [part …] measurements against the floor; see docs/performance.md
//   node scripts/bootstrap.mjs check|build|docs|fmt
import { requireTools } from './bootstrap/require-tools.mjs';

const [target = '', ...args] = process.argv.slice(2);

try {
  requireTools();
  const { TARGETS } = await import('./bootstrap/targets.mjs');
  const run = Object.hasOwn(TARGETS, target) ? TARGETS[target] : undefined;
  if (!run) {
    const names = Object.keys(TARGETS).join(', ');
    throw new Error(`bootstrap needs one of: ${names}. Found "${target}".`);
  }
  await run(args);
} catch (error) {
  // One line for a person; the stack of our own slip would not help them.
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
