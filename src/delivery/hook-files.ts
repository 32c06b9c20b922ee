import { AppError } from '../errors.ts';

/** The files of one deploy in the state directory (SHIP-121). */
export interface HookFiles {
  env: string;
  hook: string;
  wrapper: string;
  started: string;
  alive: string;
  log: string;
  result: string;
}

/** Paths of a deploy's files. Throws `deploy-id-invalid` for an id that is not a plain file name. */
export function hookFiles(stateDir: string, deployId: string): HookFiles {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(deployId))
    throw new AppError(
      'deploy-id-invalid',
      `Expected a deploy id of letters, digits, '.', '_', '-', found ${deployId}.`,
    );
  const file = (suffix: string) => `${stateDir}/${deployId}.${suffix}`;
  return {
    env: file('env'),
    hook: file('hook'),
    wrapper: file('wrapper.sh'),
    started: file('started'),
    alive: file('alive'),
    log: file('log'),
    result: file('result.json'),
  };
}
