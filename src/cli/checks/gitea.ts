import { existsSync } from 'node:fs';
import { isLoopbackUrl } from '../../config/loopback.ts';
import type { Config } from '../../config/schema.ts';
import { createDeliveryStore } from '../../db/deliveries.ts';
import { openDb } from '../../db/open.ts';
import { createGiteaApi, type GiteaApi } from '../../forge/gitea/api.ts';
import { ensureHook, findHook, type GiteaFacts, inspectGitea } from '../../forge/gitea/setup.ts';
import { silentLogger } from '../../log.ts';
import type { Project } from '../../pipeline/project.ts';
import type { Check, Place } from './check.ts';
import { type Found, hint, ok, problem } from './finding.ts';

const S = 1000;

/** What a Gitea or Forgejo must be like for each of its projects (FORGE-107). */
export const GITEA: Check = {
  name: 'gitea',
  about:
    'per project: token and its rights, repository, main branch, merge styles, webhook, links (FORGE-107)',
  mends: 'creates or completes the webhook (FORGE-58)',
  async look(place) {
    const mine = place.loaded.projects.filter(({ forge }) => forge === 'gitea');
    const found = await Promise.all(mine.map((project) => lookAt(place, project)));
    return found.flat();
  },
};

/** Read from the database, where there is one; absent when it is not known. */
function lastDelivery({ db: { path, busyTimeoutMs } }: Config): number | null | undefined {
  if (!existsSync(path)) return undefined;
  const db = openDb({ file: path, busyTimeoutMs, readonly: true });
  try {
    return createDeliveryStore(db).lastAt('gitea');
  } finally {
    db.$client.close();
  }
}

async function lookAt(place: Place, project: Project): Promise<Found[]> {
  const { config } = place.loaded;
  const { giteaUrl: baseUrl, giteaToken: token, giteaOwner } = config.forge;
  const { repo } = project;
  const owner = project.owner ?? giteaOwner;
  if (baseUrl === undefined || token === undefined || owner === undefined)
    return [
      problem('not configured', 'set ORCH_GITEA_URL, ORCH_GITEA_TOKEN and ORCH_GITEA_OWNER', { of: repo }),
    ];
  const { http, now } = place;
  const timeoutMs = config.forge.giteaTimeoutS * S;
  const api = createGiteaApi({ baseUrl, token, owner, repo, http, timeoutMs, log: silentLogger(), now });
  const read = await inspectGitea(api, project.baseBranch);
  if (read.kind !== 'ok') {
    const fix = `check ORCH_GITEA_URL, and that the token may see ${owner}/${repo}`;
    return [problem(read.reason, fix, { of: repo })];
  }
  return [
    ...repositoryFound(project, read.value),
    { ...(await hookFound(place, api)), of: `${repo}.webhook` },
    { ...linksFound(config), of: `${repo}.links` },
  ];
}

type Rule = (facts: GiteaFacts, project: Project) => Found | null;

/** An unknown value is no problem: the first use tells. */
const RULES: readonly Rule[] = [
  ({ archived }) => (archived ? problem('the repository is archived', 'unarchive it') : null),
  ({ empty }) => (empty ? problem('the repository is empty', 'push a first commit to main') : null),
  ({ mayPush }) =>
    mayPush === false
      ? problem('the token may not push', 'give its user write access; the token needs write:repository')
      : null,
  ({ defaultBranch }, { baseBranch }) =>
    defaultBranch !== undefined && defaultBranch !== baseBranch
      ? problem(
          `default branch is ${defaultBranch}, expected ${baseBranch}`,
          'set base_branch of the project',
        )
      : null,
  ({ allowsMerge, allowsFastForward }) =>
    allowsMerge === false && allowsFastForward === false
      ? problem(
          'neither merge commits nor fast-forward merges are allowed',
          'allow one of them in the settings of the repository',
        )
      : null,
  ({ mainProtected }, { baseBranch }) =>
    mainProtected === false
      ? hint(
          `${baseBranch} is not protected`,
          'protect it against direct pushes; merges by the bot stay allowed',
        )
      : null,
];

function repositoryFound(project: Project, facts: GiteaFacts): Found[] {
  const of = project.repo;
  const who = `${facts.fullName} as ${facts.login ?? 'unknown'}, server ${facts.version ?? 'unknown'}`;
  return [
    ok(who, of),
    ...RULES.flatMap((rule) => rule(facts, project) ?? []).map((found) => ({ ...found, of })),
  ];
}

async function hookFound({ loaded: { config }, now }: Place, api: GiteaApi): Promise<Found> {
  const { server, forge } = config;
  const secret = forge.giteaWebhookSecret;
  if (server.publicUrl === undefined || secret === undefined) {
    const fix = 'set ORCH_PUBLIC_URL and ORCH_GITEA_WEBHOOK_SECRET, then: orchestrator init gitea';
    return hint('none; the forge is polled', fix);
  }
  const url = `${server.publicUrl.replace(/\/+$/, '')}/webhook/gitea`;
  const found = await findHook(api, url);
  const mend = async () => {
    const made = await ensureHook(api, { url, secret });
    if (made.kind !== 'ok') throw new Error(made.reason);
    return `created the webhook ${url}`;
  };
  if (found.kind === 'permanent')
    return problem(found.reason, 'the token needs the right to change webhooks');
  if (found.kind === 'not_found') return hint(found.reason, 'orchestrator init gitea', { mend });
  if (found.kind !== 'ok') return problem(found.reason, 'try again when the forge answers');
  if (isLoopbackUrl(url))
    return hint(
      `${url}: the server may refuse to call this machine`,
      'name it in ALLOWED_HOST_LIST of the server',
    );
  const last = lastDelivery(config);
  if (last === null)
    return hint(
      `${url}: nothing was delivered yet`,
      'push something; a private address must be in ALLOWED_HOST_LIST of the server',
    );
  const when = last === undefined ? '' : `, last delivery ${Math.round((now() - last) / 60_000)} min ago`;
  return ok(`${url}${when}`);
}

function linksFound({ forge }: Config): Found {
  const base = forge.giteaPublicUrl ?? forge.giteaUrl ?? '';
  if (!isLoopbackUrl(base)) return ok(base);
  return hint(`${base} is this machine: no links are shown`, 'set ORCH_GITEA_PUBLIC_URL');
}
