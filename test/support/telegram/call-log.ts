import type { ApiResponse } from '@grammyjs/types';
import type { Fault } from './faults.ts';

/** One Bot API call as the server saw it. */
export interface ApiCallRecord {
  method: string;
  values: Record<string, unknown>;
  chatId: number | undefined;
  /** By the server's clock. */
  atMs: number;
  /** What the core answered; undefined while waiting, or when a fault kept the call from it. */
  answer: ApiResponse<unknown> | undefined;
  fault: Fault['kind'] | undefined;
}

/** Every call with its time, and a way to wait for one. */
export interface CallLog {
  all(): readonly ApiCallRecord[];
  of(...methods: string[]): ApiCallRecord[];
  forget(): void;
  /** Resolves with the first finished call, past or future, that satisfies the predicate. */
  sees(predicate: (call: ApiCallRecord) => boolean, deadlineMs?: number): Promise<ApiCallRecord>;
  begin(call: Omit<ApiCallRecord, 'answer' | 'fault'>): ApiCallRecord;
  /** Announces that the call got its answer or fault. */
  finish(call: ApiCallRecord): void;
}

/** Creates an empty log. */
export function createCallLog(): CallLog {
  let calls: ApiCallRecord[] = [];
  const finished = new WeakSet<ApiCallRecord>();
  const listeners = new Set<(call: ApiCallRecord) => void>();
  return {
    all: () => calls,
    of: (...methods) => calls.filter(({ method }) => methods.includes(method)),
    forget() {
      calls = [];
    },
    sees(predicate, deadlineMs = 10_000) {
      const past = calls.find((call) => finished.has(call) && predicate(call));
      if (past) return Promise.resolve(past);
      return new Promise((resolve, reject) => {
        const stop = () => {
          clearTimeout(timer);
          listeners.delete(look);
        };
        const look = (call: ApiCallRecord) => {
          if (!predicate(call)) return;
          stop();
          resolve(call);
        };
        const timer = setTimeout(() => {
          stop();
          const seen = calls.slice(-8).map(({ method, answer }) => `${method} ${answer?.ok ?? 'unanswered'}`);
          reject(
            new Error(`No such Bot API call within ${deadlineMs} ms; the last were: ${seen.join(', ')}`),
          );
        }, deadlineMs);
        listeners.add(look);
      });
    },
    begin(call) {
      const record: ApiCallRecord = { ...call, answer: undefined, fault: undefined };
      calls.push(record);
      return record;
    },
    finish(call) {
      finished.add(call);
      for (const listener of [...listeners]) listener(call);
    },
  };
}
