import type { LoadedConfig } from '../../config/load.ts';
import { describeError } from '../../errors.ts';
import { createControlClient } from '../../http/control-client.ts';
import { isNotRunning } from '../running.ts';
import { socketOf } from '../settings.ts';
import { checkBackup } from './backup.ts';
import type { Finding } from './finding.ts';

interface Ready {
  checks: Readonly<Record<string, { ok: boolean; detail: string }>>;
}

const TIMEOUT_MS = 5000;

/** What the control process says of itself, if it runs. */
export async function checkRunning(loaded: LoadedConfig): Promise<Finding[]> {
  return [...(await checkControl(loaded)), await checkBackup(loaded, Date.now())];
}

async function checkControl(loaded: LoadedConfig): Promise<Finding[]> {
  const client = createControlClient(socketOf(loaded), TIMEOUT_MS);
  try {
    await client.call('GET', '/health');
    const up: Finding = { name: 'control', level: 'ok', detail: 'running', fix: null };
    return [up, ...(await checkReady(() => client.call('GET', '/ready')))];
  } catch (error) {
    return isNotRunning(error)
      ? [{ name: 'control', level: 'hint', detail: 'not running', fix: 'orchestrator start' }]
      : [
          {
            name: 'control',
            level: 'problem',
            detail: describeError(error),
            fix: 'restart it and look at its log',
          },
        ];
  }
}

/** The single checks of `/ready`. */
async function checkReady(ask: () => Promise<unknown>): Promise<Finding[]> {
  try {
    const { checks } = (await ask()) as Ready;
    return Object.entries(checks).map(([name, { ok, detail }]) => readyFinding(name, ok, detail));
  } catch {
    return [readyFinding('all', false, 'not ready')];
  }
}

const readyFinding = (name: string, ok: boolean, detail: string): Finding => ({
  name: `ready.${name}`,
  level: ok ? 'ok' : 'problem',
  detail,
  fix: ok ? null : 'look at the log of the control process',
});
