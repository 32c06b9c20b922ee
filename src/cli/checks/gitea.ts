import { existsSync } from 'node:fs';
import type { LoadedConfig } from '../../config/load.ts';
import { isLoopbackUrl } from '../../config/loopback.ts';
import type { Config } from '../../config/schema.ts';
import { createDeliveryStore } from '../../db/deliveries.ts';
import { openDb } from '../../db/open.ts';
import { createGiteaApi, type GiteaApi } from '../../forge/gitea/api.ts';
import { ensureHook, findHook, type GiteaFacts, inspectGitea } from '../../forge/gitea/setup.ts';
import { createHttpClient, type HttpClient } from '../../http-client.ts';
import { createRedactor, silentLogger } from '../../log.ts';
import type { Project } from '../../pipeline/project.ts';
import type { CliContext } from '../context.ts';
import type { Finding } from './finding.ts';

const S = 1000;

export interface GiteaCheck {
  config: Config;
  projects: readonly Project[];
  http: HttpClient;
  /** `init gitea`, `doctor --fix`: creates or completes the webhook (FORGE-58); else it is only looked at. */
  fix: boolean;
  /** When the last valid delivery came, epoch ms; null for none, absent when it is not known. */
  lastDeliveryAt?: number | null;
  now: () => number;
}

/** The same for the settings of a call, and what is known of deliveries. */
export async function checkForges(
  context: Pick<CliContext, 'version'>,
  { config, projects, secrets }: LoadedConfig,
  fix = false,
): Promise<Finding[]> {
  if (!projects.some(({ forge }) => forge === 'gitea')) return [];
  const http = createHttpClient({
    userAgent: `Orchestrator/${context.version}`,
    timeoutMs: config.forge.giteaTimeoutS * S,
    redact: createRedactor(secrets),
  });
  const last = lastDelivery(config);
  const known = last === undefined ? {} : { lastDeliveryAt: last };
  return checkGitea({ config, projects, http, fix, now: Date.now, ...known });
}

/** Read from the database, where there is one. */
function lastDelivery({ db: { path, busyTimeoutMs } }: Config): number | null | undefined {
  if (!existsSync(path)) return undefined;
  const db = openDb({ file: path, busyTimeoutMs, readonly: true });
  try {
    return createDeliveryStore(db).lastAt('gitea');
  } finally {
    db.$client.close();
  }
}

/** What a Gitea or Forgejo must be like for each of its projects (FORGE-107); none without such projects. */
export async function checkGitea(check: GiteaCheck): Promise<Finding[]> {
  const mine = check.projects.filter(({ forge }) => forge === 'gitea');
  const findings = await Promise.all(mine.map((project) => checkProject(check, project)));
  return findings.flat();
}

async function checkProject(check: GiteaCheck, project: Project): Promise<Finding[]> {
  const { giteaUrl: baseUrl, giteaToken: token, giteaOwner } = check.config.forge;
  const owner = project.owner ?? giteaOwner;
  const name = `gitea.${project.repo}`;
  if (baseUrl === undefined || token === undefined || owner === undefined) {
    const fix = 'set ORCH_GITEA_URL, ORCH_GITEA_TOKEN and ORCH_GITEA_OWNER';
    return [{ name, level: 'problem', detail: 'not configured', fix }];
  }
  const { http, now } = check;
  const api = createGiteaApi({ baseUrl, token, owner, repo: project.repo, http, log: silentLogger(), now });
  const read = await inspectGitea(api, project.baseBranch);
  if (read.kind !== 'ok') {
    const fix = `check ORCH_GITEA_URL, and that the token may see ${owner}/${project.repo}`;
    return [{ name, level: 'problem', detail: read.reason, fix }];
  }
  return [
    ...repositoryFindings(name, project, read.value),
    await hookFinding(check, name, api),
    links(check.config, name),
  ];
}

type Rule = (facts: GiteaFacts, project: Project) => Omit<Finding, 'name'> | null;

const problem = (detail: string, fix: string) => ({ level: 'problem', detail, fix }) as const;
const hint = (detail: string, fix: string) => ({ level: 'hint', detail, fix }) as const;

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

function repositoryFindings(name: string, project: Project, facts: GiteaFacts): Finding[] {
  const found = RULES.flatMap((rule) => rule(facts, project) ?? []).map((finding) => ({ name, ...finding }));
  const who = `${facts.fullName} as ${facts.login ?? 'unknown'}, server ${facts.version ?? 'unknown'}`;
  return [{ name, level: 'ok', detail: who, fix: null }, ...found];
}

async function hookFinding(check: GiteaCheck, project: string, api: GiteaApi): Promise<Finding> {
  const name = `${project}.webhook`;
  const { server, forge } = check.config;
  const secret = forge.giteaWebhookSecret;
  if (server.publicUrl === undefined || secret === undefined) {
    const fix = 'set ORCH_PUBLIC_URL and ORCH_GITEA_WEBHOOK_SECRET, then: orchestrator init gitea';
    return { name, ...hint('none; the forge is polled', fix) };
  }
  const url = `${server.publicUrl.replace(/\/+$/, '')}/webhook/gitea`;
  const found = check.fix ? await ensureHook(api, { url, secret }) : await findHook(api, url);
  if (found.kind === 'permanent')
    return { name, ...problem(found.reason, 'the token needs the right to change webhooks') };
  if (found.kind === 'not_found') return { name, ...hint(found.reason, 'orchestrator init gitea') };
  if (found.kind !== 'ok') return { name, ...problem(found.reason, 'try again when the forge answers') };
  if (isLoopbackUrl(url))
    return {
      name,
      ...hint(
        `${url}: the server may refuse to call this machine`,
        'name it in ALLOWED_HOST_LIST of the server',
      ),
    };
  const { lastDeliveryAt: last } = check;
  if (last === null)
    return {
      name,
      ...hint(
        `${url}: nothing was delivered yet`,
        'push something; a private address must be in ALLOWED_HOST_LIST of the server',
      ),
    };
  const when =
    last === undefined ? '' : `, last delivery ${Math.round((check.now() - last) / 60_000)} min ago`;
  return { name, level: 'ok', detail: `${url}${when}`, fix: null };
}

function links({ forge }: Config, project: string): Finding {
  const name = `${project}.links`;
  const base = forge.giteaPublicUrl ?? forge.giteaUrl ?? '';
  if (!isLoopbackUrl(base)) return { name, level: 'ok', detail: base, fix: null };
  return { name, ...hint(`${base} is this machine: no links are shown`, 'set ORCH_GITEA_PUBLIC_URL') };
}
