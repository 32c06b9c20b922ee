import type { z } from 'zod';
import type { ForgeRead } from '../port.ts';

/** Checks one answer; a shape we cannot read is `permanent`, never a guess. */
export function parseAnswer<T extends z.ZodType>(read: ForgeRead<unknown>, schema: T): ForgeRead<z.infer<T>> {
  if (read.kind !== 'ok') return read;
  const parsed = schema.safeParse(read.value);
  if (parsed.success) return { kind: 'ok', value: parsed.data };
  const issue = parsed.error.issues[0];
  const where = issue?.path.join('.') || 'the answer';
  return {
    kind: 'permanent',
    reason: `unexpected answer of the forge: ${where}: ${issue?.message ?? 'invalid'}`,
  };
}

/** The rows that can be read; one that cannot makes the whole list unreadable. */
export function parseRows<T extends z.ZodType>(rows: readonly unknown[], schema: T): ForgeRead<z.infer<T>[]> {
  const values: z.infer<T>[] = [];
  for (const row of rows) {
    const parsed = parseAnswer({ kind: 'ok', value: row }, schema);
    if (parsed.kind !== 'ok') return parsed;
    values.push(parsed.value);
  }
  return { kind: 'ok', value: values };
}
