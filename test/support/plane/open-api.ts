import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import type { Exchange } from './server.ts';

/** Plane's published description (OpenAPI 3), as far as we read it. */
interface Description {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}
interface Operation {
  parameters?: { name: string; in: string }[];
  requestBody?: { content: Record<string, { schema?: Schema }> };
  responses: Record<string, { content?: Record<string, { schema?: Schema }> }>;
}
interface Schema {
  $ref?: string;
  type?: string;
  nullable?: boolean;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  items?: Schema;
  required?: string[];
  enum?: unknown[];
  allOf?: Schema[];
}

const FILE = path.join(
  process.env.ORCH_OPENAPI_DIR ?? path.resolve(import.meta.dirname, '../../../../shared/data'),
  'plane-openapi.yaml',
);

/** The description; null where it is not on this machine. */
export function loadPlaneDescription(): Description | null {
  return existsSync(FILE) ? (parse(readFileSync(FILE, 'utf8')) as Description) : null;
}

/** Served by Plane but absent from the published description (PLANE-4, call 12). */
const UNDESCRIBED = /\/relations\/$/;
/** Described in prose or examples only. */
const UNDESCRIBED_FIELDS: ReadonlySet<string> = new Set(['labels', 'issues', 'id']);
const ALWAYS = new Set([401, 403, 404, 429, 500, 502, 503]);

/** What in an exchange the description does not know: path, parameter, status, field or type. */
export function deviations(description: Description, exchange: Exchange): string[] {
  // The description predates the second name of the same resource (PLANE-3).
  const asked = exchange.path.replace('/work-items/', '/issues/');
  if (UNDESCRIBED.test(asked)) return [];
  const name = `${exchange.method} ${asked}`;
  const operation = findOperation(description, asked, exchange.method);
  if (!operation) return [`${name}: no such operation`];
  const found: string[] = [];
  const queries = new Set(operation.parameters?.filter((one) => one.in === 'query').map((one) => one.name));
  for (const [key] of exchange.query)
    if (!queries.has(key) && key !== 'order_by' && key !== 'per_page' && key !== 'cursor')
      found.push(`${name}: unknown parameter ${key}`);
  const body = operation.requestBody?.content['application/json']?.schema;
  if (exchange.sent !== null && !body) found.push(`${name}: sends a body where none is described`);
  if (exchange.sent !== null && body)
    found.push(...mismatches(description, body, exchange.sent, `${name} sent`));
  const described = operation.responses[String(exchange.status)];
  if (!described && !ALWAYS.has(exchange.status))
    found.push(`${name}: status ${exchange.status} is not described`);
  const schema = described?.content?.['application/json']?.schema;
  if (schema && exchange.status < 300)
    found.push(...mismatches(description, schema, exchange.answered, `${name} answered`));
  return found;
}

function findOperation(description: Description, asked: string, method: string): Operation | undefined {
  const matches = Object.entries(description.paths).filter(([template]) =>
    new RegExp(`^${template.replace(/\{[^}]+\}/g, '[^/]+')}$`).test(asked),
  );
  const exact = matches.sort(([a], [b]) => (a.match(/\{/g)?.length ?? 0) - (b.match(/\{/g)?.length ?? 0))[0];
  return exact?.[1][method.toLowerCase()];
}

/** Unknown fields, wrong types, missing required ones and values outside an enum. */
function mismatches(description: Description, schema: Schema, value: unknown, at: string): string[] {
  if (schema.$ref) {
    const target = description.components.schemas[schema.$ref.split('/').at(-1) ?? ''];
    return target ? mismatches(description, target, value, at) : [];
  }
  if (schema.allOf) return schema.allOf.flatMap((one) => mismatches(description, one, value, at));
  if (value === undefined) return [];
  if (value === null) return schema.nullable === false ? [`${at}: null`] : [];
  if (schema.enum && !schema.enum.includes(value))
    return [`${at}: ${JSON.stringify(value)} is not in the enum`];
  if (schema.type && !hasType(schema.type, value))
    return [`${at}: expected ${schema.type}, found ${Array.isArray(value) ? 'array' : typeof value}`];
  if (Array.isArray(value))
    return value.flatMap((item, n) =>
      schema.items ? mismatches(description, schema.items, item, `${at}[${n}]`) : [],
    );
  if (typeof value !== 'object' || !schema.properties) return [];
  const missing = (schema.required ?? [])
    .filter((key) => !(key in value))
    .map((key) => `${at}: ${key} is missing`);
  const inner = Object.entries(value).flatMap(([key, one]) => {
    const known = schema.properties?.[key];
    if (known) return mismatches(description, known, one, `${at}.${key}`);
    const tolerated = schema.additionalProperties || UNDESCRIBED_FIELDS.has(key);
    return tolerated ? [] : [`${at}.${key}: unknown field`];
  });
  return [...missing, ...inner];
}

function hasType(type: string, value: unknown): boolean {
  if (type === 'array') return Array.isArray(value);
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'object') return typeof value === 'object' && !Array.isArray(value);
  return typeof value === type;
}
