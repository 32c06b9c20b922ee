import { readUrl } from '../../config/kinds.ts';

/** One thing the wizard may have to know; `KEY` is the setting it becomes. */
export interface Question {
  key: string;
  message: string;
  /** Not shown while typed, never taken from the command line (SET-7). */
  secret?: true;
  /** May stay empty. */
  optional?: true;
  hint?: string;
  check(value: string): string | undefined;
}

const anything = (value: string): string | undefined =>
  value.trim() === '' ? 'Something is needed here.' : undefined;
const url = (value: string): string | undefined =>
  readUrl(value.trim()) === undefined
    ? 'Expected an absolute http or https URL, such as https://plane.example.org.'
    : undefined;

/** `123456789:AA…`, as @BotFather gives it. */
export const isBotToken = (value: string): boolean => /^\d{5,}:[\w-]{30,}$/.test(value.trim());

const botToken = (value: string): string | undefined =>
  isBotToken(value) ? undefined : 'Expected a token of @BotFather, such as 123456789:AAE….';

const ask = (key: string, message: string, more: Partial<Question> = {}): Question => ({
  key,
  message,
  check: anything,
  ...more,
});

export const TELEGRAM: readonly Question[] = [
  ask('ORCH_TELEGRAM_BOT_TOKEN', 'Token of your bot, from @BotFather', { secret: true, check: botToken }),
];

export const PLANE: readonly Question[] = [
  ask('ORCH_PLANE_API_URL', 'Address of Plane', { hint: 'https://plane.example.org', check: url }),
  ask('ORCH_PLANE_WORKSPACE_SLUG', 'Workspace, as it stands in Plane’s addresses'),
  ask('ORCH_PLANE_API_TOKEN', 'API token of Plane (Profile settings → Personal access tokens)', {
    secret: true,
  }),
];

export const GITEA: readonly Question[] = [
  ask('ORCH_GITEA_URL', 'Address of Gitea or Forgejo', { hint: 'https://git.example.org', check: url }),
  ask('ORCH_GITEA_OWNER', 'Owner of the repositories'),
  ask('ORCH_GITEA_TOKEN', 'Access token with write:repository', { secret: true }),
];

/** Only where somebody else has to reach us. */
export const PUBLIC_URL: Question = ask(
  'ORCH_PUBLIC_URL',
  'How this server is reached from outside, for webhooks (empty: polling)',
  {
    optional: true,
    hint: 'https://orchestrator.example.org',
    check: (value) => (value.trim() === '' ? undefined : url(value)),
  },
);
