import type { LoadedConfig } from './load.ts';
import type { Source } from './raw.ts';
import { listDefinitions } from './schema.ts';

/** One line of `doctor`: a setting, what is in force and why (SET-10). */
export interface DescribedSetting {
  key: string;
  /** The value as text; secrets are `set` or `unset`. */
  value: string;
  source: Source;
  /** Kill-switch. */
  kill: boolean;
}

/** Every setting with its effective value and where it came from. Contains no secret. */
export function describeSettings({
  config,
  sources,
}: Pick<LoadedConfig, 'config' | 'sources'>): DescribedSetting[] {
  return listDefinitions().map(({ key, setting, path }) => {
    const value = path.reduce<unknown>((place, part) => (place as Record<string, unknown>)[part], config);
    return {
      key,
      value: setting.secret ? (value === undefined ? 'unset' : 'set') : valueText(value),
      source: sources.get(key) ?? 'default',
      kill: setting.kill ?? false,
    };
  });
}

function valueText(value: unknown): string {
  if (value === undefined) return 'unset';
  if (value === null) return 'off';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
