import { readFileSync } from 'node:fs';

/** Every file of the board; nothing else is served from disk. */
const FILES: Readonly<Record<string, string>> = {
  'shell.css': 'text/css; charset=utf-8',
  'overview.css': 'text/css; charset=utf-8',
  'task.css': 'text/css; charset=utf-8',
  'costs.css': 'text/css; charset=utf-8',
  'board.js': 'text/javascript; charset=utf-8',
  'icon.svg': 'image/svg+xml',
};

/** A file and its type; null when there is none of this name. */
export function assetOf(name: string): { type: string; body: Buffer } | null {
  const type = Object.hasOwn(FILES, name) ? FILES[name] : undefined;
  if (type === undefined) return null;
  return { type, body: readFileSync(new URL(`./assets/${name}`, import.meta.url)) };
}
