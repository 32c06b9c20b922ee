import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { findProgram, isProgram } from '../../subprocess.ts';

export interface BinaryOptions {
  /** `ORCH_CLAUDE_BIN`: a path, or a name to look up. */
  bin: string;
  /** `PATH` to look it up in. */
  path: string;
  /** File below which `node_modules` is searched, such as `import.meta.url`; null to leave that out. */
  from: string | null;
}

/**
 * The CLI to start, or null: the configured path, else the name in PATH, else the platform package of an npm
 * install whose scripts were blocked (AGENT-16).
 */
export function findClaude({ bin, path, from }: BinaryOptions): string | null {
  const found = findProgram(bin, { PATH: path });
  return found ?? (from === null || bin !== 'claude' ? null : platformBinary(from));
}

/** The native binary of `@anthropic-ai/claude-code` for this platform, or null. */
export function platformBinary(from: string): string | null {
  const base = `@anthropic-ai/claude-code-${process.platform}-${process.arch}`;
  for (const name of [base, `${base}-musl`]) {
    try {
      const path = join(dirname(createRequire(from).resolve(`${name}/package.json`)), 'claude');
      if (isProgram(path)) return path;
    } catch {
      // This platform package is not installed.
    }
  }
  return null;
}
