import { spawnSync } from 'node:child_process';

const OLDEST = [20, 19];

/** Throws one clear line when Node is too old or git is missing. Syntax here stays readable for Node 14. */
export function requireTools() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
    const need = `Node.js ${OLDEST.join('.')} or newer is needed`;
    throw new Error(
      `${need}; found ${process.versions.node}. Install it from https://nodejs.org, then run this again.`,
    );
  }
  if (spawnSync('git', ['--version'], { stdio: 'ignore' }).status !== 0) {
    throw new Error(
      'git is needed; none was found on PATH. Install it (for example: sudo apt-get install git), then run this again.',
    );
  }
}
