import { type Json, parseObject } from './json.ts';

// A result is short and comes last; bounds keep a log full of braces from costing minutes.
const MAX_CHARS = 256 * 1024;
const MAX_TRIES = 2000;

/**
 * The last brace-balanced JSON object of `type: result` in a text whose lines were cut into each other
 * (AGENT-29); null when there is none. Aware of strings, so braces inside them do not count.
 */
export function findLastResult(log: string): Json | null {
  const tail = log.slice(-MAX_CHARS);
  const mention = tail.lastIndexOf('"result"');
  let tries = 0;
  for (let at = tail.lastIndexOf('{', mention); at >= 0 && tries < MAX_TRIES; tries++) {
    const end = balancedEnd(tail, at);
    const value = end === null ? null : parseObject(tail.slice(at, end));
    if (value?.type === 'result') return value;
    at = at === 0 ? -1 : tail.lastIndexOf('{', at - 1);
  }
  return null;
}

function balancedEnd(text: string, start: number): number | null {
  let depth = 0;
  let inString = false;
  for (let i = start; i < text.length; i++) {
    const char = text[i];
    if (inString) {
      if (char === '\\') i++;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === '{') depth++;
    else if (char === '}' && --depth === 0) return i + 1;
  }
  return null;
}
