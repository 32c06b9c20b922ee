import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** A program named `docker` that keeps one image as a file: its id and its labels. */
export async function playDocker(root: string) {
  const bin = path.join(root, 'bin');
  const state = path.join(root, 'docker');
  await mkdir(bin, { recursive: true });
  await mkdir(state, { recursive: true });
  await writeFile(path.join(state, 'daemon'), '');
  await writeFile(path.join(bin, 'docker'), PROGRAM.replace('STATE', JSON.stringify(state)));
  await chmod(path.join(bin, 'docker'), 0o755);
  return {
    env: { PATH: `${bin}:${path.dirname(process.execPath)}:/usr/bin:/bin` },
    labels: async (): Promise<Record<string, string>> =>
      JSON.parse(await readFile(path.join(state, 'image.json'), 'utf8')).Config.Labels,
    stop: () => rm(path.join(state, 'daemon')),
  };
}

const PROGRAM = `#!/usr/bin/env node
const fs = require('node:fs');
const state = STATE;
const image = state + '/image.json';
const args = process.argv.slice(2);
if (!fs.existsSync(state + '/daemon')) {
  console.error('Cannot connect to the Docker daemon');
  process.exit(1);
}
if (args[0] === 'version') console.log('28.0.0');
else if (args[0] === 'image') {
  if (!fs.existsSync(image)) process.exit(1);
  console.log(fs.readFileSync(image, 'utf8'));
} else if (args[0] === 'build') {
  const labels = args.filter((a) => a.startsWith('--label=')).map((a) => a.slice(8).split('='));
  const Id = 'sha256:' + require('node:crypto').createHash('sha256').update(args.join(' ')).digest('hex');
  fs.writeFileSync(image, JSON.stringify({ Id, Config: { Labels: Object.fromEntries(labels) } }));
  console.log(Id);
} else process.exit(1);
`;
