import { asRecord, readJson, runTool, type ToolOutcome, type ToolRun } from '../tool.ts';
import type { ImageBuildOutcome, ImageBuildRequest, ImagePort, ImageState } from './port.ts';

const REVISION = 'org.opencontainers.image.revision';
const SOURCE_TREE = 'orchestrator.source-tree';
const TAIL_LINES = 200;
const INSPECT_TIMEOUT_MS = 30_000;

export interface DockerImagesOptions {
  /** PATH, HOME and what the daemon's address needs, e.g. `DOCKER_HOST`. */
  env: Readonly<Record<string, string>>;
  /** Any existing directory. */
  cwd: string;
}

/** Images through the `docker` command line; no daemon or no program is `unavailable`. */
export function createDockerImages({ env, cwd }: DockerImagesOptions): ImagePort {
  const docker = (args: readonly string[], run: Partial<ToolRun> = {}) =>
    runTool({
      argv: ['docker', ...args],
      cwd,
      env,
      timeoutMs: INSPECT_TIMEOUT_MS,
      signal: new AbortController().signal,
      ...run,
    });
  const inspect = async (name: string): Promise<ImageState> => {
    const daemon = whyUnavailable(await docker(['version', '--format', '{{.Server.Version}}']));
    if (daemon) return { kind: 'unavailable', reason: daemon };
    const found = await docker(['image', 'inspect', '--format', '{{json .}}', '--', name]);
    return found.kind === 'ended' && found.exitCode === 0 ? readImage(found.stdout) : { kind: 'absent' };
  };
  return { inspect, build: (request) => build(request, { docker, inspect, env }) };
}

interface Docker {
  docker: (args: readonly string[], run?: Partial<ToolRun>) => Promise<ToolOutcome>;
  inspect: (name: string) => Promise<ImageState>;
  env: Readonly<Record<string, string>>;
}

/** The declared command, then a layer-free image on top that carries our two labels under the same name. */
async function build(
  request: ImageBuildRequest,
  { docker, inspect, env }: Docker,
): Promise<ImageBuildOutcome> {
  const { name, dir, deadlineMs, signal } = request;
  const daemon = whyUnavailable(await docker(['version', '--format', '{{.Server.Version}}']));
  if (daemon) return { kind: 'unavailable', reason: daemon };
  const run = { cwd: dir, env, timeoutMs: deadlineMs, signal };
  const built = await runTool({ ...run, argv: ['sh', '-c', request.command] });
  const problem = whyFailed(built);
  if (problem) return { kind: 'failed', reason: problem, tail: tailOf(built) };
  const labels = [`--label=${REVISION}=${request.revision}`, `--label=${SOURCE_TREE}=${request.sourceTree}`];
  const labelled = await docker(['build', '--quiet', ...labels, `--tag=${name}`, '-'], {
    ...run,
    stdin: `FROM ${name}\n`,
  });
  const refused = whyFailed(labelled);
  if (refused) return { kind: 'failed', reason: `labelling ${name}: ${refused}`, tail: tailOf(labelled) };
  const image = await inspect(name);
  if (image.kind === 'present') return { kind: 'built', digest: image.digest };
  return { kind: 'failed', reason: `the build left no image named ${name}`, tail: tailOf(built) };
}

function whyUnavailable(version: ToolOutcome): string | null {
  if (version.kind === 'absent') return 'docker is not installed';
  if (version.kind === 'stopped') return `docker does not answer: ${version.reason}`;
  return version.exitCode === 0
    ? null
    : `docker does not answer: ${version.stderr.trim().split('\n').at(-1)}`;
}

function whyFailed(run: ToolOutcome): string | null {
  if (run.kind === 'absent') return 'the program was not found';
  if (run.kind === 'stopped') return run.reason;
  return run.exitCode === 0 ? null : `exit ${run.exitCode}`;
}

function tailOf(run: ToolOutcome): string {
  if (run.kind !== 'ended') return '';
  return `${run.stdout}${run.stderr}`.trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
}

function readImage(json: Buffer): ImageState {
  const { Id, Config } = asRecord(readJson(json));
  const labels = asRecord(asRecord(Config).Labels);
  const label = (name: string) => (typeof labels[name] === 'string' ? labels[name] : null);
  if (typeof Id !== 'string') return { kind: 'absent' };
  return { kind: 'present', digest: Id, revision: label(REVISION), sourceTree: label(SOURCE_TREE) };
}
