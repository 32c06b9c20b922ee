import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Config } from '../../config/schema.ts';
import type { DetachHost } from '../../delivery/detach.ts';
import { hookEnvironment } from '../../delivery/hook-environment.ts';
import type { HookRun, HookRunner } from '../../delivery/hook-runner.ts';
import { hookSource } from '../../delivery/hook-source.ts';
import { createHostHooks } from '../../delivery/host-hooks.ts';
import { findOwnContainer } from '../../delivery/own-container.ts';
import { chooseTransport } from '../../delivery/transport.ts';
import { AppError } from '../../errors.ts';
import type { Project } from '../../pipeline/project.ts';
import type { HookOrder } from '../../processors/delivery-ports.ts';
import { runProcess } from '../../subprocess.ts';
import type { Workspace } from '../../workspace/workspace.ts';

export interface HooksDeps {
  config: Pick<Config, 'deploy' | 'forge'>;
  place: { path: string; home: string; underSystemd?: boolean; sshAgent?: string };
  now: () => number;
}

const WRAPPER = fileURLToPath(new URL('../../../scripts/deploy-wrapper.sh', import.meta.url));

/** A project's hooks over the transport this host asks for (SHIP-120); throws `hook-transport` where it is refused. */
export function createHooks({ config, place, now }: HooksDeps, project: Project): HookRunner {
  const { deploy } = config;
  const surroundings = {
    sshHost: deploy.sshHost !== undefined,
    underSystemd: place.underSystemd === true && existsSync('/run/systemd/system'),
    inContainer: existsSync('/.dockerenv'),
    dockerSocket: existsSync('/var/run/docker.sock'),
  };
  const choice = chooseTransport(project.deployHook.via, surroundings, project);
  if (!choice.ok) throw new AppError('hook-transport', choice.reason, { fault: 'user' });
  const { transport } = choice;
  const env = {
    PATH: place.path,
    HOME: place.home,
    // Where `systemd-run --user` finds its manager; a service has no session that would say it.
    ...(transport === 'systemd-run' ? { XDG_RUNTIME_DIR: `/run/user/${process.getuid?.() ?? 0}` } : {}),
    ...(place.sshAgent === undefined ? {} : { SSH_AUTH_SOCK: place.sshAgent }),
  };
  const make = async (): Promise<HookRunner> => {
    const container = transport === 'docker' ? await findOwnContainer({ env, run: runProcess }) : undefined;
    const host: DetachHost = {
      nodePath: process.execPath,
      root: process.getuid?.() === 0,
      ...(deploy.sshHost === undefined ? {} : { ssh: sshOf(deploy.sshHost, deploy.sshUser) }),
      ...(container ? { container } : {}),
    };
    const wrapper = readFileSync(WRAPPER, 'utf8');
    return createHostHooks({
      transport,
      stateDir: deploy.stateDir,
      wrapper,
      host,
      env,
      run: runProcess,
      now,
    });
  };
  let made: Promise<HookRunner> | undefined;
  const runner = (): Promise<HookRunner> => {
    made ??= make();
    // A container that could not be inspected now may answer at the next try.
    made.catch(() => {
      made = undefined;
    });
    return made;
  };
  return {
    start: async (run) => (await runner()).start(run),
    look: async (run) => (await runner()).look(run),
  };
}

const sshOf = (host: string, user: string | undefined) => ({ host, ...(user === undefined ? {} : { user }) });

/** One hook call: the script as SHIP-2 wants it, the environment of SHIP-112. Throws `no-deploy-hook`. */
export async function hookRunOf(
  { config, place, workspace }: HooksDeps & { workspace: Workspace },
  project: Project,
  order: HookOrder,
): Promise<HookRun> {
  const { script } = project.deployHook;
  if (script === undefined) {
    throw new AppError('no-deploy-hook', `Expected a deploy hook for ${project.repo}, found none.`, {
      fault: 'user',
      hint: 'Set deploy_hook.script, or declare `deploy: none`.',
    });
  }
  const { mirror } = workspace.open(project);
  const baseSha = order.baseSha ?? (await mirror.head(project.baseBranch)) ?? '';
  const hook = await hookSource({ script, baseSha, readFile: mirror.readFile });
  const { deployId, sha, mode } = order;
  const repos = { here: config.forge.reposDir, there: config.forge.hostReposDir };
  return { deployId, sha, mode, hook, env: hookEnvironment(project, order, { ...place, repos }) };
}
