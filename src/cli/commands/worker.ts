import type { Command } from 'commander';
import { type Cli, withCommon, withExample } from '../command.ts';

/** `worker` (REC-180). */
export function addWorker(root: Command, { act }: Cli): void {
  const command = root
    .command('worker')
    .description('run agents on this host for a control process elsewhere');
  withExample(
    withCommon(command),
    'ORCH_REDIS_URL=rediss://:secret@control.example:6379 orchestrator worker',
  ).action(act(async ({ flags }, context) => (await import('../actions/worker.ts')).worker(context, flags)));
}
