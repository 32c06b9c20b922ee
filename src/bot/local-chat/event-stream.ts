import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { PageEvent } from './page-view.ts';

/** Server-sent events with resume: a page that lost its connection gets what it missed, or `reset`. */
export interface EventStream {
  publish(event: PageEvent): void;
  /** Names the current position; a page that has just loaded its state continues from here. */
  position(): string;
  /** Streams everything after `lastEventId`; sends `reset` first when that is too long ago. */
  attach(response: ServerResponse, lastEventId: string | undefined): void;
  listeners(): number;
  close(): void;
}

const KEPT_EVENTS = 500;
const HEARTBEAT_MS = 15_000;

/** Creates a stream. Positions are only valid within one process: after a restart pages are reset. */
export function createEventStream(): EventStream {
  const boot = randomUUID().slice(0, 8);
  const kept: { sequence: number; event: PageEvent }[] = [];
  const open = new Set<ServerResponse>();
  let last = 0;

  const frame = (sequence: number, event: PageEvent | { kind: 'reset' }): string =>
    `id: ${boot}-${sequence}\ndata: ${JSON.stringify(event)}\n\n`;

  const missed = (lastEventId: string | undefined): { sequence: number; event: PageEvent }[] | undefined => {
    const [bootId, sequence] = (lastEventId ?? '').split('-');
    if (bootId !== boot) return undefined;
    const after = Number(sequence);
    const oldest = kept[0]?.sequence ?? last + 1;
    return after >= oldest - 1 ? kept.filter((entry) => entry.sequence > after) : undefined;
  };

  const heartbeat = setInterval(() => {
    for (const response of open) response.write(': still here\n\n');
  }, HEARTBEAT_MS);
  heartbeat.unref();

  return {
    publish(event) {
      last += 1;
      kept.push({ sequence: last, event });
      if (kept.length > KEPT_EVENTS) kept.shift();
      for (const response of open) response.write(frame(last, event));
    },
    position: () => `${boot}-${last}`,
    attach(response, lastEventId) {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      response.write('retry: 1000\n\n');
      const entries = missed(lastEventId);
      if (!entries) response.write(frame(last, { kind: 'reset' }));
      else for (const { sequence, event } of entries) response.write(frame(sequence, event));
      open.add(response);
      response.on('close', () => open.delete(response));
    },
    listeners: () => open.size,
    close() {
      clearInterval(heartbeat);
      for (const response of open) response.end();
    },
  };
}
