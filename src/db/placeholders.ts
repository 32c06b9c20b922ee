import { getTableColumns, type Placeholder, type SQL, sql, type Table } from 'drizzle-orm';

type ColumnName<T extends Table> = keyof T['_']['columns'] & string;

/** A placeholder per column, named like it: the values of a prepared insert. */
export function placeholdersOf<T extends Table>(table: T): { [K in ColumnName<T>]: Placeholder<K> } {
  const names = Object.keys(getTableColumns(table));
  return Object.fromEntries(names.map((name) => [name, sql.placeholder(name)])) as never;
}

/**
 * The same for some columns, to be set by a prepared statement; values are encoded as the columns are. Not for JSON
 * that may be null: drizzle would write the text `null`.
 */
export function settingOf<T extends Table, K extends ColumnName<T>>(
  _table: T,
  ...names: readonly K[]
): Record<K, SQL> {
  return Object.fromEntries(names.map((name) => [name, sql.placeholder(name)])) as never;
}

/** What a prepared insert brought, for the columns of a row that was there already. */
export function broughtOf<T extends Table>(table: T): Record<ColumnName<T>, SQL> {
  const columns = Object.entries(getTableColumns(table));
  return Object.fromEntries(
    columns.map(([name, column]) => [name, sql`excluded.${sql.identifier(column.name)}`]),
  ) as never;
}

/** True for the values of a JSON list bound to this placeholder: one prepared statement for lists of any length. */
export const isListed = (column: SQL | Table['_']['columns'][string], list: string): SQL =>
  sql`${column} in (select value from json_each(${sql.placeholder(list)}))`;
