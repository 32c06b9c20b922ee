import { randomBytes } from 'node:crypto';
import type { Asking } from '../asking.ts';
import { usageError } from '../failure.ts';
import { GITEA, PLANE, PUBLIC_URL, type Question, TELEGRAM } from './questions.ts';

/** What the command line says; absent parts are asked, or left at what is there. */
export interface Wishes {
  lang?: 'en' | 'ru';
  chat?: 'local' | 'telegram';
  tracker?: 'local' | 'plane';
  forge?: 'local' | 'gitea';
  /** Values that are no secrets, by setting. */
  values: Readonly<Record<string, string>>;
}

export interface Answering {
  wishes: Wishes;
  /** What environment and env file say already. */
  known: Readonly<Record<string, string>>;
  /** Null: nobody can be asked. */
  asking: Asking | null;
}

/** The settings of the installation, by key. Throws AppError `usage` with everything that is missing or wrong. */
export async function answersOf({ wishes, known, asking }: Answering): Promise<Record<string, string>> {
  const values: Record<string, string> = { ...known, ...wishes.values };
  values.ORCH_LANG = wishes.lang ?? (await pick(asking, LANGUAGES, known.ORCH_LANG));
  const chat = wishes.chat ?? (await pick(asking, CHATS, known.ORCH_TELEGRAM_BOT_TOKEN && 'telegram'));
  const tracker = wishes.tracker ?? (await pick(asking, TRACKERS, known.ORCH_PLANE_API_URL && 'plane'));
  const forge = wishes.forge ?? (await pick(asking, FORGES, known.ORCH_GITEA_URL && 'gitea'));
  const reached = chat === 'telegram' || tracker === 'plane' || forge === 'gitea';
  const questions = [
    ...(chat === 'telegram' ? TELEGRAM : []),
    ...(tracker === 'plane' ? PLANE : []),
    ...(forge === 'gitea' ? GITEA : []),
    ...(reached ? [PUBLIC_URL] : []),
  ];
  const wrong: string[] = [];
  for (const question of questions) {
    const answer = await answerTo(question, { given: values[question.key], asking });
    const problem = question.check(answer);
    if (problem !== undefined) wrong.push(`${question.key}: ${problem}`);
    if (answer === '') delete values[question.key];
    else values[question.key] = answer;
  }
  if (wrong.length > 0)
    throw usageError(wrong.join(' '), 'Set these in the environment, or run this in a terminal.');
  // Gitea is told the secret by us; Plane makes its own.
  if (forge === 'gitea' && values.ORCH_PUBLIC_URL !== undefined)
    values.ORCH_GITEA_WEBHOOK_SECRET ??= randomBytes(24).toString('hex');
  return values;
}

interface Menu<T extends string> {
  message: string;
  choices: readonly { value: T; label: string; hint: string }[];
}

const LANGUAGES: Menu<'en' | 'ru'> = {
  message: 'Language of messages and comments',
  choices: [
    { value: 'en', label: 'English', hint: '' },
    { value: 'ru', label: 'Русский', hint: '' },
  ],
};
const CHATS: Menu<'local' | 'telegram'> = {
  message: 'Where do you want to steer from?',
  choices: [
    { value: 'local', label: 'A chat page on this machine', hint: 'nothing to sign up for' },
    { value: 'telegram', label: 'Telegram', hint: 'needs a bot of @BotFather' },
  ],
};
const TRACKERS: Menu<'local' | 'plane'> = {
  message: 'Where are tasks written down?',
  choices: [
    { value: 'local', label: 'Here', hint: 'built in' },
    { value: 'plane', label: 'On a Plane board', hint: 'needs an API token' },
  ],
};
const FORGES: Menu<'local' | 'gitea'> = {
  message: 'Where does the code live?',
  choices: [
    { value: 'local', label: 'In repositories kept here', hint: 'built in' },
    { value: 'gitea', label: 'On Gitea or Forgejo', hint: 'needs an access token' },
  ],
};

async function pick<T extends string>(
  asking: Asking | null,
  menu: Menu<T>,
  known: string | undefined,
): Promise<T> {
  const [first] = menu.choices;
  const present = menu.choices.find(({ value }) => value === known)?.value ?? (first?.value as T);
  return asking === null ? present : asking.select(menu.message, menu.choices, present);
}

async function answerTo(
  { message, secret, hint, check, optional }: Question,
  { given, asking }: { given: string | undefined; asking: Asking | null },
): Promise<string> {
  // A secret that is there is not asked for again: nobody could see what they confirm.
  if (asking === null || (secret && given !== undefined)) return given?.trim() ?? '';
  if (secret) return asking.secret(message, check);
  const checked = optional ? { check } : { check };
  return asking.text(message, {
    ...checked,
    ...(given ? { initial: given } : {}),
    ...(hint ? { hint } : {}),
  });
}
