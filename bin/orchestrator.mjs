#!/usr/bin/env node
// The installed command. Everything else is in src/main.ts; `npm run build` makes dist.
import { existsSync } from 'node:fs';

const main = new URL('../dist/main.js', import.meta.url);
if (existsSync(main)) {
  await import(main.href);
} else {
  process.stderr.write('orchestrator is not built yet; dist/main.js is missing. Run: npm run build\n');
  process.exitCode = 1;
}
