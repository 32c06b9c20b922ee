const NEGATIVE = new Set(['BLOCKED', 'FAILED', 'FAIL', 'REQUEST_CHANGES', 'REJECT', 'RED']);
const POSITIVE = new Set(['PASSED', 'PASS', 'READY-TO-DEPLOY', 'READY_TO_DEPLOY', 'GREEN', 'APPROVED']);

export interface Token {
  sign: 'positive' | 'negative';
  /** The word that decided, upper-cased. */
  word: string;
  /** The value it was read from, as its author wrote it. */
  value: string;
}

/** Decides over all values of one verdict: any negative word wins over every positive one (PIPE-66). */
export function readToken(values: readonly string[]): Token | null {
  const tokens = values.flatMap((value) => tokensOf(value));
  return tokens.find((token) => token.sign === 'negative') ?? tokens[0] ?? null;
}

function tokensOf(value: string): Token[] {
  const words = wordsOf(value);
  return words.flatMap((word, index): Token[] => {
    const before = words[index - 1];
    if (NEGATIVE.has(word)) return before === '0' ? [] : [{ sign: 'negative', word, value }];
    if (!POSITIVE.has(word)) return [];
    return before === 'NOT'
      ? [{ sign: 'negative', word: `NOT ${word}`, value }]
      : [{ sign: 'positive', word, value }];
  });
}

/** Whole words only, so `COVERED` is not `RED`. ASCII case folding: `paß` must not become `PASS`. */
function wordsOf(value: string): string[] {
  const upper = value.replace(/[a-z]+/g, (part) => part.toUpperCase());
  return upper.match(/[A-Z0-9_]+(?:-+[A-Z0-9_]+)*/g) ?? [];
}
