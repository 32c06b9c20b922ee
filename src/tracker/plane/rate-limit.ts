/** What may wait for what when requests are scarce (PLANE-9): each kind may use this part of a minute. */
const SHARE = { refetch: 1, write: 1, poll: 0.9, late: 0.8 } as const;
export type Priority = keyof typeof SHARE;

const MINUTE_MS = 60_000;
const PAUSE_WITHOUT_HEADER_S = 60;

export interface RateLimiter {
  /** Milliseconds until a request with this token may be sent; 0 sends now and is counted. */
  admit(token: string, priority: Priority): number;
  /** Learns from an answer: `X-RateLimit-Remaining: 0` and HTTP 429 close the door for a while. */
  observe(token: string, answer: { status: number; headers: Readonly<Record<string, string>> }): void;
}

/** At most `perMinute` requests per token in any 60 seconds; one limiter serves all projects. */
export function createRateLimiter(options: { perMinute: number; now: () => number }): RateLimiter {
  const sent = new Map<string, number[]>();
  const closedUntil = new Map<string, number>();
  return {
    admit(token, priority) {
      const at = options.now();
      const closed = (closedUntil.get(token) ?? 0) - at;
      if (closed > 0) return closed;
      const recent = (sent.get(token) ?? []).filter((instant) => instant > at - MINUTE_MS);
      const allowed = Math.max(1, Math.floor(options.perMinute * SHARE[priority]));
      const blocking = recent[recent.length - allowed];
      if (blocking !== undefined) return blocking + MINUTE_MS - at;
      sent.set(token, [...recent, at]);
      return 0;
    },
    observe(token, { status, headers }) {
      const at = options.now();
      const until = status === 429 ? at + pauseOf(headers) * 1000 : emptyUntil(headers);
      if (until > (closedUntil.get(token) ?? 0)) closedUntil.set(token, until);
    },
  };
}

/** Seconds that a 429 asks for. */
export function pauseOf(headers: Readonly<Record<string, string>>): number {
  const value = headers['retry-after']?.trim() ?? '';
  return /^\d+$/.test(value) ? Number(value) : PAUSE_WITHOUT_HEADER_S;
}

/** Epoch ms at which an empty budget is filled again; 0 while it is not empty. */
function emptyUntil(headers: Readonly<Record<string, string>>): number {
  if (headers['x-ratelimit-remaining']?.trim() !== '0') return 0;
  const reset = Number(headers['x-ratelimit-reset']);
  return Number.isFinite(reset) ? reset * 1000 : 0;
}
