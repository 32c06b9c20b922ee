import type { ApiResponse, ResponseParameters } from '@grammyjs/types';

/** What may happen to a call instead of, or after, its effect. */
export type Fault =
  /** Refused before it has any effect. */
  | { kind: 'refuse'; code: number; description: string; parameters?: ResponseParameters }
  /** A gateway answers with a page that is not JSON. */
  | { kind: 'gateway'; status: number }
  /** The connection breaks before the call is seen. */
  | { kind: 'drop' }
  /** The call takes effect, its answer is lost. */
  | { kind: 'drop-after' }
  /** The call takes effect, the answer comes when `until` resolves. */
  | { kind: 'late'; until: Promise<unknown> }
  /** No effect and no answer, until the caller gives up. */
  | { kind: 'hang' };

/** The call a fault is decided for. */
export interface FaultCall {
  method: string;
  chatId: number | undefined;
  values: Record<string, unknown>;
}

export interface FaultRule {
  /** Method names; default all but getUpdates and getMe. */
  methods?: readonly string[];
  chatId?: number;
  when?: (call: FaultCall) => boolean;
  /** How many calls it hits; default 1. */
  times?: number;
}

/** Faults on demand. Rules are tried in the order they were added. */
export interface Faults {
  add(fault: Fault, rule?: FaultRule): () => void;
  /** 429 with `retry_after`. */
  tooManyRequests(retryAfterSeconds: number, rule?: FaultRule): () => void;
  /** 5xx with Telegram's JSON. */
  serverError(rule?: FaultRule): () => void;
  /** Every connection fails until the returned function is called. */
  networkDown(): () => void;
  clear(): void;
  /** The fault of this call, which counts it. */
  take(call: FaultCall): Fault | undefined;
  readonly isNetworkDown: boolean;
}

const QUIET_METHODS = ['getUpdates', 'getMe'];
const ALWAYS = Number.POSITIVE_INFINITY;

/** Creates an empty set; `onNetworkDown` breaks the connections that are open. */
export function createFaults(onNetworkDown: () => void): Faults {
  let rules: { fault: Fault; rule: FaultRule; left: number }[] = [];
  let down = 0;
  const matches = (rule: FaultRule, call: FaultCall): boolean =>
    (rule.methods ? rule.methods.includes(call.method) : !QUIET_METHODS.includes(call.method)) &&
    (rule.chatId === undefined || rule.chatId === call.chatId) &&
    (rule.when?.(call) ?? true);

  const faults: Faults = {
    add(fault, rule = {}) {
      const entry = { fault, rule, left: rule.times ?? 1 };
      rules.push(entry);
      return () => {
        rules = rules.filter((other) => other !== entry);
      };
    },
    tooManyRequests: (seconds, rule) =>
      faults.add(
        {
          kind: 'refuse',
          code: 429,
          description: `Too Many Requests: retry after ${seconds}`,
          parameters: { retry_after: seconds },
        },
        rule,
      ),
    serverError: (rule) =>
      faults.add({ kind: 'refuse', code: 500, description: 'Internal Server Error' }, rule),
    networkDown() {
      down += 1;
      onNetworkDown();
      let restored = false;
      return () => {
        if (!restored) down -= 1;
        restored = true;
      };
    },
    clear() {
      rules = [];
      down = 0;
    },
    take(call) {
      const entry = rules.find(({ rule, left }) => left > 0 && matches(rule, call));
      if (!entry) return undefined;
      entry.left -= 1;
      return entry.fault;
    },
    get isNetworkDown() {
      return down > 0;
    },
  };
  return faults;
}

/** For `times`: every call. */
export const EVERY_CALL = ALWAYS;

/** The JSON of a refusing fault. */
export function refusalOf({
  code,
  description,
  parameters,
}: Extract<Fault, { kind: 'refuse' }>): ApiResponse<never> {
  const answer: ApiResponse<never> = { ok: false, error_code: code, description };
  return parameters ? { ...answer, parameters } : answer;
}
