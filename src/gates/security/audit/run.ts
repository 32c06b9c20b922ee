import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runTool, type ToolRun } from '../../tool.ts';
import type { GitObjects } from '../git-objects.ts';
import type { Advisory, AuditOutcome } from './advisory.ts';
import type { Ecosystem } from './ecosystems.ts';

export interface AuditRequest {
  /** Commit whose dependencies are audited. */
  sha: string;
  /** Commit from which the tools' configuration is read (SHIP-2). */
  policySha: string;
  git: GitObjects;
  exportTree: (sha: string, dir: string) => Promise<void>;
  /** Private; a new directory is made below it for every run. */
  dir: string;
  tool: Pick<ToolRun, 'env' | 'timeoutMs' | 'signal'>;
}

/** Runs an ecosystem's own audit tool over one commit. */
export async function auditEcosystem(system: Ecosystem, request: AuditRequest): Promise<AuditOutcome> {
  const dir = await mkdtemp(path.join(request.dir, 'audit-'));
  if (system.wholeTree) await request.exportTree(request.sha, dir);
  await copy([...system.locks, ...system.files], request.sha, { request, dir });
  await copy(system.config, request.policySha, { request, dir });
  const argv = await commandLine(system, request);
  const run = await runTool({ ...request.tool, env: await privateHome(request, dir), argv, cwd: dir });
  const tool = argv.slice(0, 2).join(' ');
  if (run.kind === 'absent') return { kind: 'unavailable', tool, reason: `${argv[0]} is not installed` };
  if (run.kind === 'stopped') return { kind: 'error', tool, reason: run.reason };
  const stdout = run.stdout.toString();
  const read = stdout.trim() === '' && run.exitCode !== 0 ? null : system.read(stdout);
  if (read === 'unreachable' || (read === null && UNREACHABLE.test(run.stderr))) {
    return { kind: 'unavailable', tool, reason: 'the vulnerability feed did not answer' };
  }
  if (read === null && NO_SUBCOMMAND.test(run.stderr)) {
    return { kind: 'unavailable', tool, reason: `${tool} is not installed` };
  }
  if (read === null)
    return { kind: 'error', tool, reason: `exit ${run.exitCode}: its report is not readable` };
  return { kind: 'audited', tool, advisories: read };
}

async function commandLine(system: Ecosystem, request: AuditRequest): Promise<Ecosystem['argv']> {
  const { newer } = system;
  const lock = newer ? await request.git.file(request.sha, system.locks[0] ?? '') : null;
  return newer && lock && newer.marker.test(lock.toString()) ? newer.argv : system.argv;
}

/**
 * The project's own audit command in a clean export: exit 0 is clean, a command that cannot be run is an error
 * (SHIP-44), anything else is a finding per line of output.
 */
export async function auditByCommand(command: string, request: AuditRequest): Promise<AuditOutcome> {
  const dir = await mkdtemp(path.join(request.dir, 'audit-'));
  await request.exportTree(request.sha, dir);
  await copy(['.npmrc'], request.policySha, { request, dir });
  const env = await privateHome(request, dir);
  const run = await runTool({ ...request.tool, env, argv: ['sh', '-c', command], cwd: dir });
  const tool = command;
  if (run.kind !== 'ended')
    return { kind: 'error', tool, reason: run.kind === 'stopped' ? run.reason : 'no shell' };
  if (run.exitCode === 0) return { kind: 'audited', tool, advisories: [] };
  if (run.exitCode === 126 || run.exitCode === 127) {
    return { kind: 'error', tool, reason: `exit ${run.exitCode}: the command is not known here` };
  }
  const said = `${run.stdout}\n${run.stderr}`.split('\n').filter((line) => line.trim());
  const lines = said.length > 0 ? said.slice(-200) : [`exit ${run.exitCode}`];
  return { kind: 'audited', tool, advisories: lines.map((line) => fromLine(line.trim())) };
}

const fromLine = (line: string): Advisory => ({
  package: 'audit',
  id: line,
  severity: 'critical',
  title: line,
});

// Tools that print no machine-readable error say it in words only.
const UNREACHABLE =
  /ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|ConnectionError|Connection refused|resolve host|name resolution|couldn't fetch|failed to fetch|network|HTTP (?:4|5)\d\d|Service Unavailable/i;
const NO_SUBCOMMAND = /no such (?:sub)?command|is not a (?:known )?command|unknown command/i;

async function copy(
  names: readonly string[],
  sha: string,
  { request, dir }: { request: AuditRequest; dir: string },
): Promise<void> {
  for (const name of names) {
    const content = await request.git.file(sha, name);
    if (content !== null) await writeFile(path.join(dir, name), content);
  }
}

/** A home of its own beside the audited directory, so that no operator's configuration or token is read. */
async function privateHome(request: AuditRequest, dir: string): Promise<Record<string, string>> {
  const home = `${dir}.home`;
  await mkdir(home, { recursive: true });
  return { ...request.tool.env, HOME: home };
}
