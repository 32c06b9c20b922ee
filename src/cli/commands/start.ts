import type { Command } from 'commander';
import { type Cli, withCommon, withExample } from '../command.ts';

/** `start` (REC-50). */
export function addStart(root: Command, { act }: Cli): void {
  const command = root.command('start').description('run the control process: workers, chat and HTTP');
  withExample(withCommon(command), 'orchestrator start --data-dir /srv/orchestrator').action(
    act(async ({ flags }, context) => (await import('../actions/start.ts')).start(context, flags)),
  );
}
