import type { z } from 'zod';
import type { ForgeRead, ForgeWrite } from '../port.ts';
import type { GiteaApi } from './api.ts';
import { parseAnswer, parseRows } from './parse.ts';
import { BranchAnswer, HookAnswer, RepoAnswer } from './wire.ts';

/** FORGE-58. `pull_request` switches on all pull request events. */
export const HOOK_EVENTS = ['push', 'pull_request', 'status', 'workflow_run'] as const;

/** What `doctor` and `init gitea` show of one repository (FORGE-107); undefined is unknown. */
export interface GiteaFacts {
  version: string | undefined;
  login: string | undefined;
  /** Why `GET /user` was refused, where it was: a token without `read:user`. */
  loginRefused: string | undefined;
  fullName: string;
  defaultBranch: string | undefined;
  empty: boolean | undefined;
  archived: boolean | undefined;
  mayPush: boolean | undefined;
  mayAdmin: boolean | undefined;
  mainProtected: boolean | undefined;
  /** What the protection of main lets our user do, and what it asks for before a merge. */
  mayMergeMain: boolean | undefined;
  mayPushMain: boolean | undefined;
  requiredApprovals: number;
  requiredContexts: readonly string[];
  allowsMerge: boolean | undefined;
  allowsFastForward: boolean | undefined;
}

/** Reads calls 1, 2, 4 and 5. The repository itself must be readable; everything else may be unknown. */
export async function inspectGitea(api: GiteaApi, base: string): Promise<ForgeRead<GiteaFacts>> {
  const repo = parseAnswer(await api.getRepo([]), RepoAnswer);
  if (repo.kind !== 'ok') return repo;
  const branch = parseAnswer(await api.getRepo(['branches', base]), BranchAnswer);
  const { value } = repo;
  const user = await api.get(['user']);
  const main = branch.kind === 'ok' ? branch.value : null;
  return {
    kind: 'ok',
    value: {
      version: textIn(await api.get(['version']), 'version'),
      login: textIn(user, 'login'),
      loginRefused: user.kind === 'permanent' ? user.reason : undefined,
      fullName: value.full_name,
      defaultBranch: value.default_branch ?? undefined,
      empty: value.empty ?? undefined,
      archived: value.archived ?? undefined,
      mayPush: value.permissions?.push ?? undefined,
      mayAdmin: value.permissions?.admin ?? undefined,
      ...protectionOf(main),
      allowsMerge: value.allow_merge_commits ?? undefined,
      allowsFastForward: value.allow_fast_forward_only_merge ?? undefined,
    },
  };
}

function textIn(read: ForgeRead<unknown>, key: string): string | undefined {
  const found = read.kind === 'ok' ? (read.value as Record<string, unknown> | null)?.[key] : undefined;
  return typeof found === 'string' ? found : undefined;
}

const protectionOf = (branch: z.infer<typeof BranchAnswer> | null) => ({
  mainProtected: branch?.protected ?? undefined,
  mayMergeMain: branch?.user_can_merge ?? undefined,
  mayPushMain: branch?.user_can_push ?? undefined,
  requiredApprovals: branch?.required_approvals ?? 0,
  requiredContexts: branch?.enable_status_check ? (branch.status_check_contexts ?? []) : [],
});

/** Whether our webhook is there, active and complete; `not_found` says what is missing. */
export async function findHook(api: GiteaApi, url: string): Promise<ForgeWrite> {
  const rows = await hooksOf(api);
  if (rows.kind !== 'ok') return rows;
  const own = rows.value.find((row) => row.config?.url === url);
  if (!own) return { kind: 'not_found', reason: 'the webhook is missing' };
  const complete = own.active === true && coversEvents(own.events ?? []);
  return complete ? { kind: 'ok' } : { kind: 'not_found', reason: 'the webhook is off or lacks events' };
}

async function hooksOf(api: GiteaApi) {
  const pick = (page: unknown) => (Array.isArray(page) ? page : null);
  const read = await api.pages(['hooks'], { pick, tooMany: 'refuse' });
  return read.kind === 'ok' ? parseRows(read.value.rows, HookAnswer) : read;
}

/** Creates or completes our webhook (FORGE-58); the same call again changes nothing. */
export async function ensureHook(
  api: GiteaApi,
  hook: { url: string; secret: string },
): Promise<ForgeWrite & { changed?: boolean }> {
  const rows = await hooksOf(api);
  if (rows.kind !== 'ok') return rows;
  const own = rows.value.find((row) => row.config?.url === hook.url);
  const config = { url: hook.url, content_type: 'json', secret: hook.secret };
  const common = { active: true, events: [...HOOK_EVENTS], branch_filter: '*', config };
  if (!own) {
    const answer = await api.send('POST', ['hooks'], { type: 'gitea', ...common });
    return answer.ok ? { kind: 'ok', changed: true } : answer.failure;
  }
  if (own.active === true && coversEvents(own.events ?? [])) return { kind: 'ok', changed: false };
  const answer = await api.send('PATCH', ['hooks', String(own.id)], common);
  return answer.ok ? { kind: 'ok', changed: true } : answer.failure;
}

/** A server lists the single pull request events that `pull_request` switched on. */
const coversEvents = (events: readonly string[]): boolean =>
  HOOK_EVENTS.every((wanted) => events.some((event) => event === wanted || event.startsWith(`${wanted}_`)));

/**
 * Asks the server to call us now (a `push` event of the main branch). `ok` says that it was asked, not that the call
 * arrives: a server refuses private targets silently unless its `ALLOWED_HOST_LIST` names them.
 */
export async function testHook(api: GiteaApi, url: string): Promise<ForgeWrite> {
  const rows = await hooksOf(api);
  if (rows.kind !== 'ok') return rows;
  const own = rows.value.find((row) => row.config?.url === url);
  if (!own) return { kind: 'not_found', reason: 'the webhook is missing' };
  const answer = await api.send('POST', ['hooks', String(own.id), 'tests']);
  return answer.ok ? { kind: 'ok' } : answer.failure;
}
