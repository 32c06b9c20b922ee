// biome-ignore lint/suspicious/noControlCharactersInRegex: terminal colours start with ESC
const COLOURS = /\x1b\[[0-9;]*m/g;
const TELLING = /test|pass|fail|statements|all files|total|coverage/i;
const MAX_LENGTH = 500;
const MAX_LINES = 2000;

/**
 * The last lines of a runner's output that may be a report, without colours. What a check prints is text of others: with
 * blank and endless lines left out, patterns read the rest in bounded time (REC-26).
 */
export const reportLines = (output: string): string =>
  output
    .replace(COLOURS, '')
    .split('\n')
    .filter((line) => line.length <= MAX_LENGTH && TELLING.test(line))
    .slice(-MAX_LINES)
    .join('\n');
