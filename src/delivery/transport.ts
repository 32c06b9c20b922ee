import type { DeployVia } from '../pipeline/project.ts';

/** How a hook is taken out of our process tree (SHIP-120). */
export type Transport = Exclude<DeployVia, 'auto'>;

/** Where the orchestrator itself runs. */
export interface Surroundings {
  /** `ORCH_DEPLOY_SSH_HOST` is set. */
  sshHost: boolean;
  underSystemd: boolean;
  inContainer: boolean;
  /** The container sees the docker socket. */
  dockerSocket: boolean;
}

export type TransportChoice = { ok: true; transport: Transport } | { ok: false; reason: string };

interface Row {
  transport: Transport;
  when: (around: Surroundings) => boolean;
}

/** The order of SHIP-120: the first row that applies is what `auto` means. */
const AUTO: readonly Row[] = [
  { transport: 'ssh', when: (around) => around.sshHost },
  { transport: 'systemd-run', when: (around) => around.underSystemd },
  { transport: 'docker', when: (around) => around.inContainer && around.dockerSocket },
  { transport: 'setsid', when: () => true },
];

/** Chooses the transport. Refused, with the reason, where the hook would be killed together with us (SHIP-120). */
export function chooseTransport(
  via: DeployVia,
  around: Surroundings,
  project: { selfHosting: boolean },
): TransportChoice {
  const transport = via === 'auto' ? AUTO.find((row) => row.when(around))?.transport : via;
  if (transport === 'ssh' && !around.sshHost)
    return { ok: false, reason: 'deploy over ssh needs ORCH_DEPLOY_SSH_HOST' };
  if (transport === 'setsid' && project.selfHosting && (around.underSystemd || around.inContainer)) {
    const where = around.underSystemd ? 'under systemd' : 'in a container';
    const fix = 'set ORCH_DEPLOY_HOOK_VIA to ssh, systemd-run or docker';
    return { ok: false, reason: `a hook started by setsid ${where} would die with this process: ${fix}` };
  }
  return { ok: true, transport: transport ?? 'setsid' };
}
