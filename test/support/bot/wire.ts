import { Api } from 'grammy';

/** One call the bot made. */
export interface WireCall {
  method: string;
  payload: Record<string, unknown>;
  at: number;
  ok: boolean;
}

type Refusal = { error_code: number; description: string; parameters?: Record<string, unknown> };
export type Fault = Refusal | 'network' | null;

export interface Wire {
  api: Api;
  calls: WireCall[];
  /** Decides for each call; null = it succeeds. */
  fault: (call: WireCall) => Fault;
  /** Calls of a method that succeeded. */
  done(method: string): WireCall[];
}

export const tooMany = (seconds: number): Refusal => ({
  error_code: 429,
  description: `Too Many Requests: retry after ${seconds}`,
  parameters: { retry_after: seconds },
});
export const badRequest = (description: string): Refusal => ({
  error_code: 400,
  description: `Bad Request: ${description}`,
});

/** grammY's own `Api` with no network behind it: calls are recorded and answered at once. */
export function createWire(now: () => number): Wire {
  const api = new Api('1:test');
  let ids = 100;
  const wire: Wire = {
    api,
    calls: [],
    fault: () => null,
    done: (method) => wire.calls.filter((call) => call.method === method && call.ok),
  };
  api.config.use(async (_next, method, payload) => {
    const call: WireCall = { method, payload: payload as Record<string, unknown>, at: now(), ok: false };
    wire.calls.push(call);
    const fault = wire.fault(call);
    if (fault === 'network') throw new TypeError('fetch failed');
    if (fault) return { ok: false as const, ...fault };
    call.ok = true;
    const message_id = ++ids;
    return { ok: true as const, result: { message_id } as never };
  });
  return wire;
}
