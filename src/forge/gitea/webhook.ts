import { createHash } from 'node:crypto';
import { z } from 'zod';

/** Headers of FORGE-51; hex HMAC-SHA256 of the raw body, verified by the front door. */
export const GITEA_SIGNATURE_HEADERS = ['x-gitea-signature', 'x-forgejo-signature'] as const;

/** Lower-case header names, as Node gives them. */
export type WebhookHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** What a delivery says happened (FORGE-53). It only wakes; states in payloads are never used (FORGE-54). */
export type ForgeEvent =
  | { fact: 'push'; repo: string; branch: string; before: string; after: string | null }
  | {
      fact: 'pr-changed';
      repo: string;
      number: number;
      branch: string | null;
      closed: boolean;
      merged: boolean;
    }
  | { fact: 'ci-changed'; repo: string; sha: string; branch: string | null };

export type ParsedForgeEvent = { event: ForgeEvent } | { ignored: string };

/** FORGE-52. */
export function giteaDeliveryId(raw: Buffer, headers: WebhookHeaders): string {
  const delivery = header(headers, 'x-gitea-delivery', 'x-forgejo-delivery');
  return delivery ? `gitea:${delivery}` : `gitea:body:${createHash('sha256').update(raw).digest('hex')}`;
}

/**
 * Event filter, then project filter (FORGE-50, FORGE-53). `repoOf` finds our project by `<owner>/<repo>` in lower
 * case; null means unknown.
 */
export function parseGiteaWebhook(
  payload: unknown,
  headers: WebhookHeaders,
  repoOf: (fullName: string) => string | null,
): ParsedForgeEvent {
  const name = header(
    headers,
    'x-gitea-event-type',
    'x-forgejo-event-type',
    'x-gitea-event',
    'x-forgejo-event',
  );
  const read = EVENTS.find(({ names }) => names.test(name ?? ''))?.read;
  if (!read) return { ignored: 'unsupported event' };
  const repository = Repository.safeParse(payload);
  if (!repository.success) return { ignored: 'unknown repository' };
  const repo = repoOf(repository.data.repository.full_name.toLowerCase());
  if (repo === null) return { ignored: 'unknown repository' };
  const event = read(payload, repo);
  return event ? { event } : { ignored: 'unsupported event' };
}

const Repository = z.object({ repository: z.object({ full_name: z.string() }) });
const Push = z.object({ ref: z.string(), before: z.string().nullish(), after: z.string() });
const Pull = z.object({
  action: z.string().nullish(),
  number: z.number().nullish(),
  pull_request: z.object({
    number: z.number().nullish(),
    merged: z.boolean().nullish(),
    head: z.object({ ref: z.string().nullish() }).nullish(),
  }),
});
const Status = z.object({ sha: z.string() });
const WorkflowRun = z.object({
  workflow_run: z.object({ head_sha: z.string(), head_branch: z.string().nullish() }),
});
/** Gitea's run events name the commit in one of several places. */
const ActionRun = z.object({
  commit_sha: z.string().nullish(),
  head_sha: z.string().nullish(),
  run: z
    .object({ commit_sha: z.string().nullish(), head_sha: z.string().nullish(), ref: z.string().nullish() })
    .nullish(),
});

const NO_COMMIT = /^0+$/;

const EVENTS: readonly { names: RegExp; read: (payload: unknown, repo: string) => ForgeEvent | null }[] = [
  { names: /^push$/, read: readPush },
  { names: /^pull_request(_sync|_(review_)?(approved|rejected|comment))?$/, read: readPull },
  { names: /^status$/, read: (payload, repo) => readCi(Status.safeParse(payload).data?.sha, repo, null) },
  { names: /^workflow_run$/, read: readWorkflowRun },
  { names: /^action_run_(success|failure|recover)$/, read: readActionRun },
];

function readPush(payload: unknown, repo: string): ForgeEvent | null {
  const push = Push.safeParse(payload).data;
  if (!push?.ref.startsWith('refs/heads/')) return null;
  const after = NO_COMMIT.test(push.after) ? null : push.after;
  return {
    fact: 'push',
    repo,
    branch: push.ref.slice('refs/heads/'.length),
    before: push.before ?? '',
    after,
  };
}

function readPull(payload: unknown, repo: string): ForgeEvent | null {
  const change = Pull.safeParse(payload).data;
  const number = change?.pull_request.number ?? change?.number;
  if (!change || typeof number !== 'number') return null;
  const closed = change.action === 'closed';
  const merged = closed && change.pull_request.merged === true;
  return { fact: 'pr-changed', repo, number, branch: change.pull_request.head?.ref ?? null, closed, merged };
}

function readWorkflowRun(payload: unknown, repo: string): ForgeEvent | null {
  const run = WorkflowRun.safeParse(payload).data?.workflow_run;
  return readCi(run?.head_sha, repo, run?.head_branch ?? null);
}

function readActionRun(payload: unknown, repo: string): ForgeEvent | null {
  const data = ActionRun.safeParse(payload).data;
  const sha = data?.run?.commit_sha ?? data?.run?.head_sha ?? data?.commit_sha ?? data?.head_sha;
  const ref = data?.run?.ref ?? null;
  return readCi(
    sha ?? undefined,
    repo,
    ref?.startsWith('refs/heads/') ? ref.slice('refs/heads/'.length) : null,
  );
}

const readCi = (sha: string | undefined, repo: string, branch: string | null): ForgeEvent | null =>
  sha ? { fact: 'ci-changed', repo, sha, branch } : null;

function header(headers: WebhookHeaders, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = headers[name];
    if (value !== undefined) return Array.isArray(value) ? value[0] : value;
  }
  return undefined;
}
