import { type Command, Option } from 'commander';
import { type Cli, withCommon, withExample } from '../command.ts';

interface FreezeOptions {
  scope?: string;
  reason?: string;
}

/** `freeze`, `unfreeze`, `pause`, `resume` (PIPE-29). */
export function addFreezing(root: Command, { act }: Cli): void {
  const change = async () => (await import('../actions/repo.ts')).changeRepo;
  const freeze = root
    .command('freeze <project>')
    .description('stop intake, delivery or both of a project')
    .addOption(
      new Option('--scope <scope>', 'what stops').choices(['intake', 'delivery', 'all']).default('all'),
    )
    .option('--reason <text>', 'shown to everybody who waits');
  withExample(
    withCommon(freeze),
    'orchestrator freeze shop --scope delivery --reason "audit until Friday"',
  ).action(
    act<FreezeOptions, [string]>(async ({ args: [repo], options: { scope, reason = '' }, flags }, context) =>
      (await change())(context, flags, { command: 'freeze', body: { repo, scope, reason } }),
    ),
  );
  const unfreeze = root.command('unfreeze <project>').description('lift the freezes of a project');
  withExample(withCommon(unfreeze), 'orchestrator unfreeze shop').action(
    act<object, [string]>(async ({ args: [repo], flags }, context) =>
      (await change())(context, flags, { command: 'unfreeze', body: { repo } }),
    ),
  );
  for (const [name, about] of [
    ['pause', 'claim no agent runs, of a project or at all; running ones finish'],
    ['resume', 'claim agent runs again'],
  ] as const) {
    const command = root.command(`${name} [project]`).description(about);
    withExample(withCommon(command), `orchestrator ${name} shop`).action(
      act<object, [string?]>(async ({ args: [repo], flags }, context) =>
        (await change())(context, flags, { command: name, body: repo === undefined ? {} : { repo } }),
      ),
    );
  }
}
