import {
  type AuditReader,
  readCargo,
  readComposer,
  readGo,
  readNpm,
  readPip,
  readPnpm,
  readYarn,
} from './readers.ts';

/** How the dependencies of one ecosystem are audited (SHIP-43). */
export interface Ecosystem {
  readonly name: string;
  /** Any of these at the root of the repository means this ecosystem. */
  readonly locks: readonly string[];
  /** Files of the audited commit the tool needs beside the lock file. */
  readonly files: readonly string[];
  /** Configuration, always of the policy commit (SHIP-2). */
  readonly config: readonly string[];
  /** The tool reads source code, so it gets the whole tree. */
  readonly wholeTree?: boolean;
  readonly argv: readonly [string, ...string[]];
  /** Another command line where the lock file was written by another generation of the tool. */
  readonly newer?: { marker: RegExp; argv: readonly [string, ...string[]] };
  readonly read: AuditReader;
}

const NODE_CONFIG = ['.npmrc'];

/** `auto` takes every ecosystem whose lock file is there. */
export const ECOSYSTEMS: readonly Ecosystem[] = [
  {
    name: 'npm',
    locks: ['package-lock.json', 'npm-shrinkwrap.json'],
    files: ['package.json'],
    config: NODE_CONFIG,
    argv: ['npm', 'audit', '--json', '--package-lock-only', '--fetch-retries=0', '--no-update-notifier'],
    read: readNpm,
  },
  {
    name: 'pnpm',
    locks: ['pnpm-lock.yaml'],
    files: ['package.json', 'pnpm-workspace.yaml'],
    config: NODE_CONFIG,
    argv: ['pnpm', 'audit', '--json'],
    read: readPnpm,
  },
  {
    name: 'yarn',
    locks: ['yarn.lock'],
    files: ['package.json'],
    config: [...NODE_CONFIG, '.yarnrc', '.yarnrc.yml'],
    argv: ['yarn', 'audit', '--json', '--non-interactive'],
    newer: { marker: /^__metadata:/m, argv: ['yarn', 'npm', 'audit', '--all', '--recursive', '--json'] },
    read: readYarn,
  },
  {
    name: 'cargo',
    locks: ['Cargo.lock'],
    files: ['Cargo.toml'],
    config: [],
    argv: ['cargo', 'audit', '--json', '--file', 'Cargo.lock'],
    read: readCargo,
  },
  {
    name: 'go',
    locks: ['go.sum', 'go.mod'],
    files: [],
    config: [],
    wholeTree: true,
    argv: ['govulncheck', '-json', './...'],
    read: readGo,
  },
  {
    name: 'pip',
    locks: ['requirements.txt'],
    files: [],
    config: [],
    argv: ['pip-audit', '-r', 'requirements.txt', '--no-deps', '--disable-pip', '--format', 'json'],
    read: readPip,
  },
  {
    name: 'composer',
    locks: ['composer.lock'],
    files: ['composer.json'],
    config: [],
    argv: ['composer', 'audit', '--locked', '--format=json', '--no-plugins', '--no-interaction'],
    read: readComposer,
  },
];
