import { type Command, Option } from 'commander';
import { type Cli, withCommon, withExample } from '../command.ts';
import type { ProjectWishes } from '../wizard/proposal.ts';

interface AddFlags extends ProjectWishes {
  yes?: boolean;
  pr: boolean;
}

/** `project add` (REG-1, REG-3). */
export function addProjectCommand(root: Command, { act }: Cli): void {
  const project = root.command('project').description('the projects of the registry');
  const add = project
    .command('add')
    .description(
      'take an existing repository in: detects how it is checked, adds it to projects.json, proposes documents for agents',
    )
    .argument('<source>', 'directory of a clone, or URL')
    .option('--yes', 'ask nothing: take what is proposed')
    .option('--repo <name>', 'name in the registry; default: the last part of the source')
    .option('--prefix <prefix>', 'prefix of work items; default: from the name')
    .option('--checks <command>', 'command that checks everything, or "none"')
    .option('--setup <command>', 'command that prepares a fresh clone, or "none"')
    .option('--base-branch <branch>', 'branch that tasks are merged into')
    .option('--plane-project-id <uuid>', 'project in Plane that drives it')
    .addOption(new Option('--forge <forge>', 'where its code will live').choices(['local', 'gitea']))
    .option('--owner <owner>', 'owner on the forge')
    .option('--no-pr', 'open no pull request with documents for agents');
  withExample(
    withCommon(add),
    'orchestrator project add ~/work/shop',
    'orchestrator project add https://git.example.org/acme/shop.git --yes',
  ).action(
    act<AddFlags, [string]>(async ({ args: [source], options, flags }, context) => {
      const { addProject } = await import('../actions/project-add.ts');
      const { yes = false, pr, ...wishes } = options;
      return addProject(context, flags, { source, options: { ...wishes, yes, pr } });
    }),
  );
}
