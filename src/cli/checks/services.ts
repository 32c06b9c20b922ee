import { constants } from 'node:fs';
import { access, chmod, stat } from 'node:fs/promises';
import { createProbes } from '../../config/probes.ts';
import { probeService, probeUrl } from '../../delivery/health.ts';
import { chooseTransport, type Transport } from '../../delivery/transport.ts';
import type { Project, ProjectHealth } from '../../pipeline/project.ts';
import { findProgram } from '../../subprocess.ts';
import type { Check, Place } from './check.ts';
import { type Found, hint, ok, problem } from './finding.ts';

/** What starts a hook of each transport. */
const PROGRAMS: Readonly<Record<Transport, string>> = {
  ssh: 'ssh',
  'systemd-run': 'systemd-run',
  docker: 'docker',
  setsid: 'setsid',
};

export const HOOKS: Check = {
  name: 'deploy-hook',
  about: 'the deploy hook of each project is there, may be run, and its transport is installed (SHIP-120)',
  mends: 'makes a hook executable',
  async look(place) {
    const mine = place.loaded.projects.filter(({ deploy }) => deploy === 'hook');
    const found = await Promise.all(mine.map((project) => hookFound(place, project)));
    return found.map((one, index) => ({ ...one, of: mine[index]?.repo ?? '' }));
  },
};

async function hookFound({ env, loaded: { config } }: Place, project: Project): Promise<Found> {
  const script = project.deployHook.script ?? config.deploy.hookScript;
  if (script === undefined)
    return problem('no hook is named', 'set deploy_hook.script, or ORCH_DEPLOY_HOOK_SCRIPT');
  const { systemd, container, dockerSocket } = createProbes(env).host;
  const around = {
    sshHost: config.deploy.sshHost !== undefined,
    underSystemd: systemd,
    inContainer: container,
    dockerSocket,
  };
  const choice = chooseTransport(project.deployHook.via, around, project);
  if (!choice.ok) return problem(choice.reason, 'change deploy_hook.via');
  const { transport } = choice;
  if (findProgram(PROGRAMS[transport], env) === null)
    return problem(
      `${PROGRAMS[transport]} is not installed, so no hook can be started`,
      'install it, or change deploy_hook.via',
    );
  // One inside the repository is read from git; one on the deploy host is not ours to see.
  if (!script.startsWith('/') || transport === 'ssh') return ok(`${script} by ${transport}`);
  const file = await stat(script).catch(() => null);
  if (!file?.isFile()) return problem(`${script} does not exist`, 'correct deploy_hook.script');
  const runs = await access(script, constants.X_OK).then(
    () => true,
    () => false,
  );
  if (runs) return ok(`${script} by ${transport}`);
  const mend = async () => {
    await chmod(script, file.mode | 0o100);
    return `made ${script} executable`;
  };
  return problem(`${script} is not executable`, `chmod u+x ${script}`, { mend });
}

export const HEALTH: Check = {
  name: 'health',
  about:
    'production and staging of each project answer as healthy and expose the commit they serve (SHIP-114, SHIP-180)',
  async look({ http, loaded: { config, projects } }) {
    const found = await Promise.all(
      projects.flatMap((project) => {
        const needsSha = config.deploy.requireServedSha || project.selfHosting;
        const staging = typeof project.staging === 'object' ? project.staging.health : undefined;
        const deploys = project.deploy === 'hook' || project.deploy === 'agent';
        return [
          ...(deploys && project.health === undefined
            ? [
                Promise.resolve({
                  ...problem('no health URL, so a deploy cannot be proven', 'set health.url of the project'),
                  of: project.repo,
                }),
              ]
            : []),
          ...(project.health === undefined
            ? []
            : [serviceFound(http, project.health, { of: project.repo, needsSha })]),
          ...(staging === undefined
            ? []
            : [serviceFound(http, staging, { of: `${project.repo}.staging`, needsSha })]),
          ...project.postDeploy.probes.map((url) => probeFound(http, url, project.repo)),
        ];
      }),
    );
    return found;
  },
};

async function serviceFound(
  http: Place['http'],
  health: ProjectHealth,
  { of, needsSha }: { of: string; needsSha: boolean },
): Promise<Found> {
  const { healthy, served, detail } = await probeService(http, { health, expectedSha: null });
  // Before the first deploy nothing has to run yet.
  if (!healthy) return hint(detail, 'start the service, or correct health of the project', { of });
  if (served.match !== 'not-exposed') return ok(`${health.url} serves ${served.exposed}`, of);
  const say = needsSha ? problem : hint;
  return say(
    `${health.url} is healthy but does not tell its commit`,
    `expose it as "${health.shaField}" in the answer`,
    { of },
  );
}

async function probeFound(http: Place['http'], url: string, repo: string): Promise<Found> {
  const { ok: answers, detail } = await probeUrl(http, url);
  const of = `${repo}.probe`;
  return answers ? ok(detail, of) : hint(detail, 'correct post_deploy.probes of the project', { of });
}
