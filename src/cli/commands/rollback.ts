import type { Command } from 'commander';
import { widOf } from '../arguments.ts';
import { type Cli, withCommon, withExample } from '../command.ts';

/** `rollback`: a project, or the deploy of one task (SHIP-171). */
export function addRollback(root: Command, { act }: Cli): void {
  const command = root
    .command('rollback <project>')
    .description('put the previously served version of a project back')
    .option('--task <wid>', 'the task whose deploy goes', widOf);
  withExample(withCommon(command), 'orchestrator rollback shop').action(
    act<{ task?: string }, [string]>(async ({ args: [repo], options: { task }, flags }, context) => {
      const { changeRepo } = await import('../actions/repo.ts');
      const body = { repo, ...(task === undefined ? {} : { wid: task }) };
      return changeRepo(context, flags, { command: 'rollback', body });
    }),
  );
}
