import { hasRole, scopeOf } from '../access.ts';
import { type Ask, OK, type Outcome, say } from '../ask.ts';
import type { ButtonRows } from '../buttons.ts';
import { type Command, type CommandGroup, usageOf } from '../command.ts';
import type { Line } from '../markup.ts';

const GROUPS: readonly CommandGroup[] = ['work', 'decide', 'look', 'repo', 'chat'];

/** Welcome with the number of tasks that need the user, and the three main buttons. */
export async function welcome(ask: Ask): Promise<Outcome> {
  const { texts, user } = ask;
  const query = { filter: 'waiting' as const, repo: null, scope: scopeOf(user), user: String(user.id) };
  const { total } = ask.house.env.control.list({ ...query, offset: 0, limit: 1 });
  const buttons: ButtonRows = [
    [
      { text: texts.t('btn-new'), action: 'new' },
      { text: texts.t('btn-needs-you'), action: 'needs-you' },
      { text: texts.t('btn-queue'), action: 'queue', payload: '{}' },
    ],
  ];
  await say(ask, texts.t('reply-welcome', { name: user.name, n: total }), { buttons });
  return OK;
}

async function helpOne(ask: Ask, command: Command): Promise<Outcome> {
  const { texts } = ask;
  await say(ask, [
    [texts.t(`help-${command.name}`)],
    [texts.t('reply-usage', { usage: usageOf(command) })],
    [texts.t('reply-role', { role: command.role })],
    [texts.t('reply-example', { example: command.example })],
  ]);
  return OK;
}

async function helpAll(ask: Ask, commands: readonly Command[]): Promise<Outcome> {
  const { texts, user } = ask;
  const mine = commands.filter((command) => hasRole(user.role, command.role));
  const groups = GROUPS.flatMap((group): Line[] => {
    const listed = mine.filter((command) => command.group === group);
    if (listed.length === 0) return [];
    const rows = listed.map((command): Line => [`${usageOf(command)} — ${texts.t(`help-${command.name}`)}`]);
    return [[''], [{ bold: texts.t(`help-group-${group}`) }], ...rows];
  });
  await say(ask, [[texts.t('help-title', { role: user.role })], ...groups]);
  return OK;
}

/** `/start` and `/help`; the table is asked for when it is complete. */
export const helloCommands = (table: () => readonly Command[]): readonly Command[] => [
  {
    name: 'start',
    role: 'viewer',
    group: 'chat',
    args: '[code]',
    example: '/start',
    changes: false,
    run: (ask) => welcome(ask),
  },
  {
    name: 'help',
    role: 'viewer',
    group: 'chat',
    args: '[command]',
    example: '/help new',
    changes: false,
    run: (ask, args) => {
      const name = args.replace(/^\//, '').toLowerCase();
      const command = table().find((entry) => entry.name === name);
      return command ? helpOne(ask, command) : helpAll(ask, table());
    },
  },
];
