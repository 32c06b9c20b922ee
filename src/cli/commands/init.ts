import { type Command, Option } from 'commander';
import { type Cli, withCommon, withExample } from '../command.ts';

interface InitFlags {
  yes?: boolean;
  lang?: 'en' | 'ru';
  chat?: 'local' | 'telegram';
  tracker?: 'local' | 'plane';
  forge?: 'local' | 'gitea';
  planeUrl?: string;
  planeWorkspace?: string;
  giteaUrl?: string;
  giteaOwner?: string;
  publicUrl?: string;
}

/** `init`, and `init <service>`: sets this installation or an outside service up; repeatable. */
export function addInit(root: Command, cli: Cli): void {
  const init = withCommon(root.command('init'))
    .description('set this installation up: asks what it needs, writes the env file and the project registry')
    .option('--yes', 'ask nothing: take options, environment and what is there')
    .addOption(new Option('--lang <lang>', 'language of messages').choices(['en', 'ru']))
    .addOption(new Option('--chat <chat>', 'where to steer from').choices(['local', 'telegram']))
    .addOption(new Option('--tracker <tracker>', 'where tasks are written down').choices(['local', 'plane']))
    .addOption(new Option('--forge <forge>', 'where the code lives').choices(['local', 'gitea']))
    .option('--plane-url <url>', 'ORCH_PLANE_API_URL')
    .option('--plane-workspace <slug>', 'ORCH_PLANE_WORKSPACE_SLUG')
    .option('--gitea-url <url>', 'ORCH_GITEA_URL')
    .option('--gitea-owner <owner>', 'ORCH_GITEA_OWNER')
    .option('--public-url <url>', 'ORCH_PUBLIC_URL');
  withExample(
    init,
    'orchestrator init',
    'ORCH_TELEGRAM_BOT_TOKEN=… orchestrator init --yes --chat telegram',
  ).action(
    cli.act<InitFlags>(async ({ options, flags }, context) => {
      const { yes = false, lang, chat, tracker, forge } = options;
      const wishes = { lang, chat, tracker, forge };
      const given = Object.fromEntries(Object.entries(wishes).filter(([, value]) => value !== undefined));
      return (await import('../actions/init.ts')).init(context, flags, {
        yes,
        ...given,
        values: valuesOf(options),
      });
    }),
  );
  addServices(init, cli);
}

/** Secrets are not among them: they come from the environment or are asked for (SET-7). */
const valuesOf = (options: InitFlags): Record<string, string> =>
  Object.fromEntries(
    Object.entries({
      ORCH_PLANE_API_URL: options.planeUrl,
      ORCH_PLANE_WORKSPACE_SLUG: options.planeWorkspace,
      ORCH_GITEA_URL: options.giteaUrl,
      ORCH_GITEA_OWNER: options.giteaOwner,
      ORCH_PUBLIC_URL: options.publicUrl,
    }).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );

function addServices(init: Command, { act }: Cli): void {
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
