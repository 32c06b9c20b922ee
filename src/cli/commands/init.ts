import type { Command } from 'commander';
import { type Cli, withCommon, withExample } from '../command.ts';

/** `init <service>`: sets an outside service up for us; repeatable. */
export function addInit(root: Command, { act }: Cli): void {
  const init = root.command('init').description('set an outside service up; repeatable');
  const gitea = init
    .command('gitea')
    .description('check the repositories on Gitea or Forgejo and create their webhooks');
  withExample(withCommon(gitea), 'orchestrator init gitea').action(
    act(async ({ flags }, context) => {
      const { initGitea } = await import('../actions/init-gitea.ts');
      return initGitea(context, flags);
    }),
  );
  const plane = init
    .command('plane')
    .description(
      'create the states and labels that the projects in Plane lack, and the webhook where Plane offers it',
    )
    .option('--yes', 'create without asking');
  withExample(withCommon(plane), 'orchestrator init plane').action(
    act<{ yes?: boolean }>(async ({ options, flags }, context) => {
      const { initPlane } = await import('../actions/init-plane.ts');
      return initPlane(context, flags, { yes: options.yes ?? false });
    }),
  );
}
