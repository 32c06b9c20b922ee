import type { MergeOutcome, MergeRequest, MergeStyle, PullRequest } from '../port.ts';
import type { GiteaAnswer, GiteaApi } from './api.ts';
import { parseAnswer } from './parse.ts';
import { readPull } from './pulls.ts';
import { RepoAnswer } from './wire.ts';

export interface MergeDeps {
  api: GiteaApi;
  main: string;
  /** True when main is known to contain the commit (FORGE-36); by git, because only git can prove it. */
  inMain: (sha: string) => Promise<boolean>;
  sleep: (ms: number) => Promise<void>;
  spelling: () => Promise<Spelling>;
}

/** How a server's published description spells the fields of call 12 (FORGE-33). */
export type Spelling = 'capital' | 'snake';

const SETTLE_READS = 5;
const SETTLE_MS = 2_000;

/** Merges by call 12 (FORGE-33, FORGE-35, FORGE-36); never calls it twice for an unknown outcome. */
export async function mergePull(deps: MergeDeps, request: MergeRequest): Promise<MergeOutcome> {
  const read = await readPull(deps.api, request.number);
  if (read.kind === 'not_found')
    return { kind: 'not-mergeable', reason: `no pull request #${request.number}` };
  if (read.kind !== 'ok') return unread(read);
  const pull = read.value;
  if (pull.state === 'merged') return already(pull);
  if (await deps.inMain(request.expectedHead)) return { kind: 'already-merged' };
  const refusal = whyNot(deps, pull, request);
  if (refusal) return refusal;
  const style = await chooseStyle(deps.api, request.style);
  if (typeof style !== 'string') return style;
  return judge(deps, request, await callMerge(deps, request, style));
}

const unread = (failure: { kind: string; reason: string }): MergeOutcome => ({
  kind: failure.kind === 'permanent' ? 'forbidden' : 'unknown',
  reason: failure.reason,
});

const already = (pull: PullRequest): MergeOutcome => ({
  kind: 'already-merged',
  ...(pull.mergeCommitSha ? { mergeCommitSha: pull.mergeCommitSha } : {}),
});

function whyNot(deps: MergeDeps, pull: PullRequest, request: MergeRequest): MergeOutcome | null {
  const named = `pull request #${pull.number}`;
  if (pull.state === 'closed') return { kind: 'not-mergeable', reason: `${named} is closed` };
  if (pull.draft) return { kind: 'not-mergeable', reason: `${named} is a draft` };
  if (pull.baseRef !== deps.main)
    return { kind: 'not-mergeable', reason: `${named} is not into ${deps.main}` };
  if (pull.headSha !== request.expectedHead)
    return { kind: 'head-moved', reason: `expected head ${request.expectedHead}, found ${pull.headSha}` };
  return null;
}

/** FORGE-32: fast-forward where the repository says it allows it. */
async function chooseStyle(api: GiteaApi, wanted: MergeRequest['style']): Promise<MergeStyle | MergeOutcome> {
  if (wanted !== 'auto') return wanted;
  const repo = parseAnswer(await api.getRepo([]), RepoAnswer);
  if (repo.kind !== 'ok') return unread(repo);
  return repo.value.allow_fast_forward_only_merge === true ? 'fast-forward-only' : 'merge';
}

async function callMerge(deps: MergeDeps, request: MergeRequest, style: MergeStyle): Promise<GiteaAnswer> {
  const spelling = await deps.spelling();
  const post = (spelled: Spelling) =>
    deps.api.send('POST', ['pulls', String(request.number), 'merge'], mergeBody(request, style, spelled));
  const first = await post(spelling);
  const misspelt =
    !first.ok && first.status === 422 && /do\b|field|unknown|required|invalid/i.test(first.message);
  return misspelt ? post(spelling === 'capital' ? 'snake' : 'capital') : first;
}

function mergeBody(request: MergeRequest, style: MergeStyle, spelling: Spelling): Record<string, unknown> {
  const common = {
    head_commit_id: request.expectedHead,
    delete_branch_after_merge: false,
    merge_when_checks_succeed: false,
  };
  const { title, message } = request;
  return spelling === 'capital'
    ? { Do: style, MergeTitleField: title, MergeMessageField: message, ...common }
    : { do: style, merge_title_field: title, merge_message_field: message, ...common };
}

/** FORGE-35. */
async function judge(deps: MergeDeps, request: MergeRequest, answer: GiteaAnswer): Promise<MergeOutcome> {
  if (answer.ok) return settled(deps, request.number);
  const reason = answer.failure.reason;
  switch (answer.status) {
    case 401:
    case 403:
    case 423:
      return { kind: 'forbidden', reason };
    case 404:
      return { kind: 'not-mergeable', reason: `pull request #${request.number} was not found` };
    case 405:
      return { kind: 'not-mergeable', reason };
    case 409:
      return { kind: /\bhead\b/i.test(answer.message) ? 'head-moved' : 'not-mergeable', reason };
    default:
      break;
  }
  if (answer.failure.kind !== 'transient') return { kind: 'not-mergeable', reason };
  const asked = await deps.api.getRepo(['pulls', String(request.number), 'merge']);
  return asked.kind === 'ok' ? settled(deps, request.number) : { kind: 'unknown', reason };
}

/** The server merged; its own record may take a moment. */
async function settled(deps: MergeDeps, number: number): Promise<MergeOutcome> {
  for (let n = 0; n < SETTLE_READS; n += 1) {
    if (n > 0) await deps.sleep(SETTLE_MS);
    const read = await readPull(deps.api, number);
    if (read.kind === 'ok' && read.value.state === 'merged')
      return { ...already(read.value), kind: 'merged' } as MergeOutcome;
  }
  return { kind: 'unknown', reason: 'the forge accepted the merge but does not show it' };
}

/** FORGE-33: from the version of call 1; Forgejo names the Gitea it comes from behind `+gitea-`. */
export function spellingOf(version: string): Spelling {
  if (/\+gitea-/i.test(version)) return 'capital';
  const [major = 0, minor = 0] = version
    .replace(/^v/, '')
    .split('.')
    .map((part) => Number.parseInt(part, 10));
  return major > 1 || (major === 1 && minor >= 27) ? 'snake' : 'capital';
}
