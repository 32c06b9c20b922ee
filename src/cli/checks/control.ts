import { describeError } from '../../errors.ts';
import { createControlClient } from '../../http/control-client.ts';
import { isNotRunning } from '../running.ts';
import { socketOf } from '../settings.ts';
import type { Check } from './check.ts';
import { type Found, hint, ok, problem } from './finding.ts';

interface Ready {
  ready: boolean;
  checks: Readonly<Record<string, { ok: boolean; detail: string }>>;
}

const TIMEOUT_MS = 5000;

export const CONTROL: Check = {
  name: 'control',
  about: 'the control process runs, and every check of its /ready is fine',
  async look({ loaded, version }) {
    const client = createControlClient(socketOf(loaded), TIMEOUT_MS);
    try {
      const running = (await client.call('GET', '/status')) as { version: string; paused: boolean };
      const { checks } = (await client.call('GET', '/ready')) as Ready;
      const same = running.version === version;
      const up = same
        ? ok(`running, version ${running.version}`)
        : hint(`version ${running.version} runs, version ${version} is installed`, 'restart it');
      const paused = running.paused
        ? [hint('paused: no agent is started', 'orchestrator resume', { of: 'paused' })]
        : [];
      return [up, ...paused, ...Object.entries(checks).map(readyFound)];
    } catch (error) {
      if (isNotRunning(error)) return [hint('not running', 'orchestrator start')];
      return [problem(describeError(error), 'restart it and look at its log')];
    }
  },
};

const readyFound = ([of, { ok: isOk, detail }]: [string, { ok: boolean; detail: string }]): Found =>
  isOk ? ok(detail, of) : problem(detail, 'look at the log of the control process', { of });
