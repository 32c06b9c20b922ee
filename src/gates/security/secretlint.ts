import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { matchesPattern } from '../../pipeline/path-pattern.ts';
import { asList, asRecord, readJson, runTool, type ToolRun } from '../tool.ts';
import type { GitObjects } from './git-objects.ts';
import { type ExportedFile, exportBaseline, exportHistory } from './history-export.ts';
import type { ScanRange, SecretFinding, SecretScan } from './scan.ts';

export interface ScanRequest {
  range: ScanRange;
  /** Commit from which scanner configuration is read, never the branch (SHIP-2). */
  policySha: string;
  git: GitObjects;
  /** Private, empty; the caller removes it. */
  dir: string;
  tool: Pick<ToolRun, 'env' | 'timeoutMs' | 'signal'>;
}

/** The recommended preset by its place, so that it is found wherever it is installed; key ids count as well as keys. */
const ownRules = () => {
  const preset = fileURLToPath(import.meta.resolve('@secretlint/secretlint-rule-preset-recommend'));
  const aws = { id: '@secretlint/secretlint-rule-aws', options: { enableIDScanRule: true } };
  return { rules: [{ id: preset, rules: [aws] }] };
};

/** The bundled scanner over an export of the whole range, with a planted secret it must report (SHIP-41). */
export async function scanWithSecretlint(request: ScanRequest): Promise<SecretScan> {
  const { range, git, dir } = request;
  const program = await locate();
  const tool = `secretlint ${program.version}`;
  const failed = (reason: string): SecretScan => ({ kind: 'error', tool, reason });
  const files = path.join(dir, 'files');
  await mkdir(files);
  const exported = await exportHistory(git, range, files);
  const baseline = await exportBaseline(git, { base: range.base, files: exported.files }, files);
  const canary = await plantCanary(files);
  await writeRules(request);
  const run = await runTool({
    ...request.tool,
    argv: [process.execPath, program.bin, ...options(dir), '**/*'],
    cwd: files,
  });
  if (run.kind === 'absent') return failed('node was not found');
  if (run.kind === 'stopped') return failed(run.reason);
  if (run.exitCode !== 0 && run.exitCode !== 1)
    return failed(`exit ${run.exitCode}: ${lastLine(run.stderr)}`);
  const report = readJson(run.stdout);
  if (!Array.isArray(report)) return failed('its report is not readable');
  const reported = new Set(report.map((entry) => path.basename(String(asRecord(entry).filePath))));
  const given = [...exported.files.map(({ name }) => name), canary];
  const missed = given.filter((name) => !reported.has(name));
  if (missed.length > 0) return failed(`it left out ${missed.length} of ${given.length} files`);
  const hits = report.flatMap((entry) => hitsOf(entry));
  if (!hits.some((hit) => hit.name === canary)) return failed('it did not report the planted canary');
  const findings = await charged(hits, { files: exported.files, baseline }, request);
  const scannedCommits = range.commits.length;
  return findings.length > 0
    ? { kind: 'findings', tool, scannedCommits, findings }
    : { kind: 'clean', tool, scannedCommits };
}

async function locate(): Promise<{ bin: string; version: string }> {
  const manifest = fileURLToPath(import.meta.resolve('secretlint/package.json'));
  const { version } = asRecord(readJson(await readFile(manifest)));
  return { bin: path.join(path.dirname(manifest), 'bin', 'secretlint.js'), version: String(version) };
}

const options = (dir: string): string[] => [
  '--format=json',
  '--no-color',
  '--no-terminalLink',
  `--secretlintrc=${path.join(dir, 'rules.json')}`,
  `--secretlintignore=${path.join(dir, 'ignore')}`,
];

/** A made-up token, new for every scan, put together here so that no scanner stumbles over this file. */
async function plantCanary(dir: string): Promise<string> {
  const name = 'canary.txt';
  const token = randomBytes(64)
    .toString('base64')
    .replace(/[^A-Za-z0-9]/g, '')
    .slice(0, 36);
  await writeFile(path.join(dir, name), `token: ${['ghp', token].join('_')}\n`);
  return name;
}

/** The project's own JSON rules of the policy commit, where it has them, else ours. */
async function writeRules({ git, policySha, dir }: ScanRequest): Promise<void> {
  const own = await git.file(policySha, '.secretlintrc.json');
  await writeFile(path.join(dir, 'rules.json'), own ?? JSON.stringify(ownRules()));
  await writeFile(path.join(dir, 'ignore'), '');
}

interface Hit {
  name: string;
  line: number;
  rule: string;
  /** What was matched; compared in memory, never kept. */
  secret: string;
}

function hitsOf(entry: unknown): Hit[] {
  const { filePath, messages, sourceContent } = asRecord(entry);
  return asList(messages).map((message) => {
    const { ruleId, messageId, loc, range } = asRecord(message);
    const [from, to] = asList(range).map(Number);
    return {
      name: path.basename(String(filePath)),
      line: Number(asRecord(asRecord(loc).start).line ?? 0),
      rule: [String(ruleId).replace('@secretlint/secretlint-rule-', ''), messageId].filter(Boolean).join('/'),
      secret: String(sourceContent).slice(from, to),
    };
  });
}

/** Findings in the repository's terms, without what stood in the same file at the merge base and ignored paths. */
async function charged(
  hits: readonly Hit[],
  { files, baseline }: { files: readonly ExportedFile[]; baseline: readonly ExportedFile[] },
  request: ScanRequest,
): Promise<SecretFinding[]> {
  const byName = new Map([...files, ...baseline].map((file) => [file.name, file]));
  const old = new Set(baseline.map(({ name }) => name));
  const keyOf = (hit: Hit) => JSON.stringify([byName.get(hit.name)?.path, hit.rule, hit.secret]);
  const known = new Set(hits.filter(({ name }) => old.has(name)).map(keyOf));
  const ignored = await ignoredPaths(request);
  return hits.flatMap((hit) => {
    const file = byName.get(hit.name);
    if (!file || known.has(keyOf(hit)) || ignored(file.path)) return [];
    return [{ path: file.path, line: hit.line, rule: hit.rule, commit: file.commit }];
  });
}

/** Paths the `.secretlintignore` of the policy commit names. */
async function ignoredPaths({ git, policySha }: ScanRequest): Promise<(path: string) => boolean> {
  const ignore = (await git.file(policySha, '.secretlintignore'))?.toString() ?? '';
  const patterns = ignore
    .split('\n')
    .map((line) => line.trim().replace(/^\/|\/$/g, ''))
    .filter((line) => line && !line.startsWith('#') && !line.startsWith('!'))
    .flatMap((line) => [line, `${line}/**`, `**/${line}`, `**/${line}/**`]);
  return (file) => patterns.some((pattern) => matchesPattern(file, pattern));
}

const lastLine = (text: string): string => text.trim().split('\n').at(-1)?.slice(0, 200) ?? '';
