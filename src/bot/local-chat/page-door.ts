import type { IncomingMessage, ServerResponse } from 'node:http';
import { PAGE_HEADERS, servePageFile } from './page-files.ts';
import { createSessionKeys, SESSION_SECONDS } from './session-keys.ts';
import type { ChatStorage } from './storage.ts';

/** Lets one browser in per key (LOCAL-2). */
export interface PageDoor {
  signedIn(request: IncomingMessage): boolean;
  /** Trades a key for a session cookie and takes the key out of the address bar; a used key leads to `lock`. */
  enter(request: IncomingMessage, response: ServerResponse, key: string): void;
  /** Tells a person without a session where to find a key. */
  lock(response: ServerResponse): void;
  /** The page's URL with a fresh key. */
  issueKeyUrl(): string;
}

export interface PageDoorDeps {
  storage: ChatStorage;
  now: () => number;
  /** Where the page is; known once it listens. */
  address: () => { url: string; port: number };
  announce?: ((keyUrl: string) => void) | undefined;
}

/** Creates the door. Cookies are shared by all ports of a host, so the name carries the port. */
export function createPageDoor({ storage, now, address, announce }: PageDoorDeps): PageDoor {
  const keys = createSessionKeys({ storage, now });
  const cookieName = () => `orch_chat_${address().port}`;
  const issueKeyUrl = () => `${address().url}/?key=${keys.issue()}`;

  const signedIn = (request: IncomingMessage): boolean => {
    const cookies = (request.headers.cookie ?? '').split(/; */).map((pair) => pair.split('='));
    const secret = cookies.find(([name]) => name === cookieName())?.[1];
    return secret !== undefined && keys.isSession(secret);
  };
  const lock = (response: ServerResponse): void => {
    // One fresh key at a time: reloading the locked page does not fill the terminal.
    if (keys.outstanding() === 0) announce?.(issueKeyUrl());
    servePageFile(response, 'locked.html', 403);
  };

  return {
    signedIn,
    lock,
    issueKeyUrl,
    enter(request, response, key) {
      const secret = keys.redeem(key);
      if (secret === undefined && !signedIn(request)) {
        lock(response);
        return;
      }
      // Not a redirect: after a click on another site's link a browser would follow it without the new cookie.
      const headers: Record<string, string> = { ...PAGE_HEADERS, refresh: '0; url=/' };
      if (secret !== undefined) {
        const rules = `HttpOnly; SameSite=Strict; Path=/; Max-Age=${SESSION_SECONDS}`;
        headers['set-cookie'] = `${cookieName()}=${secret}; ${rules}`;
      }
      response.writeHead(200, { ...headers, 'content-type': 'text/html; charset=utf-8' });
      response.end('<!doctype html><title>Orchestrator</title><a href="/">Open the chat</a>\n');
    },
  };
}
