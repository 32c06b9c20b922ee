import { getTableColumns, type Placeholder, sql, type Table } from 'drizzle-orm';

/** A placeholder per column, named like it: the values of a prepared insert. */
export function placeholdersOf<T extends Table>(
  table: T,
): { [K in keyof T['_']['columns'] & string]: Placeholder<K> } {
  const names = Object.keys(getTableColumns(table));
  return Object.fromEntries(names.map((name) => [name, sql.placeholder(name)])) as never;
}
