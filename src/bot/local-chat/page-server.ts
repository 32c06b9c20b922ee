import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Logger } from '../../log.ts';
import type { ApiCore } from './api-core.ts';
import { isBotApiPath, serveBotApi } from './bot-api-http.ts';
import type { PageApi } from './page-api.ts';
import type { PageDoor } from './page-door.ts';
import { servePageFile } from './page-files.ts';
import { findForeign } from './page-guard.ts';

export interface PageServerDeps {
  core: ApiCore;
  token: string;
  door: PageDoor;
  api: PageApi;
  host: string;
  allowRemote: boolean;
  /** The port we listen on. */
  port: () => number;
  log: Logger;
}

/** Files anybody may read: the locked page needs them. */
const OPEN_FILES = ['style.css', 'icon.svg'];

/** Creates the HTTP server of the local chat, not listening yet: Bot API, door, page and its API. */
export function createPageServer(deps: PageServerDeps): Server {
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { host, allowRemote } = deps;
    const foreign = findForeign(request.headers, { host, allowRemote, port: deps.port() });
    if (foreign) return refuse(response, 403, foreign);
    const url = new URL(request.url ?? '/', 'http://page');
    if (isBotApiPath(url.pathname)) return serveBotApi(deps, request, response);
    return servePage(deps, { request, response, url });
  };
  return createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      deps.log.error({ err: error }, 'local chat request failed');
      if (response.headersSent) response.destroy();
      else refuse(response, 500, 'Something failed; the log says what.');
    });
  });
}

/** Addresses that are no file's name. A browser under load asks for the icon before it has read where it is. */
const NAMES: Readonly<Record<string, string>> = { '/': 'index.html', '/favicon.ico': 'icon.svg' };

async function servePage(
  { door, api }: PageServerDeps,
  { request, response, url }: { request: IncomingMessage; response: ServerResponse; url: URL },
): Promise<void> {
  const key = url.pathname === '/' ? url.searchParams.get('key') : null;
  if (key !== null) return door.enter(request, response, key);
  const name = NAMES[url.pathname] ?? url.pathname.slice(1);
  if (OPEN_FILES.includes(name) && servePageFile(response, name)) return;
  if (!door.signedIn(request)) {
    return name === 'index.html'
      ? door.lock(response)
      : refuse(response, 401, 'Open the page with its key first.');
  }
  if (await api.serve(request, response, url)) return;
  if (request.method === 'GET' && servePageFile(response, name)) return;
  refuse(response, 404, 'There is nothing here.');
}

function refuse(response: ServerResponse, status: number, line: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' });
  response.end(`${line}\n`);
}
