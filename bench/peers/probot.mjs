// Probot behind Node's own server: checks the signature and calls a handler that does nothing. Prints its port.
import { createServer } from 'node:http';
import { createNodeMiddleware, Probot } from 'probot';

const secret = process.argv[2] ?? '';
const probot = new Probot({ appId: 1, privateKey: 'none', secret, logLevel: 'fatal' });
const middleware = await createNodeMiddleware((app) => app.on('push', () => undefined), { probot });
const server = createServer(async (request, response) => {
  if (await middleware(request, response)) return;
  response.statusCode = 404;
  response.end();
});
server.listen(0, '127.0.0.1', () =>
  process.stdout.write(`${JSON.stringify({ port: server.address().port })}\n`),
);
