import { bool, csv, formatted, int, oneOf, secret, string, url } from '../kinds.ts';
import { group } from '../setting.ts';

const CHAT_ROLES = ['viewer', 'operator', 'owner'] as const;
export type ChatRole = (typeof CHAT_ROLES)[number];

/** A user that seeds an empty database, `id:role`. */
export interface AllowedUser {
  id: number;
  role: ChatRole;
}

function readAllowedUser(text: string): AllowedUser | undefined {
  const [id = '', word = '', ...rest] = text.split(':').map((part) => part.trim());
  const role = CHAT_ROLES.find((name) => name === word.toLowerCase());
  return /^[1-9]\d*$/.test(id) && role && rest.length === 0 ? { id: Number(id), role } : undefined;
}

const CLOCK = '([01]\\d|2[0-3]):[0-5]\\d';
const clock = new RegExp(`^${CLOCK}$`);
const hours = new RegExp(`^${CLOCK}-${CLOCK}$`);

export const telegram = group(
  'telegram',
  {
    ORCH_TELEGRAM_BOT_TOKEN: secret('unset ⇒ local chat page', {}),
    ORCH_TELEGRAM_CHAT_ID: int(
      'default reporting chat until an owner configures one',
      {},
      { min: Number.MIN_SAFE_INTEGER },
    ),
    ORCH_TELEGRAM_ALLOWED_USERS: csv<AllowedUser>(
      'seeds users of an empty database; roles `viewer`, `operator`, `owner`',
      { type: 'csv of `id:role`' },
      { expected: 'a list of id:role with roles viewer, operator, owner', read: readAllowedUser },
    ),
    ORCH_TELEGRAM_MODE: oneOf(['polling', 'webhook'], 'how updates arrive', { default: 'polling' }),
    ORCH_TELEGRAM_WEBHOOK_URL: url('https address of the webhook; required for `webhook`', {}),
    ORCH_TELEGRAM_WEBHOOK_SECRET: secret('header secret of the webhook', { defaultWords: 'generated once' }),
    ORCH_TELEGRAM_API_URL: url('Bot API server', { default: 'https://api.telegram.org' }),
    ORCH_TELEGRAM_TIMEOUT_S: int('per call', { default: '10' }, { min: 1 }),
    ORCH_PAIRING_CODE_TTL_S: int('life of a pairing code', { default: '600' }),
    ORCH_PAIRING_MAX_TRIES: int('wrong codes before a sender is locked out', { default: '5' }, { min: 1 }),
    ORCH_CALLBACK_TTL_H: int('life of a button', { default: '72' }),
    ORCH_CONFIRM_STEP_TTL_S: int('life of the second step of a two-step action', { default: '60' }),
    ORCH_CONFIRM_DEPLOY_TWO_STEP: bool(true, 'deploy confirmation asks twice in chat'),
    ORCH_CHAT_STALE_COMMAND_S: int('older typed commands are asked again instead of run', {
      default: '3600',
    }),
    ORCH_CHAT_LEAVE_UNKNOWN: bool(true, 'leave chats an owner did not add the bot to'),
    ORCH_CHAT_TOPICS: oneOf(['off', 'per-project'], 'forum topics', { default: 'off' }),
    ORCH_CHAT_GROUP_PER_MIN: int('calls per minute to a group', { default: '20' }, { min: 1 }),
    ORCH_DRAFT_TTL_S: int('life of an unconfirmed draft', { default: '86400' }),
    ORCH_CARD_MIN_INTERVAL_MS: int('between calls to one chat', { default: '1000' }),
    ORCH_CARD_ACTIVITY_INTERVAL_S: int('between edits caused by live activity only', { default: '15' }),
    ORCH_ACTIVITY_IDLE_S: int('"no output" is shown after this', { default: '120' }),
    ORCH_PING_DONE: bool(false, 'sounding message at done'),
    ORCH_REMIND_AFTER_H: int('first reminder and interval', { default: '24' }, { min: 1 }),
    ORCH_REMIND_MAX: int('reminders per wait', { default: '3' }),
    ORCH_QUIET_HOURS: formatted(
      {
        type: '`HH:MM-HH:MM`',
        expected: 'of the form HH:MM-HH:MM',
        read: (text) => (hours.test(text) ? text : undefined),
      },
      'silent hours',
      {},
    ),
    ORCH_DIGEST_TIME: formatted<string | null, { default: string }>(
      {
        type: '`HH:MM` or `off`',
        expected: 'of the form HH:MM, or "off"',
        read: (text) => (text.toLowerCase() === 'off' ? null : clock.test(text) ? text : undefined),
      },
      'daily digest',
      { default: '09:00' },
    ),
    ORCH_LOCAL_CHAT_HOST: string('address of the local chat page', { default: '127.0.0.1' }),
    ORCH_LOCAL_CHAT_PORT: int('port of the local chat page', { default: '8502' }, { min: 1, max: 65535 }),
    ORCH_LOCAL_CHAT_ALLOW_REMOTE: bool(false, 'allow a non-loopback address'),
  },
  'TELEGRAM_',
);
