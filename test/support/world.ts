import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { prepareWorld, type World } from '../../src/cli/demo/world.ts';
import { freePort } from './ports.ts';

/** Chooses the ports of the demo in this directory before it chooses them itself. */
export async function choosePorts(dataDir: string): Promise<void> {
  const ports: World['ports'] = {
    http: await freePort(),
    chat: await freePort(),
    staging: await freePort(),
    production: await freePort(),
  };
  mkdirSync(dataDir, { recursive: true });
  writeFileSync(path.join(dataDir, 'demo.json'), JSON.stringify({ ports }));
}

/** The demo's world, on ports that no other test of this run gets. */
export async function testWorld(dataDir: string): Promise<World> {
  await choosePorts(dataDir);
  return prepareWorld(dataDir, process.env);
}
