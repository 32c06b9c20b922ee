import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';

/** Every file of the page; nothing else is served from disk. */
const FILES: Record<string, string> = {
  'index.html': 'text/html; charset=utf-8',
  'locked.html': 'text/html; charset=utf-8',
  'style.css': 'text/css; charset=utf-8',
  'messages.css': 'text/css; charset=utf-8',
  'icon.svg': 'image/svg+xml',
  'app.js': 'text/javascript; charset=utf-8',
  'bubbles.js': 'text/javascript; charset=utf-8',
  'rich-text.js': 'text/javascript; charset=utf-8',
  'composer.js': 'text/javascript; charset=utf-8',
  'connection.js': 'text/javascript; charset=utf-8',
  'notices.js': 'text/javascript; charset=utf-8',
  'texts.js': 'text/javascript; charset=utf-8',
  'icons.js': 'text/javascript; charset=utf-8',
  'commands.js': 'text/javascript; charset=utf-8',
  'viewport.js': 'text/javascript; charset=utf-8',
  'message-list.js': 'text/javascript; charset=utf-8',
};

/** No script, style, image or connection but our own; no frame around us; no text becomes markup. */
export const PAGE_HEADERS: Record<string, string> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};

/** Sends a file of the page. False when there is no such file. */
export function servePageFile(response: ServerResponse, name: string, status = 200): boolean {
  const type = Object.hasOwn(FILES, name) ? FILES[name] : undefined;
  if (type === undefined) return false;
  const body = readFileSync(new URL(`./page/${name}`, import.meta.url));
  response.writeHead(status, { ...PAGE_HEADERS, 'content-type': type });
  response.end(body);
  return true;
}
