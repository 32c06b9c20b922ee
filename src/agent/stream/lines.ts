import { StringDecoder } from 'node:string_decoder';

export interface LineSplitter {
  push(chunk: Buffer): void;
  /** Hands on what is left without a line feed. */
  end(): void;
}

/** Splits a byte stream into lines. A line longer than `maxChars` is handed on in pieces. */
export function createLineSplitter(
  onLine: (line: string) => void,
  maxChars = 16 * 1024 * 1024,
): LineSplitter {
  const decoder = new StringDecoder('utf8');
  // Parts, not one growing string: a long line in many chunks would otherwise cost quadratic time.
  let parts: string[] = [];
  let length = 0;
  const flush = () => {
    if (parts.length === 0) return;
    const line = parts.join('');
    parts = [];
    length = 0;
    onLine(line.endsWith('\r') ? line.slice(0, -1) : line);
  };
  const take = (piece: string) => {
    parts.push(piece);
    length += piece.length;
    if (length > maxChars) flush();
  };
  return {
    push(chunk) {
      const pieces = decoder.write(chunk).split('\n');
      pieces.forEach((piece, index) => {
        if (index > 0) {
          if (parts.length === 0) parts.push('');
          flush();
        }
        if (piece !== '') take(piece);
      });
    },
    end() {
      const rest = decoder.end();
      if (rest !== '') take(rest);
      flush();
    },
  };
}
