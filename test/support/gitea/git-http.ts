import { spawn } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { gunzipSync } from 'node:zlib';

/** Serves one git request through the real `git http-backend` (CGI). */
export async function serveGit(
  request: IncomingMessage,
  response: ServerResponse,
  options: { projectRoot: string; user: string; body: Buffer },
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const zipped = request.headers['content-encoding'] === 'gzip';
  const body = zipped ? gunzipSync(options.body) : options.body;
  const child = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env.PATH ?? '',
      HOME: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_PROJECT_ROOT: options.projectRoot,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: decodeURIComponent(url.pathname),
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method ?? 'GET',
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      CONTENT_LENGTH: String(body.length),
      REMOTE_USER: options.user,
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
    },
  });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stdin.on('error', () => undefined);
  child.stdin.end(body);
  await new Promise((resolve) => child.once('close', resolve));
  answer(response, Buffer.concat(chunks));
}

/** A CGI answer: headers, an empty line, the body. */
function answer(response: ServerResponse, output: Buffer): void {
  const end = output.indexOf('\r\n\r\n');
  for (const line of output.subarray(0, Math.max(0, end)).toString('latin1').split('\r\n')) {
    const [name = '', ...value] = line.split(': ');
    if (name.toLowerCase() === 'status') response.statusCode = Number.parseInt(value.join(': '), 10);
    else if (name) response.setHeader(name, value.join(': '));
  }
  response.end(end < 0 ? '' : output.subarray(end + 4));
}
