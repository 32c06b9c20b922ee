export interface Tail {
  push(chunk: Buffer): void;
  /** The last bytes as text; a character cut at the front is dropped. */
  text(): string;
}

/** Keeps the last `maxBytes` of a stream, whatever its length. */
export function createTail(maxBytes: number): Tail {
  let chunks: Buffer[] = [];
  let size = 0;
  const compact = () => {
    const all = Buffer.concat(chunks);
    const kept = all.length > maxBytes ? Buffer.from(all.subarray(all.length - maxBytes)) : all;
    chunks = [kept];
    size = kept.length;
    return kept;
  };
  return {
    push(chunk) {
      chunks.push(chunk);
      size += chunk.length;
      // Compacting at twice the size keeps a flood linear.
      if (size > maxBytes * 2 + 65_536) compact();
    },
    text() {
      const kept = compact();
      let start = 0;
      while (start < 4 && start < kept.length && ((kept[start] ?? 0) & 0xc0) === 0x80) start++;
      return kept.toString('utf8', start);
    },
  };
}
