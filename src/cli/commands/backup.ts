import type { Command } from 'commander';
import { type Cli, withCommon, withExample } from '../command.ts';

/** `backup [file]` and `restore <file>` (REC-160, REC-162). */
export function addBackup(root: Command, { act }: Cli): void {
  const backup = root.command('backup [file]').description('copy the database, checked, while it is in use');
  withExample(withCommon(backup), 'orchestrator backup').action(
    act<object, [string | undefined]>(async ({ args: [file], flags }, context) => {
      const actions = await import('../actions/backup.ts');
      return actions.backup(context, flags, file);
    }),
  );
  const restore = root
    .command('restore <file>')
    .description('put a backup in place of the database; starts paused');
  withExample(
    withCommon(restore),
    'orchestrator restore ~/.orchestrator/backups/orchestrator-20260105T093000Z.db',
  ).action(
    act<object, [string]>(async ({ args: [file], flags }, context) => {
      const actions = await import('../actions/backup.ts');
      return actions.restore(context, flags, file);
    }),
  );
}
