import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createHttpClient, type HttpClientOptions, parseRetryAfter } from '../src/http-client.ts';
import { createRedactor } from '../src/log.ts';

const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function client(options: Partial<HttpClientOptions> = {}) {
  const waits: number[] = [];
  const sleep = async (ms: number) => void waits.push(ms);
  return {
    waits,
    ...createHttpClient({ userAgent: 'Orchestrator/test', timeoutMs: 2_000, sleep, ...options }),
  };
}

describe('outcome classes', () => {
  it.each([
    [200, 'ok'],
    [204, 'ok'],
    [304, 'permanent'],
    [400, 'permanent'],
    [401, 'permanent'],
    [404, 'permanent'],
    [408, 'transient'],
    [409, 'permanent'],
    [422, 'permanent'],
    [425, 'transient'],
    [429, 'transient'],
    [500, 'transient'],
    [503, 'transient'],
  ])('HTTP %i is %s', async (status, expected) => {
    const base = await serve((_, response) => response.writeHead(status).end());
    const outcome = await client().request({ url: base, retries: 0 });
    expect(outcome).toMatchObject({ class: expected, status });
  });

  it('reports a refused connection as transient with the cause', async () => {
    const base = await serve((_, response) => response.end());
    servers[0]?.close();
    await new Promise((resolve) => servers[0]?.once('close', resolve));
    servers.length = 0;
    const outcome = await client().request({ url: base, retries: 0 });
    expect(outcome).toMatchObject({ class: 'transient', failure: 'network' });
    expect(outcome.class === 'transient' && outcome.reason).toContain('ECONNREFUSED');
  });

  it('reports a connection reset in the middle of the answer as transient', async () => {
    const base = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => response.destroy());
    });
    expect(await client().request({ url: base, retries: 0 })).toMatchObject({
      class: 'transient',
      failure: 'network',
    });
  });

  it.each(['headers', 'body'])('gives up on a server that hangs before its %s', async (part) => {
    const base = await serve((_, response) => {
      if (part === 'body') response.writeHead(200).write('{');
    });
    const outcome = await client().request({ url: base, timeoutMs: 60, retries: 0 });
    expect(outcome).toMatchObject({ class: 'transient', failure: 'timed-out' });
  });

  it('returns, without retrying, when the caller cancels', async () => {
    const stop = new AbortController();
    const base = await serve(() => stop.abort());
    const http = client();
    expect(await http.request({ url: base, signal: stop.signal })).toMatchObject({ failure: 'cancelled' });
    expect(http.waits).toEqual([]);
  });

  it('cuts the body of a failure at 64 KiB', async () => {
    const base = await serve((_, response) => response.writeHead(400).end('x'.repeat(300_000)));
    const outcome = await client().request({ url: base });
    expect(outcome.body).toHaveLength(64 * 1024);
  });

  it('refuses an answer over the size limit instead of reading on', async () => {
    const base = await serve((_, response) => response.end('x'.repeat(3_000_000)));
    expect(await client().request({ url: base, maxBytes: 1_000 })).toMatchObject({
      class: 'permanent',
      failure: 'too-large',
      body: '',
    });
  });

  it.each(['not a url', 'file:///etc/passwd'])('refuses %j as a value', async (url) => {
    expect(await client().request({ url })).toMatchObject({ class: 'permanent', failure: 'invalid-request' });
  });
});

describe('repeats', () => {
  it('repeats a read after 1 s and 3 s (FORGE-3)', async () => {
    let calls = 0;
    const base = await serve((_, response) => {
      calls += 1;
      response.writeHead(calls < 3 ? 503 : 200).end('done');
    });
    const http = client();
    expect(await http.request({ url: base })).toMatchObject({ class: 'ok', body: 'done' });
    expect(http.waits).toEqual([1_000, 3_000]);
  });

  it('never repeats a write of its own accord', async () => {
    let calls = 0;
    const base = await serve((_, response) => {
      calls += 1;
      response.writeHead(503).end();
    });
    expect(await client().request({ method: 'POST', url: base })).toMatchObject({ class: 'transient' });
    expect(calls).toBe(1);
  });

  it('hands a long Retry-After to the caller and waits out a short one', async () => {
    const answeredWith = async (seconds: string) => {
      const base = await serve((_, response) => response.writeHead(429, { 'retry-after': seconds }).end());
      const http = client();
      return { outcome: await http.request({ url: base, retries: 1 }), waits: http.waits };
    };
    expect(await answeredWith('120')).toMatchObject({ outcome: { retryAfterS: 120 }, waits: [] });
    expect(await answeredWith('2')).toMatchObject({ outcome: { retryAfterS: 2 }, waits: [2_000] });
  });

  it.each([
    ['7', undefined, 7],
    ['Fri, 20 Nov 2026 20:00:30 GMT', 'Fri, 20 Nov 2026 20:00:00 GMT', 30],
    ['Fri, 20 Nov 2026 19:00:00 GMT', 'Fri, 20 Nov 2026 20:00:00 GMT', 0],
    ['soon', undefined, undefined],
    [undefined, undefined, undefined],
  ])('reads Retry-After %j against the server date %j as %j', (value, date, seconds) => {
    expect(parseRetryAfter(value, date)).toBe(seconds);
  });
});

describe('redirects', () => {
  it('follows a redirect on the same host', async () => {
    const base = await serve((request, response) => {
      if (request.url === '/') response.writeHead(302, { location: '/there' }).end();
      else response.end(`at ${request.url}`);
    });
    expect(await client().request({ url: base })).toMatchObject({ class: 'ok', body: 'at /there' });
  });

  it('does not follow one to another host and sends it nothing (SHIP-183)', async () => {
    let reached = false;
    const other = await serve((_, response) => {
      reached = true;
      response.end();
    });
    const base = await serve((_, response) => response.writeHead(302, { location: `${other}/` }).end());
    expect(await client().request({ url: base })).toMatchObject({ class: 'permanent', failure: 'redirect' });
    expect(reached).toBe(false);
  });

  it('repeats a write with its body after 308, and refuses to after 302', async () => {
    const base = await serve((request, response) => {
      const [, status] = /^\/from\/(\d+)$/.exec(request.url ?? '') ?? [];
      if (status) response.writeHead(Number(status), { location: '/to' }).end();
      else request.pipe(response);
    });
    const post = (status: number) =>
      client().request({ method: 'POST', url: `${base}/from/${status}`, json: { a: 1 } });
    expect(await post(308)).toMatchObject({ class: 'ok', body: '{"a":1}' });
    expect(await post(302)).toMatchObject({ class: 'permanent', failure: 'redirect', status: 302 });
  });

  it('ends a redirect loop', async () => {
    const base = await serve((_, response) => response.writeHead(302, { location: '/' }).end());
    expect(await client().request({ url: base })).toMatchObject({ class: 'permanent', failure: 'redirect' });
  });
});

describe('content', () => {
  it('names itself, sends JSON and parses JSON', async () => {
    const base = await serve((request, response) => {
      response.setHeader('content-type', 'application/json');
      request.setEncoding('utf8').on('data', (body) => {
        const { 'user-agent': agent, 'content-type': type } = request.headers;
        response.end(JSON.stringify({ agent, type, body }));
      });
    });
    const outcome = await client().json({ method: 'PUT', url: base, json: { a: 1 } });
    expect(outcome).toMatchObject({
      class: 'ok',
      data: { agent: 'Orchestrator/test', type: 'application/json', body: '{"a":1}' },
    });
  });

  it('calls a 2xx that is not JSON permanent', async () => {
    const base = await serve((_, response) =>
      response.setHeader('content-type', 'text/html').end('<h1>log in</h1>'),
    );
    expect(await client().json({ url: base })).toMatchObject({
      class: 'permanent',
      failure: 'invalid-json',
      reason: 'expected JSON, found text/html',
    });
  });

  it('masks secrets in what it reports', async () => {
    const base = await serve((_, response) => response.writeHead(403).end('token s3cret-token is invalid'));
    const outcome = await client({ redact: createRedactor(['s3cret-token']) }).request({ url: base });
    expect(outcome.body).toBe('token *** is invalid');
  });
});
