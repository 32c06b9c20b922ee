import { dirname, sep } from 'node:path';
import type { Project } from '../pipeline/project.ts';
import { isLoopback } from './loopback.ts';
import type { Probes } from './probes.ts';
import { nearest, type Problem, quoted } from './problems.ts';
import type { Config } from './schema.ts';

/** Everything a rule between settings may look at. */
export interface CombinationInput {
  config: Config;
  projects: readonly Project[];
  /** Repositories named in the registry, those of faulty entries included. */
  repoNames: readonly string[];
  probes: Probes;
  /** Keys that hold a configured secret, with their value. */
  secrets: ReadonlyMap<string, string>;
  /** All variables of the process, to find those that hold a secret. */
  env: Readonly<Record<string, string | undefined>>;
  /** True when both forms of the registry were given. */
  bothRegistries: boolean;
}

type Check = (input: CombinationInput) => Problem[];

const refuse = (broken: boolean, problem: Problem): Problem[] => (broken ? [problem] : []);

const bothRegistries: Check = ({ bothRegistries }) =>
  refuse(bothRegistries, {
    key: 'ORCH_PROJECTS_JSON',
    problem: 'set together with ORCH_PROJECTS_FILE',
    fix: 'keep one of the two',
  });

const SCOPES = [
  ['ORCH_SECURITY_GATE_REPOS', 'securityGateRepos'],
  ['ORCH_IMAGE_FRESHNESS_REPOS', 'imageFreshnessRepos'],
  ['ORCH_MERGE_GATE_REPOS', 'mergeGateRepos'],
  ['ORCH_MERGE_VERIFY_REPOS', 'mergeVerifyRepos'],
  ['ORCH_POST_DEPLOY_REPOS', 'postDeployRepos'],
  ['ORCH_SERIAL_GATE_REPOS', 'serialGateRepos'],
  ['ORCH_AUTO_LABEL_REPOS', 'autoLabelRepos'],
] as const satisfies readonly (readonly [string, keyof Config['scopes']])[];

const unknownRepos: Check = ({ config, repoNames }) => {
  const known = repoNames.map((repo) => repo.toLowerCase());
  return SCOPES.flatMap(([key, property]) => {
    const scope = config.scopes[property];
    if (scope === '*') return [];
    return scope
      .filter((name) => !known.includes(name))
      .map((name) => {
        const close = nearest(name, known);
        return {
          key,
          problem: `${quoted(name)} is not a repository of the registry (${known.join(', ') || 'it is empty'})`,
          fix: close ? `use "${close}", or remove it` : 'remove it, or add the project',
        };
      });
  });
};

const webhookUrl: Check = ({ config: { telegram } }) => {
  if (telegram.mode !== 'webhook') return [];
  const found = telegram.webhookUrl;
  if (found?.toLowerCase().startsWith('https://')) return [];
  return [
    {
      key: 'ORCH_TELEGRAM_WEBHOOK_URL',
      problem: found
        ? `${quoted(found)} is not an https URL, but ORCH_TELEGRAM_MODE is webhook`
        : 'missing, but ORCH_TELEGRAM_MODE is webhook',
      fix: 'set an https URL, or ORCH_TELEGRAM_MODE=polling',
    },
  ];
};

const LONGEST_TITLE = 255;

const titleLengths: Check = ({ config: { tracker } }) => {
  const { qg0TitleMin: min, qg0TitleMax: max } = tracker;
  return [
    ...refuse(min > max, {
      key: 'ORCH_QG0_TITLE_MIN',
      problem: `"${min}" is greater than ORCH_QG0_TITLE_MAX ("${max}")`,
      fix: 'make it the smaller of the two',
    }),
    ...(
      [
        ['ORCH_QG0_TITLE_MIN', min],
        ['ORCH_QG0_TITLE_MAX', max],
      ] as const
    ).flatMap(([key, length]) =>
      refuse(length > LONGEST_TITLE, {
        key,
        problem: `"${length}" is above ${LONGEST_TITLE}`,
        fix: `give at most ${LONGEST_TITLE}`,
      }),
    ),
  ];
};

const passthrough: Check = ({ config, secrets, env }) => {
  const values = new Set(secrets.values());
  const lists = [
    ['ORCH_AGENT_ENV_PASSTHROUGH', config.agents.envPassthrough],
    ['ORCH_CHECKS_ENV_PASSTHROUGH', config.forge.checksEnvPassthrough],
  ] as const;
  return lists.flatMap(([key, names]) =>
    names.flatMap((name) => {
      const own = /^ORCH_/i.test(name);
      const held = env[name]?.trim();
      if (!own && !(held && values.has(held))) return [];
      const why = own ? 'is a variable of this product' : 'holds a configured secret';
      return [{ key, problem: `${quoted(name)} ${why}`, fix: 'remove it from the list' }];
    }),
  );
};

const localChat: Check = ({ config: { telegram } }) =>
  refuse(!isLoopback(telegram.localChatHost) && !telegram.localChatAllowRemote, {
    key: 'ORCH_LOCAL_CHAT_HOST',
    problem: `${quoted(telegram.localChatHost)} is not a loopback address`,
    fix: 'use 127.0.0.1, or set ORCH_LOCAL_CHAT_ALLOW_REMOTE=true when everybody who reaches it may command',
  });

const ports: Check = ({ config: { server, telegram } }) =>
  refuse(server.httpPort === telegram.localChatPort, {
    key: 'ORCH_LOCAL_CHAT_PORT',
    problem: `"${telegram.localChatPort}" is also ORCH_HTTP_PORT`,
    fix: 'give the two different ports',
  });

const directories: Check = ({ config, probes }) => {
  const wanted = [
    ['ORCH_DATA_DIR', config.server.dataDir],
    ['ORCH_REPOS_DIR', config.forge.reposDir],
    ['ORCH_RUNS_DIR', config.server.runsDir],
    ['ORCH_DB_PATH', dirname(config.db.path)],
  ] as const;
  const root = config.server.dataDir;
  // One fault is one line: what lies below an unusable data directory is not complained about again.
  const rootFails = probes.directoryProblem(root) !== undefined;
  return wanted.flatMap(([key, path]) => {
    if (rootFails && key !== 'ORCH_DATA_DIR' && `${path}${sep}`.startsWith(`${root}${sep}`)) return [];
    const why = probes.directoryProblem(path);
    return why ? [{ key, problem: `"${path}" ${why}`, fix: 'name a directory this process can write' }] : [];
  });
};

const agentUser: Check = ({ config, probes }) => {
  const name = config.agents.user;
  const why = name === undefined ? undefined : probes.userProblem(name);
  if (name === undefined || why === undefined) return [];
  return [
    {
      key: 'ORCH_AGENT_USER',
      problem: `${quoted(name)}: ${why}`,
      fix: 'start as root with a user that exists, or remove it',
    },
  ];
};

const forbiddenOnStaging: Check = ({ config, projects }) => {
  if (!config.server.staging) return [];
  const forbidden = new Set(config.gates.stagingForbiddenProjects.map((id) => id.toLowerCase()));
  return projects
    .filter(({ planeProjectId }) => planeProjectId && forbidden.has(planeProjectId.toLowerCase()))
    .map(({ repo, planeProjectId }) => ({
      key: 'ORCH_STAGING_FORBIDDEN_PROJECTS',
      problem: `project "${repo}" ("${planeProjectId}") is listed, and ORCH_STAGING is true`,
      fix: 'remove the project from the registry of the staging instance',
    }));
};

/** What `auto` becomes on this machine (SHIP-120). */
function transport(via: Project['deployHook']['via'], { config, probes }: CombinationInput) {
  if (via !== 'auto') return via;
  if (config.deploy.sshHost) return 'ssh';
  if (probes.host.systemd) return 'systemd-run';
  return probes.host.container && probes.host.dockerSocket ? 'docker' : 'setsid';
}

const selfHostedHook: Check = (input) => {
  const { systemd, container } = input.probes.host;
  if (!systemd && !container) return [];
  return input.projects
    .filter((project) => project.selfHosting && project.deploy === 'hook')
    .filter((project) => transport(project.deployHook.via, input) === 'setsid')
    .map(({ repo }) => ({
      key: 'ORCH_DEPLOY_HOOK_VIA',
      problem: `setsid would be used for "${repo}", which is this product itself and runs ${systemd ? 'under systemd' : 'in a container'}`,
      fix: 'use ssh, systemd-run or docker, so that the hook outlives the restart',
    }));
};

/**
 * SET-20, one row per rule that is about more than one value. Rules 5, 6 and 8 are part of the types;
 * rules 1 to 3 in so far as they concern the registry are in `registry-rules.ts`.
 */
export const COMBINATIONS: readonly { rule: string; check: Check }[] = [
  { rule: 'SET-20.1', check: bothRegistries },
  { rule: 'SET-20.4', check: unknownRepos },
  { rule: 'SET-20.7', check: webhookUrl },
  { rule: 'SET-20.9', check: titleLengths },
  { rule: 'SET-20.10', check: passthrough },
  { rule: 'SET-20.11', check: localChat },
  { rule: 'SET-20.12', check: ports },
  { rule: 'SET-20.13', check: directories },
  { rule: 'SET-20.14', check: agentUser },
  { rule: 'SET-20.15', check: forbiddenOnStaging },
  { rule: 'SET-20.16', check: selfHostedHook },
];
