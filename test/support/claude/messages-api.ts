import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/** What the stand-in answers to one request of the CLI, in order; when none is left the model says "done". */
export type Reply =
  | { text: string; usage?: ReplyUsage }
  | { tool: string; input: Record<string, unknown>; usage?: ReplyUsage }
  /** An HTTP error. */
  | { status: number; type: string; message: string; headers?: Record<string, string>; times?: number }
  /** Never an answer. */
  | { hang: true }
  /** Half an answer, then the connection is gone. */
  | { cut: true; times?: number };

export interface ReplyUsage {
  input?: number;
  output?: number;
}

export interface SeenRequest {
  model: string;
  apiKey: string | null;
  /** The whole body as text. */
  body: string;
  system: string;
}

export interface MessagesApi {
  url: string;
  seen: SeenRequest[];
  /** Replaces what is still to be answered. */
  play(replies: readonly Reply[]): void;
  /** From now on the model thinks for itself; null where the queue answers. */
  think(mind: ((turn: Turn) => Reply) | null): void;
  close(): Promise<void>;
}

/** One request, as the model sees it. */
export interface Turn {
  system: string;
  /** Answers the model has given since a person or the engine last spoke. */
  step: number;
  /** What was said last, tool results apart. */
  said: string;
}

interface Body {
  model: string;
  tools?: unknown[];
  system?: unknown;
  stream?: boolean;
  messages?: { role: string; content: string | { type: string; text?: string }[] }[];
}

function turnOf({ system, messages = [] }: Body): Turn {
  const words = ({ content }: NonNullable<Body['messages']>[number]) =>
    typeof content === 'string'
      ? content
      : content.map((block) => (block.type === 'text' ? (block.text ?? '') : '')).join('\n');
  const isTold = (message: NonNullable<Body['messages']>[number]) =>
    message.role === 'user' &&
    (typeof message.content === 'string' || !message.content.some(({ type }) => type === 'tool_result'));
  const at = messages.findLastIndex(isTold);
  const step = messages.slice(at + 1).filter(({ role }) => role === 'assistant').length;
  return { system: JSON.stringify(system ?? ''), step, said: at < 0 ? '' : words(messages[at] as never) };
}

/** A stand-in for the Messages API on loopback: enough for the real CLI to run without network and account. */
export async function startMessagesApi(): Promise<MessagesApi> {
  const seen: SeenRequest[] = [];
  let queue: Reply[] = [];
  let mind: ((turn: Turn) => Reply) | null = null;
  const server = createServer((request, response) => {
    void readBody(request).then((raw) => {
      if (!request.url?.startsWith('/v1/messages') || request.method !== 'POST')
        return fail(response, 404, 'not_found_error', 'no');
      if (request.url.includes('count_tokens')) return json(response, 200, { input_tokens: 10 });
      const body = JSON.parse(raw) as Body;
      const side = (body.tools ?? []).length === 0;
      if (!side) {
        const apiKey = request.headers['x-api-key'] ?? request.headers.authorization ?? null;
        seen.push({
          model: body.model,
          apiKey: apiKey === null ? null : String(apiKey),
          body: raw,
          system: JSON.stringify(body.system ?? ''),
        });
      }
      return answer(response, side ? { text: 'title' } : (mind?.(turnOf(body)) ?? next(queue)), body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    seen,
    play(replies) {
      queue = replies.flatMap((reply) =>
        Array.from({ length: 'times' in reply ? (reply.times ?? 1) : 1 }, () => reply),
      );
    },
    think(own) {
      mind = own;
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

const next = (queue: Reply[]): Reply => queue.shift() ?? { text: 'done' };

let ids = 0;
const id = (prefix: string) => `${prefix}_standin${String(++ids).padStart(6, '0')}`;

function answer(response: ServerResponse, reply: Reply, body: { model: string; stream?: boolean }): void {
  if ('hang' in reply) return;
  if ('status' in reply) return fail(response, reply.status, reply.type, reply.message, reply.headers);
  const cut = 'cut' in reply;
  const block =
    'tool' in reply
      ? { type: 'tool_use', id: id('toolu'), name: reply.tool, input: reply.input }
      : { type: 'text', text: cut ? 'half an answer' : reply.text };
  const counts = cut ? {} : (reply.usage ?? {});
  const usage = {
    input_tokens: counts.input ?? 100,
    output_tokens: counts.output ?? 20,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
  };
  const message = {
    id: id('msg'),
    type: 'message',
    role: 'assistant',
    model: body.model,
    stop_sequence: null,
  };
  const stopReason = 'tool' in reply ? 'tool_use' : 'end_turn';
  // The CLI asks again without streaming when streams keep breaking.
  if (cut && !body.stream) {
    response.destroy();
    return;
  }
  if (!body.stream)
    return json(response, 200, { ...message, content: [block], stop_reason: stopReason, usage });
  response.writeHead(200, { 'content-type': 'text/event-stream', 'request-id': id('req') });
  const send = (type: string, data: object) =>
    response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
  send('message_start', {
    message: { ...message, content: [], stop_reason: null, usage: { ...usage, output_tokens: 1 } },
  });
  send('content_block_start', {
    index: 0,
    content_block: block.type === 'text' ? { type: 'text', text: '' } : { ...block, input: {} },
  });
  const delta =
    'tool' in reply
      ? { type: 'input_json_delta', partial_json: JSON.stringify(reply.input) }
      : { type: 'text_delta', text: block.text };
  send('content_block_delta', { index: 0, delta });
  if (cut) {
    setTimeout(() => response.destroy(), 50);
    return;
  }
  send('content_block_stop', { index: 0 });
  send('message_delta', { delta: { stop_reason: stopReason, stop_sequence: null }, usage });
  send('message_stop', {});
  response.end();
}

function fail(
  response: ServerResponse,
  status: number,
  type: string,
  message: string,
  headers: Record<string, string> = {},
): void {
  json(response, status, { type: 'error', error: { type, message } }, headers);
}

function json(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', 'request-id': id('req'), ...headers });
  response.end(JSON.stringify(body));
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
