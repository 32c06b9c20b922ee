import type { Command } from 'commander';
import { type Cli, withCommon, withExample } from '../command.ts';

/** `doctor` (SET-10). */
export function addDoctor(root: Command, { act }: Cli): void {
  const command = root
    .command('doctor')
    .description('check what can be wrong, one line each with the fix')
    .option('--fix', 'mend what is safe, then look again')
    .option('--settings', 'also list every setting, its value and where it came from');
  withExample(withCommon(command), 'orchestrator doctor', 'orchestrator doctor --fix').action(
    act<{ fix?: boolean; settings?: boolean }>(async ({ options, flags }, context) => {
      const { doctor } = await import('../actions/doctor.ts');
      return doctor(context, { ...flags, fix: options.fix ?? false, settings: options.settings ?? false });
    }),
  );
}
