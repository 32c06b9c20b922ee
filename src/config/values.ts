import { dirname } from 'node:path';
import { absolutePath, type Places } from './paths.ts';
import type { Probes } from './probes.ts';
import { type Problem, quoted } from './problems.ts';
import type { RawValue, Source } from './raw.ts';
import type { Definition } from './schema.ts';
import type { Setting } from './setting.ts';

/** What defaults and paths are resolved against. */
export interface Surroundings extends Places {
  hostName: string;
  /** True when logs go to a terminal. */
  isTerminal: boolean;
  probes: Pick<Probes, 'readFile' | 'fileMode'>;
}

export interface Reader {
  /** The value in force; after a complaint, the default stands in so that later rules can still be checked. */
  read(key: string): unknown;
  sourceOf(key: string): Source;
  problems: Problem[];
  notices: string[];
}

/** Reads single settings: text or default, type, secret files. Results are remembered. */
export function createReader(
  definitions: readonly Definition[],
  raw: ReadonlyMap<string, RawValue>,
  around: Surroundings,
): Reader {
  const settings = new Map(definitions.map(({ key, setting }) => [key, setting]));
  const known = new Map<string, { value: unknown; source: Source }>();
  const problems: Problem[] = [];
  const notices: string[] = [];
  const resolveOne = (key: string): { value: unknown; source: Source } => {
    const setting = settings.get(key);
    if (!setting) throw new Error(`no setting ${key}`);
    const written = writtenValue(key, setting, { raw, around, problems, notices });
    const value = written && parse(key, setting, written.text, problems);
    if (written && value) return { value: place(key, setting, value.data, around), source: written.source };
    return { value: standard(key, setting), source: 'default' };
  };
  const standard = (key: string, setting: Setting<unknown>): unknown => {
    if (setting.default === undefined) return undefined;
    if (setting.default.startsWith('=')) return read(setting.default.slice(1));
    const text = fill(setting.default, read, around);
    const value = setting.schema.parse(text);
    return place(key, setting, value, around);
  };
  const entry = (key: string) => {
    const found = known.get(key) ?? resolveOne(key);
    known.set(key, found);
    return found;
  };
  const read = (key: string): unknown => entry(key).value;
  return { read, sourceOf: (key) => entry(key).source, problems, notices };
}

const fill = (text: string, read: (key: string) => unknown, around: Surroundings): string =>
  text
    .replace('<data>', () => String(read('ORCH_DATA_DIR')))
    .replace('<db>', () => dirname(String(read('ORCH_DB_PATH'))))
    .replace('<repos>', () => String(read('ORCH_REPOS_DIR')))
    .replace('<host>', () => around.hostName)
    .replace('<log>', () => (around.isTerminal ? 'text' : 'json'));

/** Programs named without a slash are looked up on PATH and stay as they are. */
function place(key: string, setting: Setting<unknown>, value: unknown, around: Surroundings): unknown {
  if (setting.kind !== 'path' || typeof value !== 'string') return value;
  return key.endsWith('_BIN') && !value.includes('/') ? value : absolutePath(value, around);
}

interface Written {
  raw: ReadonlyMap<string, RawValue>;
  around: Surroundings;
  problems: Problem[];
  notices: string[];
}

/** The text of a setting, under its own name, an accepted other one, or in a secret's file (SET-7). */
function writtenValue(key: string, setting: Setting<unknown>, from: Written): RawValue | undefined {
  const direct = [key, ...(setting.aliases ?? [])].map((name) => from.raw.get(name)).find(Boolean);
  const file = setting.secret ? from.raw.get(`${key}_FILE`) : undefined;
  if (!file) return direct;
  if (direct) {
    from.problems.push({
      key,
      problem: `given both as ${key} and as ${key}_FILE`,
      fix: 'keep one of the two',
    });
    return undefined;
  }
  return secretFromFile(key, file, from);
}

function secretFromFile(key: string, file: RawValue, from: Written): RawValue | undefined {
  const { around, problems, notices } = from;
  const path = absolutePath(file.text, around);
  const refuse = (why: string) => {
    problems.push({
      key: `${key}_FILE`,
      problem: `"${path}" ${why}`,
      fix: 'name a readable file with the value',
    });
    return undefined;
  };
  try {
    const text = around.probes.readFile(path)?.replace(/\r?\n$/, '');
    if (text === undefined) return refuse('does not exist');
    if (text.trim() === '') return refuse('is empty');
    if (((around.probes.fileMode(path) ?? 0) & 0o044) !== 0) {
      notices.push(`${key}_FILE: "${path}" is readable by others; chmod 600 keeps the secret to its owner.`);
    }
    return { text, source: file.source };
  } catch (error) {
    return refuse(`cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)})`);
  }
}

function parse(
  key: string,
  setting: Setting<unknown>,
  text: string,
  problems: Problem[],
): { data: unknown } | undefined {
  const parsed = setting.schema.safeParse(text);
  if (parsed.success) return { data: parsed.data };
  const complaint = parsed.error.issues[0]?.message ?? 'is not valid';
  problems.push({
    key,
    problem: `${setting.secret ? 'the value given' : quoted(text)} ${complaint}`,
    fix: setting.fix?.(text) ?? standardFix(setting, complaint),
  });
  return undefined;
}

function standardFix(setting: Setting<unknown>, complaint: string): string {
  const expected = complaint.startsWith('is not allowed')
    ? 'use one of these words'
    : `give ${complaint.replace(/^is not /, '')}`;
  const standard = setting.defaultWords ?? setting.default;
  return `${expected}, or remove it${standard ? ` for the default (${standard.replaceAll('`', '')})` : ''}`;
}
