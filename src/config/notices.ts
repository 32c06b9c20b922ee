import { isLoopback, isLoopbackUrl } from './loopback.ts';
import { isModelName } from './models.ts';
import { nearest, quoted } from './problems.ts';
import type { RawValue } from './raw.ts';
import type { Config, Definition } from './schema.ts';

export interface NoticeInput {
  config: Config;
  definitions: readonly Definition[];
  raw: ReadonlyMap<string, RawValue>;
  isRoot: boolean;
}

/** What is reported at start without stopping it (SET-21), one line each. */
export function collectNotices(input: NoticeInput): string[] {
  return [
    ...unknownKeys(input),
    ...invalidModels(input),
    ...switchesOff(input),
    ...budgetsOff(input),
    ...ROWS.filter(({ when }) => when(input)).map(({ text }) => text),
  ];
}

/** Set by the engine for its own children (REC-60); never a setting. */
const RESERVED = new Set(['ORCH_RUN_ID']);

function unknownKeys({ raw, definitions }: NoticeInput): string[] {
  const known = definitions.flatMap(({ key, setting }) => (setting.secret ? [key, `${key}_FILE`] : [key]));
  return [...raw.keys()]
    .filter((key) => key.startsWith('ORCH_') && !known.includes(key) && !RESERVED.has(key))
    .map((key) => {
      const close = nearest(key, known);
      return `${key}: unknown setting${close ? `; the nearest is ${close}` : ''}. It has no effect.`;
    });
}

const MODEL_KEY = /^ORCH_AGENT_(MODEL_[A-Z]+|FALLBACK_MODEL)$/;

const invalidModels = ({ raw }: NoticeInput): string[] =>
  [...raw]
    .filter(([key, { text }]) => MODEL_KEY.test(key) && !isModelName(text))
    .map(([key, { text }]) => `${key}: ${quoted(text)} is not a model name; it is skipped.`);

const valueAt = (config: Config, path: readonly string[]): unknown =>
  path.reduce<unknown>((value, part) => (value as Record<string, unknown>)[part], config);

/** Kill-switches an operator turned off; one that is off by default is not news. */
const switchesOff = ({ definitions, config }: NoticeInput): string[] =>
  definitions
    .filter(({ setting }) => setting.kill && setting.default === 'true')
    .filter(({ path }) => valueAt(config, path) === false)
    .map(({ key, setting }) => `${key}: off (${setting.meaning}).`);

const budgetsOff = ({ definitions, config }: NoticeInput): string[] =>
  definitions
    .filter(({ setting, path }) => setting.kind === 'usd' && valueAt(config, path) === null)
    .map(({ key, setting }) => `${key}: off, no ${setting.meaning}.`);

const loopbackUrl = (url: string | undefined): boolean => url !== undefined && isLoopbackUrl(url);

const ROWS: readonly { when: (input: NoticeInput) => boolean; text: string }[] = [
  {
    when: ({ isRoot, config }) => isRoot && config.agents.user === undefined,
    text: 'ORCH_AGENT_USER: unset, so agents run as root; name an unprivileged user.',
  },
  {
    when: ({ config }) => config.security.allowUnsignedWebhooks,
    text: 'ORCH_ALLOW_UNSIGNED_WEBHOOKS: true, so anybody who reaches the port can send events.',
  },
  {
    when: ({ config: { tracker } }) =>
      tracker.planeApiUrl !== undefined && tracker.planeWebhookSecret === undefined,
    text: 'ORCH_PLANE_WEBHOOK_SECRET: unset, Plane is polling only.',
  },
  {
    when: ({ config: { forge } }) => forge.giteaUrl !== undefined && forge.giteaWebhookSecret === undefined,
    text: 'ORCH_GITEA_WEBHOOK_SECRET: unset, Gitea is polling only.',
  },
  {
    when: ({ config }) => loopbackUrl(config.server.publicUrl),
    text: 'ORCH_PUBLIC_URL: is loopback, no links to this server.',
  },
  {
    when: ({ config }) => loopbackUrl(config.tracker.planeWebUrl),
    text: 'ORCH_PLANE_WEB_URL: is loopback, no links to Plane.',
  },
  {
    when: ({ config }) => loopbackUrl(config.forge.giteaPublicUrl),
    text: 'ORCH_GITEA_PUBLIC_URL: is loopback, no links to Gitea.',
  },
  {
    when: ({ config }) => !isLoopback(config.server.httpHost) && config.security.adminToken === undefined,
    text: 'ORCH_HTTP_HOST: is not loopback and ORCH_ADMIN_TOKEN is unset, so everybody who reaches it can read.',
  },
];
