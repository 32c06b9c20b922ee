import { findProgram } from '../../subprocess.ts';
import type { CliContext } from '../context.ts';

/** A program the product can use, and what it does without it. */
export interface Means {
  name: string;
  path: string | null;
  /** Without it nothing works. */
  needed: boolean;
  without: string;
}

const PROGRAMS = [
  { name: 'git', of: ['git'], needed: true, without: 'install it: sudo apt-get install git' },
  {
    name: 'claude',
    of: ['claude'],
    needed: true,
    without: 'install Claude Code, then log in: npm install -g @anthropic-ai/claude-code && claude',
  },
  {
    name: 'redis',
    of: ['redis-server', 'valkey-server'],
    needed: false,
    without: 'a private copy is fetched at the first start',
  },
  { name: 'docker', of: ['docker'], needed: false, without: 'only projects that declare an image need it' },
] as const;

/** Looks on PATH; starts nothing. */
export const detectMeans = (env: CliContext['env']): readonly Means[] =>
  PROGRAMS.map(({ name, of, needed, without }) => ({
    name,
    path: of.map((program) => findProgram(program, env)).find((path) => path !== null) ?? null,
    needed,
    without,
  }));
