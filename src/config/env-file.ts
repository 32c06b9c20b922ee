/**
 * Reads an env file line by line (SET-2): nothing is expanded or executed, raw JSON needs no quoting,
 * one pair of surrounding quotes is dropped. A later line wins.
 */
export function parseEnvFile(text: string): Record<string, string> {
  const values: Record<string, string> = {};
  for (const raw of text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const statement = line.replace(/^export\s+/, '');
    const split = statement.indexOf('=');
    if (split < 1) continue;
    values[statement.slice(0, split).trim()] = unquote(statement.slice(split + 1).trim());
  }
  return values;
}

function unquote(value: string): string {
  const first = value[0];
  return value.length >= 2 && (first === '"' || first === "'") && value.endsWith(first)
    ? value.slice(1, -1)
    : value;
}
