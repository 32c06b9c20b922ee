import { execFileSync } from 'node:child_process';
import { platformBinary } from '../../src/agent/claude/binary.ts';
import type { ReportedModule } from './count.ts';

/** The lying and honest agents, and the runs of the real CLI. */
export const AGENT_FILES = ['test/e2e/agents/', 'test/e2e/claude/'];

/** The last line of `npm run test:agents -- --json`. */
export function agentsLine(modules: readonly ReportedModule[]): string {
  const results = modules.flatMap((module) =>
    [...module.children.allTests()].map((test) => ({ name: test.fullName, state: test.result().state })),
  );
  const of = (pattern: RegExp) => results.filter(({ name }) => pattern.test(name));
  const liars = of(/^lying agents > ".*" is caught/);
  const honest = of(/^honest agents .* > ".*" is not refused/);
  return JSON.stringify({
    liars: { tried: liars.length, caught: liars.filter(({ state }) => state === 'passed').length },
    honest: { tried: honest.length, refused: honest.filter(({ state }) => state !== 'passed').length },
    claudeCli: cliVersion(),
  });
}

function cliVersion(): string {
  const bin = platformBinary(import.meta.url);
  if (bin === null) return `skipped: no Claude Code CLI for ${process.platform}-${process.arch} is installed`;
  try {
    return execFileSync(bin, ['--version'], { encoding: 'utf8' }).trim();
  } catch {
    return `skipped: ${bin} does not start`;
  }
}
