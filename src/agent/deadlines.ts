import type { Deadlines } from './port.ts';
import { type Json, text } from './stream/json.ts';
import { isModelEvent } from './stream/observe.ts';

export interface DeadlineWatch {
  /** Restarts what the event restarts. */
  event(event: Json): void;
  end(): void;
}

/**
 * First byte, idle and after-result deadlines of a run; each calls `stop` with its name (AGENT-26). The wall
 * clock is the child's own deadline in `runProcess`.
 */
export function watchDeadlines(deadlines: Deadlines, stop: (cause: string) => void): DeadlineWatch {
  let firstByteAt = performance.now() + deadlines.firstByteMs;
  let firstByte = arm(deadlines.firstByteMs, () => stop('first-byte'));
  let idle = arm(deadlines.idleMs, () => stop('idle'));
  let result: NodeJS.Timeout | undefined;
  return {
    event(event) {
      clearTimeout(idle);
      idle = arm(deadlines.idleMs, () => stop('idle'));
      if (isModelEvent(event)) {
        clearTimeout(firstByte);
        firstByteAt = Number.POSITIVE_INFINITY;
      } else if (text(event.subtype) === 'api_retry' && firstByteAt !== Number.POSITIVE_INFINITY) {
        // The CLI waits because it was told to: that time is not the model's silence.
        firstByteAt += typeof event.retry_delay_ms === 'number' ? event.retry_delay_ms : 0;
        clearTimeout(firstByte);
        firstByte = arm(firstByteAt - performance.now(), () => stop('first-byte'));
      }
      if (event.type === 'result') {
        clearTimeout(result);
        clearTimeout(idle);
        result = arm(deadlines.resultGraceMs, () => stop('after-result'));
      }
    },
    end() {
      for (const timer of [firstByte, idle, result]) clearTimeout(timer);
    },
  };
}

const arm = (ms: number, call: () => void): NodeJS.Timeout => setTimeout(call, Math.max(0, ms));
