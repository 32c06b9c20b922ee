import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Exchange } from './server.ts';
import type { Flavour } from './state.ts';

/** A published description (Swagger 2.0), as far as we read it. */
interface Description {
  basePath: string;
  paths: Record<string, Record<string, Operation>>;
  definitions: Record<string, Schema>;
  responses: Record<string, { schema?: Schema }>;
}
interface Operation {
  parameters?: { name: string; in: string; schema?: Schema }[];
  responses: Record<string, { $ref?: string; schema?: Schema }>;
}
interface Schema {
  $ref?: string;
  type?: string;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  items?: Schema;
  required?: string[];
  enum?: unknown[];
}

const DIRECTORY =
  process.env.ORCH_OPENAPI_DIR ?? path.resolve(import.meta.dirname, '../../../../shared/data');

/** The description of a kind of server; null where it is not on this machine. */
export function loadDescription(flavour: Flavour): Description | null {
  const file = path.join(DIRECTORY, flavour === 'forgejo' ? 'forgejo-swagger.json' : 'gitea-swagger.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Description) : null;
}

/** Statuses every operation may answer, whether or not its description says so. */
const ALWAYS = new Set([401, 403, 422, 500, 502]);

/** What in an exchange the description does not know: path, parameter, status, field or type; empty when all is known. */
export function deviations(description: Description, exchange: Exchange): string[] {
  const name = `${exchange.method} ${exchange.path}`;
  const operation = findOperation(description, exchange);
  if (!operation) return [`${name}: no such operation`];
  const found: string[] = [];
  const queries = new Set(operation.parameters?.filter((one) => one.in === 'query').map((one) => one.name));
  for (const [key] of exchange.query) if (!queries.has(key)) found.push(`${name}: unknown parameter ${key}`);
  const body = operation.parameters?.find((one) => one.in === 'body')?.schema;
  if (exchange.sent !== null && body)
    found.push(...mismatches(description, body, exchange.sent, `${name} sent`));
  if (exchange.sent !== null && !body) found.push(`${name}: sends a body where none is described`);
  const described = operation.responses[String(exchange.status)];
  if (!described && !ALWAYS.has(exchange.status))
    found.push(`${name}: status ${exchange.status} is not described`);
  const schema = described?.schema ?? responseOf(description, described?.$ref)?.schema;
  if (schema && exchange.status < 300)
    found.push(...mismatches(description, schema, exchange.answered, `${name} answered`));
  return found;
}

function findOperation(description: Description, exchange: Exchange): Operation | undefined {
  const matches = Object.entries(description.paths).filter(([template]) => {
    // `{ref}` of git/refs may hold slashes; every other parameter is one segment.
    const pattern = template.replace(/\{ref\}$/, '.+').replace(/\{[^}]+\}/g, '[^/]+');
    return new RegExp(`^${pattern}$`).test(exchange.path);
  });
  const exact = matches.sort(([a], [b]) => (a.match(/\{/g)?.length ?? 0) - (b.match(/\{/g)?.length ?? 0))[0];
  return exact?.[1][exchange.method.toLowerCase()];
}

const responseOf = (description: Description, ref: string | undefined) =>
  ref === undefined ? undefined : description.responses[ref.split('/').at(-1) ?? ''];

/** Unknown fields, wrong types, missing required ones and values outside an enum. */
function mismatches(description: Description, schema: Schema, value: unknown, at: string): string[] {
  if (schema.$ref) {
    const target = description.definitions[schema.$ref.split('/').at(-1) ?? ''];
    return target ? mismatches(description, target, value, at) : [];
  }
  if (value === null || value === undefined) return [];
  if (schema.enum && !schema.enum.includes(value))
    return [`${at}: ${JSON.stringify(value)} is not in the enum`];
  if (schema.type && !hasType(schema.type, value))
    return [`${at}: expected ${schema.type}, found ${typeof value}`];
  if (Array.isArray(value))
    return value.flatMap((item, n) =>
      schema.items ? mismatches(description, schema.items, item, `${at}[${n}]`) : [],
    );
  if (typeof value !== 'object' || !schema.properties) return [];
  const missing = (schema.required ?? [])
    .filter((key) => !(key in value))
    .map((key) => `${at}: ${key} is missing`);
  const wrong = Object.entries(value).flatMap(([key, inner]) => {
    const known = schema.properties?.[key];
    if (known) return mismatches(description, known, inner, `${at}.${key}`);
    return schema.additionalProperties ? [] : [`${at}.${key}: unknown field`];
  });
  return [...missing, ...wrong];
}

function hasType(type: string, value: unknown): boolean {
  if (type === 'array') return Array.isArray(value);
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'object') return typeof value === 'object' && !Array.isArray(value);
  return typeof value === type;
}
