import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { asRecord, readJson, runTool } from '../tool.ts';
import { exportHistory } from './history-export.ts';
import type { SecretFinding, SecretScan } from './scan.ts';
import type { ScanRequest } from './secretlint.ts';

/** Exit code that means leaks and nothing else (SHIP-41). */
const LEAKS = 42;

/** True when the scanner can be started. */
export async function findGitleaks(
  bin: string,
  request: Pick<ScanRequest, 'tool' | 'dir'>,
): Promise<string | null> {
  const run = await runTool({ ...request.tool, argv: [bin, 'version'], cwd: request.dir });
  return run.kind === 'ended' ? run.stdout.toString().trim().split('\n')[0] || 'unknown version' : null;
}

/**
 * gitleaks over the history of the range, and over its messages and merge results, which the history scan does not
 * see. A scan of fewer commits than there are is a tool error, whatever its exit code (SHIP-41).
 */
export async function scanWithGitleaks(
  bin: string,
  version: string,
  request: ScanRequest,
): Promise<SecretScan> {
  const { range, git, dir } = request;
  const tool = `gitleaks ${version}`;
  const config = await writeConfig(request);
  const log = `--log-opts=${range.base}..${range.head}`;
  const history = await run(bin, request, {
    name: 'history',
    args: ['--source', git.gitDir, log, ...config],
  });
  if ('error' in history) return { kind: 'error', tool, reason: history.error };
  const expected = await scannable(request);
  if (history.scanned < expected) {
    return { kind: 'error', tool, reason: `it scanned ${history.scanned} commits of ${expected}` };
  }
  const rest = path.join(dir, 'rest');
  await mkdir(rest);
  const exported = await exportRest(request, rest);
  const extra = await run(bin, request, { name: 'rest', args: ['--no-git', '--source', rest, ...config] });
  if ('error' in extra) return { kind: 'error', tool, reason: extra.error };
  const findings = [...history.findings, ...extra.findings.map((finding) => renamed(finding, exported))];
  const scannedCommits = range.commits.length;
  return findings.length > 0
    ? { kind: 'findings', tool, scannedCommits, findings }
    : { kind: 'clean', tool, scannedCommits };
}

/** Configuration of the policy commit, or the defaults; an allow comment in the branch does not count. */
async function writeConfig({ git, policySha, dir }: ScanRequest): Promise<string[]> {
  const rules = path.join(dir, 'gitleaks.toml');
  const ignore = path.join(dir, 'gitleaksignore');
  await writeFile(rules, (await git.file(policySha, '.gitleaks.toml')) ?? '[extend]\nuseDefault = true\n');
  await writeFile(ignore, (await git.file(policySha, '.gitleaksignore')) ?? '');
  return ['--config', rules, '--gitleaks-ignore-path', ignore, '--ignore-gitleaks-allow'];
}

async function scannable({ git, range }: ScanRequest): Promise<number> {
  let count = 0;
  for (const commit of range.commits) {
    if ((await git.parents(commit)).length < 2 && (await git.hasTextDiff(commit))) count += 1;
  }
  return count;
}

async function exportRest({ git, range }: ScanRequest, dir: string) {
  const merges: string[] = [];
  for (const commit of range.commits) if ((await git.parents(commit)).length > 1) merges.push(commit);
  const changed = (sha: string) => (merges.includes(sha) ? git.changedBlobs(sha) : Promise.resolve([]));
  return (await exportHistory({ ...git, changedBlobs: changed }, range, dir)).files;
}

const renamed = (
  finding: SecretFinding,
  files: readonly { name: string; path: string; commit: string }[],
) => {
  const file = files.find(({ name }) => name === path.basename(finding.path));
  return file ? { ...finding, path: file.path, commit: file.commit } : finding;
};

type GitleaksRun = { scanned: number; findings: SecretFinding[] } | { error: string };

async function run(
  bin: string,
  request: ScanRequest,
  scan: { name: string; args: string[] },
): Promise<GitleaksRun> {
  const report = path.join(request.dir, `${scan.name}.json`);
  const output = [
    '--report-format',
    'json',
    '--report-path',
    report,
    '--redact',
    '--no-banner',
    '--no-color',
  ];
  const ended = await runTool({
    ...request.tool,
    argv: [bin, 'detect', '--exit-code', String(LEAKS), ...output, ...scan.args],
    cwd: request.dir,
  });
  if (ended.kind === 'absent') return { error: 'gitleaks was not found' };
  if (ended.kind === 'stopped') return { error: ended.reason };
  const said = `${ended.stdout}\n${ended.stderr}`;
  if (ended.exitCode !== 0 && ended.exitCode !== LEAKS) {
    return { error: `exit ${ended.exitCode}: ${said.trim().split('\n').at(-1)?.slice(0, 200)}` };
  }
  const leaks = readJson(await readFile(report).catch(() => ''));
  if (!Array.isArray(leaks)) return { error: 'its report is not readable' };
  if (ended.exitCode === LEAKS && leaks.length === 0) return { error: 'it reports leaks but names none' };
  const scanned = Number(/(\d+) commits scanned/.exec(said)?.[1] ?? 0);
  return { scanned, findings: leaks.map(readLeak) };
}

function readLeak(leak: unknown): SecretFinding {
  const { File, StartLine, RuleID, Commit } = asRecord(leak);
  return {
    path: String(File),
    line: Number(StartLine ?? 0),
    rule: String(RuleID),
    commit: String(Commit ?? ''),
  };
}
