import { git } from '../git/repository.ts';
import {
  renderBranch,
  renderHook,
  renderLabel,
  renderPull,
  renderRepo,
  renderReview,
  renderStatus,
} from './render.ts';
import { type FakePull, type FakeRepository, type Flavour, mergeFakePull, VERSIONS } from './state.ts';

export interface ApiCall {
  method: string;
  /** Decoded segments below `/api/v1`. */
  segments: string[];
  query: URLSearchParams;
  body: Record<string, unknown>;
}
export interface ApiReply {
  status: number;
  body?: unknown;
}
export interface RouteWorld {
  repo: FakeRepository;
  flavour: Flavour;
  maxItems: number;
  /** Told to every active hook, or to one. */
  emit: (event: string, type: string, payload: Record<string, unknown>, hook?: number) => void;
}

const fail = (status: number, message: string): ApiReply => ({ status, body: { message, url: '' } });
const notFound = fail(404, "The target couldn't be found.");

/** Answers one call of FORGE-23 as the server would. */
export async function route(world: RouteWorld, call: ApiCall): Promise<ApiReply> {
  const [first, second, third, ...rest] = call.segments;
  const key = `${call.method} ${call.segments.join('/')}`;
  const refused = outOfScope(world, call);
  if (refused) return refused;
  if (key === 'GET version') return { status: 200, body: { version: VERSIONS[world.flavour] } };
  if (key === 'GET user') return { status: 200, body: { id: 1, login: 'orchestrator' } };
  if (key === 'GET settings/api')
    return { status: 200, body: { max_response_items: world.maxItems, default_paging_num: 30 } };
  if (first !== 'repos' || `${second}/${third}` !== world.repo.fullName) return notFound;
  if (world.repo.archived && call.method !== 'GET') return fail(423, 'Repository is archived');
  const [kind, ...names] = rest;
  switch (kind) {
    case undefined:
      return { status: 200, body: renderRepo(world.repo) };
    case 'branches':
      return branches(world, call, names);
    case 'pulls':
      return pulls(world, call, names);
    case 'commits':
    case 'statuses':
      return statuses(world, call, names);
    case 'labels':
      return labels(world, call);
    case 'hooks':
      return hooks(world, call, names);
    case 'git':
      return gitData(world, names);
    default:
      return notFound;
  }
}

function page<T>(world: RouteWorld, call: ApiCall, rows: readonly T[]): T[] {
  const limit = Math.min(Number(call.query.get('limit') ?? 30), world.maxItems);
  const from = (Number(call.query.get('page') ?? 1) - 1) * limit;
  return rows.slice(from, from + limit);
}

async function branches({ repo, ...world }: RouteWorld, call: ApiCall, names: string[]): Promise<ApiReply> {
  const all = await repo.branches();
  if (names.length === 0)
    return {
      status: 200,
      body: page({ repo, ...world }, call, all).map((branch) => renderBranch(repo, branch)),
    };
  // A branch name is one segment: a slash that was not encoded is another path.
  const branch = names.length === 1 ? all.find(({ name }) => name === names[0]) : undefined;
  if (!branch) return notFound;
  if (call.method === 'GET') return { status: 200, body: renderBranch(repo, branch) };
  if (branch.name === repo.main || repo.protectedBranches.has(branch.name))
    return fail(403, 'branch protected');
  await git(repo.gitDir, 'update-ref', '-d', `refs/heads/${branch.name}`);
  await closeOrphans({ repo, ...world }, branch.name);
  return { status: 204 };
}

async function pulls(world: RouteWorld, call: ApiCall, [number, what]: string[]): Promise<ApiReply> {
  const { repo } = world;
  if (number === undefined) return call.method === 'GET' ? listPulls(world, call) : createPull(world, call);
  const pull = repo.pulls.find((row) => row.number === Number(number));
  if (!pull) return notFound;
  if (what === 'merge')
    return call.method === 'GET' ? { status: pull.merged ? 204 : 404 } : merge(world, call, pull);
  if (what === 'reviews') return { status: 200, body: page(world, call, pull.reviews).map(renderReview) };
  if (call.method === 'PATCH') {
    if (call.body.state === 'closed' || call.body.state === 'open') pull.state = call.body.state;
    if (typeof call.body.body === 'string') pull.body = call.body.body;
    await emitPull(world, pull, pull.state === 'closed' ? 'closed' : 'reopened');
    return { status: 201, body: await renderPull(repo, pull) };
  }
  return { status: 200, body: await renderPull(repo, pull) };
}

async function listPulls(world: RouteWorld, call: ApiCall): Promise<ApiReply> {
  const state = call.query.get('state') ?? 'open';
  const rows = world.repo.pulls.filter((pull) => state === 'all' || pull.state === state).reverse();
  const shown = page(world, call, rows).map((pull) => renderPull(world.repo, pull));
  return { status: 200, body: await Promise.all(shown) };
}

async function createPull(world: RouteWorld, call: ApiCall): Promise<ApiReply> {
  const { repo } = world;
  const { head, base, title, body } = call.body as Record<string, string>;
  const sha = await repo.head(head ?? '');
  if (!sha || !base || !title) return fail(404, 'the branch does not exist');
  if (repo.pulls.some((pull) => pull.state === 'open' && pull.head === head && pull.base === base))
    return fail(409, 'pull request already exists for these targets');
  const pull: FakePull = {
    number: repo.pulls.length + 1,
    title,
    body: body ?? '',
    head: head as string,
    base,
    state: 'open',
    merged: false,
    mergedAt: null,
    mergeCommitSha: null,
    lastHead: sha,
    draft: /^wip:/i.test(title),
    labels: (call.body.labels as number[] | undefined) ?? [],
    reviews: [],
  };
  repo.pulls.push(pull);
  await emitPull(world, pull, 'opened');
  return { status: 201, body: await renderPull(repo, pull) };
}

async function merge(world: RouteWorld, call: ApiCall, pull: FakePull): Promise<ApiReply> {
  const body = call.body as Record<string, string>;
  const snake = world.flavour === 'gitea-1.27';
  const style = snake ? body.do : body.Do;
  if (!style) return fail(422, snake ? '[do]: Required' : '[Do]: Required');
  const outcome = await mergeFakePull(world.repo, pull, {
    style,
    headCommit: body.head_commit_id ?? '',
    title: (snake ? body.merge_title_field : body.MergeTitleField) ?? '',
    message: (snake ? body.merge_message_field : body.MergeMessageField) ?? '',
  });
  if (outcome.message !== null) return fail(outcome.status, outcome.message);
  await emitPull(world, pull, 'closed');
  return { status: 200 };
}

/** A branch that is gone closes its open pull requests. */
export async function closeOrphans(world: RouteWorld, branch: string): Promise<void> {
  for (const pull of world.repo.pulls.filter(({ head, state }) => head === branch && state === 'open')) {
    pull.state = 'closed';
    await emitPull(world, pull, 'closed');
  }
}

async function emitPull(world: RouteWorld, pull: FakePull, action: string): Promise<void> {
  const pull_request = await renderPull(world.repo, pull);
  world.emit('pull_request', 'pull_request', { action, number: pull.number, pull_request });
}

async function statuses(world: RouteWorld, call: ApiCall, [sha = '']: string[]): Promise<ApiReply> {
  const { repo } = world;
  if (!(await repo.hasCommit(sha))) return notFound;
  if (call.method === 'POST') {
    const { state, context, description, target_url } = call.body as Record<string, string>;
    const id = repo.id();
    const row = {
      id,
      sha,
      context: context ?? 'default',
      status: state ?? 'pending',
      description: description ?? '',
      target_url: target_url ?? '',
      updated_at: new Date(Date.UTC(2026, 0, 1, 0, 0, id)).toISOString(),
    };
    repo.statuses.push(row);
    world.emit('status', 'status', { sha, state, context: row.context });
    return { status: 201, body: renderStatus(row) };
  }
  const newest = new Map(repo.statuses.filter((row) => row.sha === sha).map((row) => [row.context, row]));
  const shown = page(world, call, [...newest.values()]);
  const worst = ['error', 'failure', 'pending', 'warning', 'success', 'skipped'].find((state) =>
    shown.some((row) => row.status === state),
  );
  const body = {
    sha,
    state: worst ?? 'pending',
    total_count: newest.size,
    statuses: shown.map(renderStatus),
  };
  return { status: 200, body };
}

async function hooks(world: RouteWorld, call: ApiCall, [id, what]: string[]): Promise<ApiReply> {
  const { repo } = world;
  if (what === 'tests') return testHook(world, Number(id));
  if (call.method === 'GET') return { status: 200, body: page(world, call, repo.hooks).map(renderHook) };
  const config = (call.body.config ?? {}) as Record<string, string>;
  const wanted = {
    url: config.url ?? '',
    secret: config.secret ?? '',
    events: (call.body.events as string[] | undefined) ?? [],
    active: call.body.active === true,
  };
  const known = repo.hooks.find((hook) => hook.id === Number(id));
  if (id !== undefined && !known) return notFound;
  const hook = known ? Object.assign(known, wanted) : { id: repo.id(), ...wanted };
  if (!known) repo.hooks.push(hook);
  return { status: known ? 200 : 201, body: renderHook(hook) };
}

async function testHook({ repo, emit }: RouteWorld, id: number): Promise<ApiReply> {
  if (!repo.hooks.some((hook) => hook.id === id)) return notFound;
  const sha = await repo.head(repo.main);
  emit('push', 'push', { ref: `refs/heads/${repo.main}`, before: sha, after: sha }, id);
  return { status: 204 };
}

function labels(world: RouteWorld, call: ApiCall): ApiReply {
  const { repo } = world;
  if (call.method === 'GET') return { status: 200, body: page(world, call, repo.labels).map(renderLabel) };
  const { name = '', color = '', description = '' } = call.body as Record<string, string>;
  const label = { id: repo.id(), name, color, description };
  repo.labels.push(label);
  return { status: 201, body: renderLabel(label) };
}

/** The scope a call needs, as the server names it. */
function scopeOf({ method, segments: [first, , , kind] }: ApiCall): string | null {
  if (first === 'user') return 'read:user';
  if (first !== 'repos') return null;
  return `${method === 'GET' ? 'read' : 'write'}:${kind === 'labels' ? 'issue' : 'repository'}`;
}

function outOfScope({ repo }: RouteWorld, call: ApiCall): ApiReply | null {
  const scope = scopeOf(call);
  const covers =
    scope === null ||
    repo.scopes === null ||
    repo.scopes.has(scope) ||
    repo.scopes.has(scope.replace('read:', 'write:'));
  return covers
    ? null
    : fail(403, `token does not have at least one of required scope(s), required=[${scope}]`);
}

async function gitData({ repo }: RouteWorld, [what, ...name]: string[]): Promise<ApiReply> {
  if (what !== 'refs') return notFound;
  const ref = `refs/${name.join('/')}`;
  const out = await git(repo.gitDir, 'for-each-ref', '--format=%(objectname) %(refname)', ref);
  const rows = out.split('\n').filter(Boolean);
  if (rows.length === 0) return notFound;
  return {
    status: 200,
    body: rows.map((row) => ({
      ref: row.slice(41),
      url: '',
      object: { type: 'commit', sha: row.slice(0, 40), url: '' },
    })),
  };
}
