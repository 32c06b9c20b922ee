import { describe, expect, it } from 'vitest';
import { hasRole, ROLE_NAMES } from '../../src/bot/access.ts';
import type { Lang } from '../../src/bot/chat-store.ts';
import { type Command, usageOf } from '../../src/bot/command.ts';
import { COMMANDS } from '../../src/bot/commands.ts';
import type { RepoControl } from '../../src/bot/ports.ts';
import { createCatalog } from '../../src/bot/texts.ts';
import type { BlockCause } from '../../src/pipeline/stages.ts';
import type { TaskState } from '../../src/pipeline/task.ts';
import { awaitingApproval, awaitingConfirm, SHA } from '../support/bot/stages.ts';
import { NOON, waitingOf } from '../support/bot/views.ts';
import { createWorld, SHOP, type World } from '../support/bot/world.ts';
import { buttonsOf } from '../support/telegram/group-talk.ts';

const OWNER = 11;
const WID = 'ORCH-042';
const SINCE = { since: NOON - 7 * 60_000, deadline: NOON + 3_600_000 };
const shown: Partial<TaskState> = { wid: WID, repo: 'shop', headSha: SHA };

const approval = (change: Partial<TaskState> = {}) =>
  awaitingApproval(OWNER, NOON - 7 * 60_000, { ...shown, ...change });
const blocked = (cause: BlockCause, facts: Record<string, string> = {}): TaskState =>
  approval({
    stage: 'development',
    attempts: { analysis: 1, architecture: 1, development: 1 },
    passed: ['agent', 'ensure-pr'],
    activity: waitingOf('blocked', { ...SINCE, cause, reason: 'the runner is broken', facts }),
  });

/** The state each example is sent in; the others find a task that waits for its approval. */
const STATES: Readonly<Record<string, (world: World) => void>> = {
  answer: (world) => void world.put(approval({ activity: waitingOf('answers', SINCE) })),
  confirm: (world) =>
    void world.put(
      awaitingConfirm(OWNER, NOON, { ...shown, headSha: '3f9a2c1d', testedSha: '3f9a2c1d5e6f7081' }),
    ),
  retry: (world) => void world.put(blocked('agent-failed', { role: 'developer', class: 'crash' })),
  regate: (world) => void world.put(blocked('cannot-verify', { gate: 'check_ci_green' })),
  override: (world) => void world.put(blocked('cannot-verify', { gate: 'check_ci_green' })),
  fix: (world) => void world.put(blocked('staging-failed')),
  history: (world) => {
    world.put(approval());
    const entry = { accepted: true, from: 'analysis', to: 'architecture', reason: '' };
    const entries = [
      { ...entry, at: NOON - 60_000, actor: 'Ada', event: 'approve' },
      { ...entry, at: NOON - 120_000, actor: 'Bob', event: 'retry', accepted: false, reason: 'not_waiting' },
      { ...entry, at: NOON - 420_000, actor: null, event: 'stage-settled', to: 'analysis' },
    ];
    world.control.history = () => ({ entries, total: entries.length });
  },
  deps: (world) => {
    world.put(approval());
    world.put(approval({ id: 2, wid: 'ORCH-043' }));
  },
  users: (world) => world.pair(4711, 'Bob', 'operator'),
};

const REPO: RepoControl = {
  freeze: () => ({ ok: true, detail: '' }),
  unfreeze: () => ({ ok: true, detail: '' }),
  pause: () => ({ ok: true, detail: '' }),
  resume: () => ({ ok: true, detail: '' }),
  rollbackPlan: () => ({
    ...{ ok: true, task: null, service: 'shop', sha: SHA, warning: null },
    previousSha: 'aaaaaaa0',
  }),
  rollback: () => ({ ok: true, detail: '' }),
  revert: () => ({ ok: true, detail: '' }),
};

async function worldFor({ name }: Command, lang: Lang): Promise<World> {
  const freeze = { repo: 'shop', scope: 'delivery' as const, reason: 'release week', by: 'Ada', since: NOON };
  const project = { ...SHOP, prefix: 'ORCH', freezes: name === 'unfreeze' ? [freeze] : [] };
  const settings = { cardMinIntervalMs: 0, lang };
  const world = await createWorld({ now: () => NOON, projects: [project], settings });
  world.pair(OWNER, 'Ada', 'owner');
  world.control.repo = REPO;
  world.control.health = async () => [{ name: 'database', ok: true, detail: 'ok' }];
  (STATES[name] ?? (() => void world.put(approval())))(world);
  return world;
}

/** Sends a command's own example and returns what the bot answered, as a person sees it. */
async function replyTo(command: Command, lang: Lang): Promise<string[]> {
  const world = await worldFor(command, lang);
  const ada = world.server.person({ id: OWNER, name: 'Ada' });
  const { message_id } = ada.says(command.example);
  await ada.sees((message) => message.message_id > message_id);
  await world.bot.idle();
  const lines = ada.messages(50).flatMap((message) => {
    if (message.message_id <= message_id || !message.from?.is_bot) return [];
    if (message.document) return [`[${message.document.file_name}]`];
    const buttons = buttonsOf(message).map((text) => `[ ${text} ]`);
    return [message.text ?? '', ...(buttons.length > 0 ? [buttons.join(' ')] : []), ''];
  });
  await world.close();
  const code = /[0-9A-Z]{4}-[0-9A-Z]{4}/g;
  return lines
    .join('\n')
    .trim()
    .replace(code, 'XXXX-XXXX')
    .replace(/start=\w+/, 'start=XXXXXXXX')
    .split('\n');
}

const WORDS = {
  en: { title: 'Every chat command', for: 'For' },
  ru: { title: 'Все команды чата', for: 'Для' },
} as const;
const GROUPS = [...new Set(COMMANDS.map(({ group }) => group))];

async function section(command: Command, lang: Lang): Promise<string> {
  const texts = createCatalog()(lang);
  const roles = ROLE_NAMES.filter((role) => hasRole(role, command.role)).join(', ');
  const reply = await replyTo(command, lang);
  return [
    `### \`${usageOf(command)}\``,
    `${texts.t(`help-${command.name}`).replace(/(?<![?!])$/, '.')} ${WORDS[lang].for}: ${roles}.`,
    ['```text', ...command.example.split('\n').map((line) => `> ${line}`), '', ...reply, '```'].join('\n'),
  ].join('\n\n');
}

async function page(lang: Lang): Promise<string> {
  const texts = createCatalog()(lang);
  const note =
    '<!-- Written by `npx vitest run --project unit test/bot/reference.test.ts -u`: each reply is what the bot said. -->';
  const parts = [note, `# ${WORDS[lang].title}`];
  for (const group of GROUPS) {
    parts.push(`## ${texts.t(`help-group-${group}`)}`);
    for (const command of COMMANDS.filter((one) => one.group === group))
      parts.push(await section(command, lang));
  }
  return `${parts.join('\n\n')}\n`;
}

describe('the page of every command with its reply', () => {
  it.each(['en', 'ru'] as const)('is what the bot says, in %s', async (lang) => {
    const file = `../../docs/reference/chat${lang === 'en' ? '' : `.${lang}`}.md`;
    const text = await page(lang);
    expect(text).not.toMatch(/\{ ?\$|not available here|недоступн/);
    await expect(text).toMatchFileSnapshot(file);
  });
});
