import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { parseEnvFile } from '../../src/config/env-file.ts';
import { renderEnvTemplate, renderSettingsReference } from '../../src/config/reference.ts';
import { renderRegistryJsonSchema } from '../../src/config/registry-schema.ts';
import { listDefinitions } from '../../src/config/schema.ts';
import { load } from './load-settings.ts';

const shipped = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), 'utf8');
const keys = listDefinitions().map(({ key }) => key);

const RENDERED: [path: string, render: () => string][] = [
  ['docs/reference/settings.md', renderSettingsReference],
  ['.env.example', renderEnvTemplate],
  ['docs/reference/projects.schema.json', renderRegistryJsonSchema],
];

it.each(RENDERED)('the shipped %s is what the code says', async (path, render) => {
  expect(await shipped(path)).toContain(render());
});

it('code, reference table and env template name the same keys', async () => {
  const table = [...(await shipped('docs/reference/settings.md')).matchAll(/^\| `(ORCH_[^`]+)`/gm)].flatMap(
    ([, key = '']) => {
      const [before = '', words, after = ''] = key.split(/[{}]/);
      return words === undefined ? [key] : words.split(',').map((word) => `${before}${word}${after}`);
    },
  );
  const template = [...(await shipped('.env.example')).matchAll(/^#(ORCH_[A-Z0-9_]+)=/gm)].map(
    ([, key]) => key,
  );
  expect(table).toEqual(keys);
  expect(template).toEqual(keys);
});

it('the env template changes nothing when every line is uncommented', () => {
  const text = renderEnvTemplate().replace(/^#(?=ORCH_)/gm, '');
  expect(load({}, { files: { '/work/.env': text } }).config).toEqual(load().config);
  expect(Object.keys(parseEnvFile(text))).toEqual(keys);
});

it('inc-108 every path is a setting, and none has a default of one machine', () => {
  const { config } = load({ ORCH_DATA_DIR: '/srv/elsewhere' });
  const { db, server, forge, deploy } = config;
  for (const dir of [db.path, server.runsDir, forge.reposDir, forge.forgeDir, deploy.stateDir])
    expect(dir).toMatch(/^\/srv\/elsewhere\//);
  const absolute = JSON.stringify(load().config).match(/"\/(app|srv|opt|var|usr)\/[^"]*"/g) ?? [];
  expect(absolute).toEqual([]);
});

it('no two settings share a place in the configuration', () => {
  const places = listDefinitions().map(({ path }) => path.join('.'));
  expect(new Set(places).size).toBe(places.length);
});
