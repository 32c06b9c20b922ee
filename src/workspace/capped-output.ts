/** Keeps the head and the tail of a long output; at most `maxBytes` in memory. */
export interface CappedOutput {
  push(chunk: Buffer): void;
  text(): string;
}

/** Creates a buffer that drops the middle when the output is longer than `maxBytes`. */
export function createCappedOutput(maxBytes: number): CappedOutput {
  const half = Math.floor(maxBytes / 2);
  const head: Buffer[] = [];
  let headBytes = 0;
  let tail: Buffer[] = [];
  let tailBytes = 0;
  let dropped = 0;
  return {
    push: (chunk) => {
      const room = half - headBytes;
      if (room > 0) {
        head.push(chunk.subarray(0, room));
        headBytes += Math.min(room, chunk.length);
      }
      const rest = chunk.subarray(Math.max(0, room));
      if (rest.length === 0) return;
      tail.push(rest);
      tailBytes += rest.length;
      if (tailBytes < 2 * half) return;
      const kept = Buffer.concat(tail).subarray(tailBytes - half);
      dropped += tailBytes - kept.length;
      tail = [kept];
      tailBytes = kept.length;
    },
    text: () => {
      const end = Buffer.concat(tail);
      const kept = end.subarray(Math.max(0, end.length - half));
      const gone = dropped + end.length - kept.length;
      const gap = gone > 0 ? `\n[... ${gone} bytes left out ...]\n` : '';
      return `${Buffer.concat(head).toString('utf8')}${gap}${kept.toString('utf8')}`;
    },
  };
}
