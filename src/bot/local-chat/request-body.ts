import type { IncomingMessage } from 'node:http';
import { Busboy } from '@fastify/busboy';
import type { UploadedFile } from './params.ts';
import { badRequest } from './refusal.ts';

/** Telegram takes uploads up to 50 MB. */
const MAX_BODY_BYTES = 52 * 1024 * 1024;

/** Fields and files of a request, whatever encoding they came in. */
export interface RequestFields {
  values: Record<string, unknown>;
  files: Map<string, UploadedFile>;
}

/** Reads a whole body. Rejects with 400 `request entity too large` above `limit` bytes. */
export async function readBody(request: IncomingMessage, limit = MAX_BODY_BYTES): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) throw badRequest('request entity too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Reads JSON, form or multipart bodies. Rejects with 400 when the body is not what its type says. */
export async function readFields(request: IncomingMessage): Promise<RequestFields> {
  const type = request.headers['content-type'] ?? '';
  if (type.startsWith('multipart/form-data')) return readMultipart(request, type);
  const body = (await readBody(request)).toString('utf8');
  if (body === '') return { values: {}, files: new Map() };
  if (type.startsWith('application/json')) return { values: parseObject(body), files: new Map() };
  return { values: Object.fromEntries(new URLSearchParams(body)), files: new Map() };
}

function parseObject(body: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return value as Record<string, unknown>;
    }
  } catch {
    // Telegram says the same for broken JSON and for JSON of another shape.
  }
  throw badRequest("can't parse JSON object");
}

function readMultipart(request: IncomingMessage, type: string): Promise<RequestFields> {
  const fields: RequestFields = { values: {}, files: new Map() };
  const parser = Busboy({
    headers: { ...request.headers, 'content-type': type },
    limits: { fileSize: MAX_BODY_BYTES, files: 10, fields: 100 },
  });
  return new Promise((resolve, reject) => {
    const fail = () => reject(badRequest("can't parse multipart/form-data body"));
    parser.on('field', (name, value) => {
      fields.values[name] = value;
    });
    parser.on('file', (name, stream, fileName, _encoding, mimeType) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () =>
        fields.files.set(name, { name: fileName ?? name, mimeType, bytes: Buffer.concat(chunks) }),
      );
    });
    parser.on('finish', () => resolve(fields));
    parser.on('error', fail);
    request.on('error', fail);
    request.pipe(parser);
  });
}
