import type {
  EnsurePrOutcome,
  EnsurePrRequest,
  ForgeRead,
  ForgeWrite,
  PrFilter,
  PullRequest,
} from '../port.ts';
import type { GiteaApi } from './api.ts';
import { parseAnswer, parseRows } from './parse.ts';
import { PullAnswer, toPullRequest } from './wire.ts';

export interface PullsDeps {
  api: GiteaApi;
  owner: string;
  repo: string;
  /** Main's branch name. */
  main: string;
  /** `ORCH_MERGE_VERIFY_AUTOCREATE_PR_ENABLED`. */
  autoCreate: boolean;
  head: (branch: string) => Promise<ForgeRead<string>>;
  /** What a new pull request is labelled with. */
  labels: () => Promise<{ labels?: number[] }>;
}

/** FORGE-30: filtered here, because the server's own filters cannot be relied upon; highest number first. */
export async function findPulls(
  deps: PullsDeps,
  branch: string,
  filter: PrFilter,
): Promise<ForgeRead<PullRequest[]>> {
  const query = { state: filter, sort: 'recentupdate' };
  const pick = (page: unknown) => (Array.isArray(page) ? page : null);
  const read = await deps.api.pages(['pulls'], { query, pick, tooMany: 'cut' });
  if (read.kind !== 'ok') return read;
  const rows = parseRows(read.value.rows, PullAnswer);
  if (rows.kind !== 'ok') return rows;
  const own = `${deps.owner}/${deps.repo}`.toLowerCase();
  const matches = rows.value
    .filter((pull) => pull.head.ref === branch && pull.base.ref === deps.main)
    .filter((pull) => (pull.head.repo?.full_name ?? own).toLowerCase() === own)
    .map(toPullRequest)
    .filter((pull) => filter === 'all' || pull.state === filter);
  const byNumber = new Map(matches.map((pull) => [pull.number, pull]));
  return { kind: 'ok', value: [...byNumber.values()].sort((a, b) => b.number - a.number) };
}

/** One pull request with its body. */
export async function readPull(
  api: GiteaApi,
  number: number,
): Promise<ForgeRead<PullRequest & { body: string }>> {
  const read = parseAnswer(await api.getRepo(['pulls', String(number)]), PullAnswer);
  if (read.kind !== 'ok') return read;
  return { kind: 'ok', value: { ...toPullRequest(read.value), body: read.value.body ?? '' } };
}

/** FORGE-31: the only path that creates pull requests. */
export async function ensurePull(deps: PullsDeps, request: EnsurePrRequest): Promise<EnsurePrOutcome> {
  const open = await findPulls(deps, request.branch, 'open');
  if (open.kind !== 'ok')
    return { kind: 'failed', reason: open.reason, transient: open.kind === 'transient' };
  const [match] = open.value;
  if (match) return existing(match);
  if (!deps.autoCreate)
    return {
      kind: 'failed',
      reason: 'no open pull request, and creating one is switched off',
      transient: false,
    };
  return (await reopen(deps, request.branch)) ?? (await create(deps, request));
}

function existing(pull: PullRequest): EnsurePrOutcome {
  if (pull.draft) return { kind: 'failed', reason: `PR #${pull.number} is a draft`, transient: false };
  return { kind: 'existed', pr: pull };
}

/** A closed pull request of exactly this head is opened again instead of a second one. */
async function reopen(deps: PullsDeps, branch: string): Promise<EnsurePrOutcome | null> {
  const head = await deps.head(branch);
  const closed = await findPulls(deps, branch, 'closed');
  if (head.kind !== 'ok' || closed.kind !== 'ok') return null;
  const match = closed.value.find((pull) => pull.headSha === head.value);
  if (!match) return null;
  const answer = await deps.api.send('PATCH', ['pulls', String(match.number)], { state: 'open' });
  return answer.ok ? existing({ ...match, state: 'open' }) : null;
}

async function create(deps: PullsDeps, request: EnsurePrRequest): Promise<EnsurePrOutcome> {
  const { branch, title, body } = request;
  const json = { title: title.slice(0, 255), body, head: branch, base: deps.main, ...(await deps.labels()) };
  const answer = await deps.api.send('POST', ['pulls'], json);
  if (answer.ok) {
    const pull = parseAnswer({ kind: 'ok', value: answer.data }, PullAnswer);
    if (pull.kind === 'ok') return { kind: 'created', pr: toPullRequest(pull.value) };
  }
  // Exists already, or nobody knows whether the request arrived: what is there decides.
  const again = await findPulls(deps, branch, 'open');
  const match = again.kind === 'ok' ? again.value[0] : undefined;
  if (match) return existing(match);
  if (answer.ok) return { kind: 'failed', reason: 'the forge created no pull request', transient: true };
  return { kind: 'failed', reason: answer.failure.reason, transient: answer.failure.kind === 'transient' };
}

/** Closes an open pull request; the note becomes the last line of its body (FORGE-23, call 11). */
export async function closePull(api: GiteaApi, number: number, note: string): Promise<ForgeWrite> {
  const read = await readPull(api, number);
  if (read.kind !== 'ok') return read;
  if (read.value.state !== 'open') return { kind: 'ok' };
  const body = note === '' ? read.value.body : `${read.value.body}\n\n${note}`;
  const answer = await api.send('PATCH', ['pulls', String(number)], { state: 'closed', body });
  return answer.ok ? { kind: 'ok' } : answer.failure;
}
