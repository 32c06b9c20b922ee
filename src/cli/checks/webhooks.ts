import { isLoopbackUrl } from '../../config/loopback.ts';
import { createControlClient } from '../../http/control-client.ts';
import { socketOf } from '../settings.ts';
import type { Check, Place } from './check.ts';
import { hint, ok, problem } from './finding.ts';

const TIMEOUT_MS = 8000;

/** Whether our own control process is up; without it nobody can answer at the public address. */
export const isUp = (loaded: Place['loaded']): Promise<boolean> =>
  createControlClient(socketOf(loaded), TIMEOUT_MS)
    .call('GET', '/health')
    .then(
      () => true,
      () => false,
    );

export const PUBLIC_URL: Check = {
  name: 'public-url',
  about: 'ORCH_PUBLIC_URL leads to this control process, so webhooks can arrive',
  async look({ loaded, http }) {
    const { publicUrl } = loaded.config.server;
    const used = loaded.projects.some(({ forge, tracker }) => forge !== 'local' || tracker !== 'local');
    if (publicUrl === undefined)
      return used ? [hint('not set: forge and tracker are polled', 'set ORCH_PUBLIC_URL')] : [];
    if (isLoopbackUrl(publicUrl))
      return [hint(`${publicUrl} is this machine: nobody else can call it`, 'name the public address')];
    if (!(await isUp(loaded)))
      return [hint(`${publicUrl} is not tried: the control process is not running`, 'orchestrator start')];
    const answer = await http.json({ url: `${publicUrl}/health`, retries: 0, timeoutMs: TIMEOUT_MS });
    if (answer.class !== 'ok')
      return [
        problem(
          `${publicUrl}/health: ${answer.reason}`,
          'check DNS, the reverse proxy and its route to ORCH_HTTP_PORT',
        ),
      ];
    const { service } = (answer.data ?? {}) as { service?: unknown };
    return service === 'orchestrator'
      ? [ok(publicUrl)]
      : [problem(`${publicUrl} is answered by something else`, 'point the reverse proxy at ORCH_HTTP_PORT')];
  },
};
