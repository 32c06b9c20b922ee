import { isLoopbackUrl } from '../../config/loopback.ts';
import type { Config } from '../../config/schema.ts';
import { createGiteaApi, type GiteaApi } from '../../forge/gitea/api.ts';
import { ensureLabel, findLabel, PULL_LABEL } from '../../forge/gitea/labels.ts';
import { giteaRemote } from '../../forge/gitea/open.ts';
import { inspectGitea } from '../../forge/gitea/setup.ts';
import { createRedactor, silentLogger } from '../../log.ts';
import type { Project } from '../../pipeline/project.ts';
import { probeArchiveRefs } from '../../workspace/probe.ts';
import type { Check, Place } from './check.ts';
import { type Found, hint, ok, problem } from './finding.ts';
import { repositoryFound } from './gitea-rules.ts';
import { hookFound } from './gitea-webhook.ts';

const S = 1000;

/** What a Gitea or Forgejo must be like for each of its projects (FORGE-107). */
export const GITEA: Check = {
  name: 'gitea',
  about:
    'per project: token and its scopes, repository, protection of main, merge styles, archive refs, label, webhook and whether the server calls us, links (FORGE-107)',
  mends: 'creates or completes webhook and label, and asks the server for a call (FORGE-58)',
  async look(place) {
    const mine = place.loaded.projects.filter(({ forge }) => forge === 'gitea');
    const found = await Promise.all(mine.map((project) => lookAt(place, project)));
    return found.flat();
  },
};

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
  const remote = giteaRemote({ baseUrl, token, owner, repo });
  return [
    ...repositoryFound(project, read.value),
    { ...(await archiveFound(place, project, remote)), of: `${repo}.archive` },
    { ...(await labelFound(api)), of: `${repo}.label` },
    { ...(await hookFound(place, api, repo)), of: `${repo}.webhook` },
    { ...linksFound(config), of: `${repo}.links` },
  ];
}

/** A test ref is created and removed by git, which also shows that the token may push. */
async function archiveFound(
  { env, loaded, now }: Place,
  { baseBranch: main }: Project,
  remote: ReturnType<typeof giteaRemote>,
): Promise<Found> {
  const { gitPushTimeoutS, gitTimeoutS } = loaded.config.forge;
  const probe = await probeArchiveRefs({
    ...{ remote, main, now, path: env.PATH ?? '', redact: createRedactor(loaded.secrets) },
    timeoutMs: gitPushTimeoutS * S,
    readTimeoutMs: gitTimeoutS * S,
  });
  if (probe.kind === 'accepted') return ok('archive refs are taken');
  if (probe.kind === 'refused')
    return hint(`archive refs are refused (${probe.reason}): archives become tags`, null);
  return problem(
    `git could not push a test ref: ${probe.reason}`,
    'the token needs the scope write:repository, and its user write access',
  );
}

async function labelFound(api: GiteaApi): Promise<Found> {
  const found = await findLabel(api);
  if (found.kind === 'ok') return ok(`pull requests carry "${PULL_LABEL.name}"`);
  const mend = async () => {
    const made = await ensureLabel(api);
    if (made.kind !== 'ok') throw new Error(made.reason);
    return `created the label ${PULL_LABEL.name}`;
  };
  if (found.kind === 'not_found') return hint(found.reason, 'orchestrator init gitea', { mend });
  return hint(
    `pull requests are opened without a label: ${found.reason}`,
    'give the token the scope write:issue, then: orchestrator init gitea',
  );
}

function linksFound({ forge }: Config): Found {
  const base = forge.giteaPublicUrl ?? forge.giteaUrl ?? '';
  if (!isLoopbackUrl(base)) return ok(base);
  return hint(`${base} is this machine: no links are shown`, 'set ORCH_GITEA_PUBLIC_URL');
}
