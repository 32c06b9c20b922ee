import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { House } from './house/house.ts';
import type { People, Placed } from './people.ts';
import type { Happened } from './storm.ts';
import type { TaskRow, Witness } from './witness.ts';

/** Everything the judges look at. None of it is what the engine says about itself in words. */
export interface Evidence {
  house: House;
  people: People;
  witness: Witness;
  happened: readonly Happened[];
  /** Faults that nobody noticed. */
  unnoticed: readonly Happened[];
  /** States in which nothing happened for longer than they may last, as seen during the run. */
  stuck: readonly string[];
  tasks: readonly (Placed & { task: TaskRow | null })[];
  /** git in the forge's bare repository of a task. */
  git(repo: 0 | 1, ...args: string[]): string;
  ledger: readonly Record<string, unknown>[];
}

/** Empty when git refuses: absence is what a judge wants to see. */
export function gitOf(house: House): Evidence['git'] {
  return (repo, ...args) => {
    try {
      const cwd = house.servers.gitea.repos[repo]?.gitDir;
      return execFileSync('git', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    } catch {
      return '';
    }
  };
}

export const ledgerOf = (house: House): Record<string, unknown>[] =>
  readFileSync(house.ledger, 'utf8')
    .trim()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>);

/** Values that occur more than once, each named once. */
export const repeated = (values: readonly string[]): string[] => [
  ...new Set(values.filter((value, index) => values.indexOf(value) !== index)),
];
