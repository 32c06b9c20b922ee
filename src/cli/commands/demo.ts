import type { Command } from 'commander';
import { type Cli, withCommon, withExample } from '../command.ts';

/** `demo` (REC-144). */
export function addDemo(root: Command, { act }: Cli): void {
  const command = root
    .command('demo')
    .description('carry a sample task through every stage; nothing to sign up for')
    .option('--auto', 'press the buttons too, and end when all is done')
    .option('--open', 'open the chat page in a browser');
  withExample(withCommon(command), 'orchestrator demo --open').action(
    act<{ auto?: boolean; open?: boolean }>(async ({ options, flags }, context) => {
      const { requireGit } = await import('../programs.ts');
      requireGit(context.env);
      const { runDemo } = await import('../demo/command.ts');
      return runDemo(context, { auto: options.auto ?? false, open: options.open ?? false, ...flags });
    }),
  );
}
