import { z } from 'zod';
import type { Problem } from './problems.ts';
import { RegistryEntry, SYNONYMS } from './registry-schema.ts';

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** The object schema a field may hold, whatever optional, default or union wraps it. */
function objectSchemaOf(schema: unknown): z.ZodObject | undefined {
  if (schema instanceof z.ZodObject) return schema;
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault)
    return objectSchemaOf(schema.unwrap());
  if (schema instanceof z.ZodUnion)
    return schema.options.map(objectSchemaOf).find((found) => found !== undefined);
  return undefined;
}

/** Names known at a place of the entry, `[]` for its top level: fields, or the words of a map. */
export function knownNames(path: readonly PropertyKey[]): string[] {
  let schema: unknown = RegistryEntry;
  for (const part of path) schema = objectSchemaOf(schema)?.shape[String(part)];
  const map = schema instanceof z.ZodDefault ? schema.unwrap() : schema;
  if (map instanceof z.ZodRecord && map.keyType instanceof z.ZodEnum) return map.keyType.options.map(String);
  return Object.keys(objectSchemaOf(schema)?.shape ?? {});
}

/** Rewrites camelCase and synonyms to the one spelling of each field; two spellings of one field are a problem. */
export function normaliseNames(entry: Json, label: string, problems: Problem[]): Json {
  return rename(entry, RegistryEntry, { label, problems, synonyms: SYNONYMS });
}

interface Renaming {
  label: string;
  problems: Problem[];
  synonyms: Readonly<Record<string, string>>;
}

function rename(value: Json, schema: z.ZodObject, { label, problems, synonyms }: Renaming): Json {
  const spelled = new Map<string, string>();
  const result: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(value)) {
    const snake = snakeCase(name);
    const canonical = synonyms[snake] ?? (snake in schema.shape ? snake : name);
    const earlier = spelled.get(canonical);
    if (earlier !== undefined) {
      problems.push({
        key: `${label}.${name}`,
        problem: `is the same field as "${earlier}"`,
        fix: `keep one of the two, best "${canonical}"`,
      });
      continue;
    }
    spelled.set(canonical, name);
    const inner = objectSchemaOf(schema.shape[canonical]);
    result[canonical] =
      inner && isObject(field)
        ? rename(field, inner, { label: `${label}.${name}`, problems, synonyms: {} })
        : field;
  }
  return result;
}
