import type { Answer } from './server.ts';
import { report, type Sandbox, type Suite } from './suite.ts';

/**
 * Block B: what the server can reach. `GET /staging` answers `{sandbox: {repo, project_id}, forbidden_projects: [id] |
 * null, tracker: {ok, detail}, forge: {ok, detail}}`: the server asks its own tracker and forge, with its own credentials.
 */
export async function runAccess(suite: Suite): Promise<Sandbox | null> {
  const answer = await suite.server.get('/staging');
  const sandbox = sandboxOf(answer.body);
  report(suite, {
    id: 'B4',
    passed: 'the tracker lists the sandbox project',
    problem: problemOf(answer, 'tracker'),
  });
  report(suite, { id: 'B5', passed: 'the forge grants push', problem: problemOf(answer, 'forge') });
  const problem = await registryProblem(suite, answer, sandbox);
  report(suite, { id: 'B6', passed: 'the registry holds the sandbox and nothing forbidden', problem });
  return sandbox;
}

function problemOf(answer: Answer, part: 'tracker' | 'forge'): string | null {
  const said = answer.body?.[part];
  if (answer.status !== 200 || !isObject(said))
    return `GET /staging: no word about the ${part} (${answer.detail})`;
  return said.ok === true ? null : `${part}: ${String(said.detail ?? 'not ok')}`;
}

async function registryProblem(
  suite: Suite,
  answer: Answer,
  sandbox: Sandbox | null,
): Promise<string | null> {
  const forbidden = answer.body?.forbidden_projects;
  if (!sandbox) return `cannot verify: the server names no sandbox project (${answer.detail})`;
  if (!Array.isArray(forbidden))
    return 'cannot verify: ORCH_STAGING_FORBIDDEN_PROJECTS is not set on the server';
  const projects = await suite.server.get('/projects');
  const ids = projectIds(projects.body);
  if (projects.status !== 200 || !ids) return `cannot verify: GET /projects ${projects.detail}`;
  const bad = ids.filter((id) => forbidden.includes(id));
  if (bad.length > 0) return `the registry contains forbidden projects: ${bad.join(', ')}`;
  return ids.includes(sandbox.projectId) ? null : `the registry does not contain ${sandbox.projectId}`;
}

/** Tracker ids of the registry; a project of the local tracker is known by its repository. */
function projectIds(body: Record<string, unknown> | null): string[] | null {
  const list = Array.isArray(body) ? body : body?.projects;
  if (!Array.isArray(list)) return null;
  return list.filter(isObject).map((project) => String(project.plane_project_id ?? project.repo));
}

function sandboxOf(body: Record<string, unknown> | null): Sandbox | null {
  const sandbox = body?.sandbox;
  if (!isObject(sandbox) || typeof sandbox.repo !== 'string') return null;
  return { repo: sandbox.repo, projectId: String(sandbox.project_id ?? sandbox.repo) };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
