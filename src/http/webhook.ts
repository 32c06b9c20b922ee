import type { Middleware } from 'koa';
import { readRaw } from './body.ts';
import { errorAnswer } from './errors.ts';
import type { Headers, Verifier } from './secret.ts';

/** What a vendor's parser makes of a payload it understands. */
export type Parsed<E> = { event: E } | { ignored: string };

/** A delivery that passed all checks, ready to be stored. */
export interface Delivery<E> {
  /** Webhook name: `plane`, `gitea`, `telegram`. */
  source: string;
  /** Unique over all sources; the same id has effect once (REC-33). */
  deliveryId: string;
  event: E;
  payload: unknown;
}

export type WebhookResult =
  | 'accepted'
  | 'duplicate'
  | 'ignored'
  | 'unsigned'
  | 'invalid'
  | 'too-large'
  | 'failed';

export interface WebhookOptions<E> {
  /** Last part of the path: `POST /webhook/<name>`. */
  name: string;
  maxBytes: number;
  /** Null: no secret is configured, so every request is refused unless `allowUnsigned`. */
  verify: Verifier | null;
  allowUnsigned: boolean;
  deliveryId(raw: Buffer, headers: Headers, payload: unknown): string;
  /** True when this delivery was stored before. */
  seen(deliveryId: string): boolean;
  /** Event filter, then project filter; must not wait for tracker, forge or agents. */
  parse(payload: unknown, headers: Headers, raw: Buffer): Parsed<E>;
  /** Stores the delivery and enqueues its processing in one transaction; false when it was there already. */
  store(delivery: Delivery<E>): boolean | Promise<boolean>;
  /** Called once per request, for the metric `webhooks_total`. */
  counted?(source: string, result: WebhookResult): void;
}

export interface WebhookRoute {
  name: string;
  handle: Middleware;
}

interface Answer {
  status: number;
  result: WebhookResult;
  body: Readonly<Record<string, string>>;
}

const ANSWERS = {
  unsigned: { status: 401, result: 'unsigned', body: { error: 'invalid signature' } },
  invalid: { status: 400, result: 'invalid', body: { error: 'invalid json' } },
  duplicate: { status: 200, result: 'duplicate', body: { status: 'duplicate' } },
  accepted: { status: 200, result: 'accepted', body: { status: 'accepted' } },
} as const satisfies Record<string, Answer>;

/**
 * One webhook, in the order of REC-35: raw body → signature over the raw bytes → JSON → deduplication →
 * filters → one transaction → answer. A failure to store answers 5xx, so that the sender tries again.
 */
export function createWebhookRoute<E>(options: WebhookOptions<E>): WebhookRoute {
  const count = (result: WebhookResult) => options.counted?.(options.name, result);
  return {
    name: options.name,
    handle: async (ctx) => {
      try {
        const raw = await readRaw(ctx, options.maxBytes);
        const { status, result, body } = await receive(raw, ctx.req.headers, options);
        count(result);
        ctx.status = status;
        ctx.body = body;
      } catch (error) {
        count(errorAnswer(error).status === 413 ? 'too-large' : 'failed');
        throw error;
      }
    },
  };
}

async function receive<E>(raw: Buffer, headers: Headers, options: WebhookOptions<E>): Promise<Answer> {
  const isGenuine = options.verify ? options.verify(raw, headers) : options.allowUnsigned;
  if (!isGenuine) return ANSWERS.unsigned;
  let payload: unknown;
  try {
    payload = JSON.parse(raw.toString('utf8'));
  } catch {
    return ANSWERS.invalid;
  }
  const deliveryId = options.deliveryId(raw, headers, payload);
  if (options.seen(deliveryId)) return ANSWERS.duplicate;
  const parsed = options.parse(payload, headers, raw);
  if ('ignored' in parsed) {
    return { status: 200, result: 'ignored', body: { status: 'ignored', reason: parsed.ignored } };
  }
  const stored = await options.store({ source: options.name, deliveryId, event: parsed.event, payload });
  return stored ? ANSWERS.accepted : ANSWERS.duplicate;
}
