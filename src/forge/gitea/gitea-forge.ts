import type { HttpClient } from '../../http-client.ts';
import type { Logger } from '../../log.ts';
import { statusDescription } from '../ci-state.ts';
import type { CommitStatus, Forge, ForgeRead, ForgeWrite } from '../port.ts';
import { createGiteaApi, type GiteaApi } from './api.ts';
import { readCiState } from './ci.ts';
import { createPullLabels } from './labels.ts';
import { createLinks } from './links.ts';
import { mergePull, type Spelling, spellingOf } from './merge.ts';
import { parseAnswer, parseRows } from './parse.ts';
import { closePull, ensurePull, findPulls, readPull } from './pulls.ts';
import { BranchAnswer, RepoAnswer, ReviewAnswer, toReview } from './wire.ts';

export interface GiteaForgeOptions {
  /** `ORCH_GITEA_URL`. */
  baseUrl: string;
  /** `ORCH_GITEA_PUBLIC_URL`, else the same. */
  publicUrl: string;
  token: string;
  owner: string;
  repo: string;
  main: string;
  ci: 'forge' | 'engine' | 'none';
  /** `ORCH_MERGE_VERIFY_AUTOCREATE_PR_ENABLED`. */
  autoCreatePr: boolean;
  http: HttpClient;
  /** `ORCH_GITEA_TIMEOUT_S` as milliseconds, per request. */
  timeoutMs: number;
  log: Logger;
  /** Epoch ms. */
  now: () => number;
  sleep: (ms: number) => Promise<void>;
  /** FORGE-36, by git: true when main, freshly fetched, contains the commit; false also when that is not known. */
  inMain: (sha: string) => Promise<boolean>;
}

/** The forge of one project on Gitea or Forgejo (FORGE-20 to FORGE-44). */
export function createGiteaForge(options: GiteaForgeOptions): Forge {
  const api = createGiteaApi(options);
  const { main, owner, repo } = options;
  const head = async (branch: string): Promise<ForgeRead<string>> => {
    const read = parseAnswer(await api.getRepo(['branches', branch]), BranchAnswer);
    return read.kind === 'ok' ? { kind: 'ok', value: read.value.commit.id } : read;
  };
  const labels = createPullLabels(api);
  const pulls = { api, owner, repo, main, autoCreate: options.autoCreatePr, head, labels };
  const spelling = createSpelling(api);
  return {
    kind: 'gitea',
    mayPush: async () => {
      const read = parseAnswer(await api.getRepo([]), RepoAnswer);
      if (read.kind !== 'ok') return read;
      const push = read.value.permissions?.push;
      if (push === undefined || push === null)
        return { kind: 'permanent', reason: 'the forge does not say whether push is granted' };
      return { kind: 'ok', value: push };
    },
    head,
    ensurePr: (request) => ensurePull(pulls, request),
    findPrs: (branch, filter) => findPulls(pulls, branch, filter),
    getPr: async (number) => {
      const read = await readPull(api, number);
      if (read.kind !== 'ok') return read;
      const { body: _, ...pull } = read.value;
      return { kind: 'ok', value: pull };
    },
    mergePr: (request) =>
      mergePull({ api, main, inMain: options.inMain, sleep: options.sleep, spelling }, request),
    reviews: async (number) => {
      const pick = (page: unknown) => (Array.isArray(page) ? page : null);
      const read = await api.pages(['pulls', String(number), 'reviews'], { pick, tooMany: 'refuse' });
      if (read.kind !== 'ok') return read;
      const rows = parseRows(read.value.rows, ReviewAnswer);
      return rows.kind === 'ok' ? { kind: 'ok', value: rows.value.map(toReview) } : rows;
    },
    closePr: (number, note) => closePull(api, number, note),
    setStatus: (sha, status) => setStatus(api, sha, status),
    ciState: (sha) => readCiState(api, sha, options),
    deleteBranch: (branch) => deleteBranch(api, main, branch),
    links: createLinks(options),
  };
}

async function setStatus(api: GiteaApi, sha: string, status: CommitStatus): Promise<ForgeWrite> {
  const { context, state, url } = status;
  const description = statusDescription(status.description);
  const json = { context, state, description, ...(url ? { target_url: url } : {}) };
  const answer = await api.send('POST', ['statuses', sha], json);
  return answer.ok ? { kind: 'ok' } : answer.failure;
}

async function deleteBranch(api: GiteaApi, main: string, branch: string): Promise<ForgeWrite> {
  if (branch === main) return { kind: 'permanent', reason: `${branch} is the main branch` };
  const answer = await api.send('DELETE', ['branches', branch]);
  return answer.ok || answer.status === 404 ? { kind: 'ok' } : answer.failure;
}

/** Asked once per start (FORGE-33); while the server does not say, the older spelling is tried. */
function createSpelling(api: GiteaApi): () => Promise<Spelling> {
  let known: Spelling | null = null;
  return async () => {
    if (known) return known;
    const read = await api.get(['version']);
    const version = read.kind === 'ok' ? (read.value as { version?: unknown } | null)?.version : undefined;
    if (typeof version !== 'string') return 'capital';
    known = spellingOf(version);
    return known;
  };
}
