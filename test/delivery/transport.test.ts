import { describe, expect, it } from 'vitest';
import { DETACH, shellWord } from '../../src/delivery/detach.ts';
import { hookFiles } from '../../src/delivery/hook-files.ts';
import { chooseTransport, type Surroundings } from '../../src/delivery/transport.ts';

const here: Surroundings = { sshHost: false, underSystemd: false, inContainer: false, dockerSocket: false };
const project = { selfHosting: false };

describe('auto chooses by where we run (SHIP-120)', () => {
  it.each([
    [{}, 'setsid'],
    [{ inContainer: true }, 'setsid'],
    [{ inContainer: true, dockerSocket: true }, 'docker'],
    [{ dockerSocket: true }, 'setsid'],
    [{ underSystemd: true }, 'systemd-run'],
    [{ underSystemd: true, inContainer: true, dockerSocket: true }, 'systemd-run'],
    [{ sshHost: true, underSystemd: true }, 'ssh'],
  ])('%j: %s', (around, transport) => {
    expect(chooseTransport('auto', { ...here, ...around }, project)).toEqual({ ok: true, transport });
  });
});

it.each([
  ['setsid', { underSystemd: true }],
  ['setsid', { inContainer: true }],
  ['auto', { inContainer: true }],
] as const)('%s is refused for self-hosting with %j, where the hook would die with us', (via, around) => {
  const choice = chooseTransport(via, { ...here, ...around }, { selfHosting: true });
  expect(choice).toMatchObject({ ok: false, reason: expect.stringContaining('ORCH_DEPLOY_HOOK_VIA') });
});

it('ssh without a host is refused with the setting to fill in', () => {
  expect(chooseTransport('ssh', here, project)).toMatchObject({
    ok: false,
    reason: expect.stringContaining('ORCH_DEPLOY_SSH_HOST'),
  });
});

describe('how each transport starts the wrapper', () => {
  const files = hookFiles('/state', 'd1');
  const call = {
    stateDir: '/state',
    deployId: 'd1',
    sha: 'abc',
    mode: 'deploy',
    hookPath: "/o'h ook",
    files,
  } as const;
  const wrapper = ['/bin/sh', '/state/d1.wrapper.sh', '/state', 'd1', 'abc', 'deploy', "/o'h ook"];
  const host = {
    nodePath: '/node',
    root: true,
    ssh: { host: 'prod', user: 'deploy' },
    container: { id: 'c1', image: 'sha256:9' },
  };

  it('systemd-run: a transient unit that leaves the started service alone', () => {
    const { argv } = DETACH['systemd-run'](call, host);
    expect(argv.slice(0, -wrapper.length)).toEqual([
      'systemd-run',
      '--collect',
      '--quiet',
      '--unit=orchestrator-deploy-d1',
      '--property=KillMode=process',
    ]);
    expect(argv.slice(-wrapper.length)).toEqual(wrapper);
    expect(DETACH['systemd-run'](call, { ...host, root: false }).argv).toContain('--user');
  });

  it('docker: a helper outside the compose project with our volumes', () => {
    expect(DETACH.docker(call, host).argv).toEqual([
      'docker',
      'run',
      '--detach',
      '--rm',
      '--name=orchestrator-deploy-d1',
      '--network=host',
      '--volumes-from=c1',
      '--entrypoint=/bin/sh',
      'sha256:9',
      ...wrapper.slice(1),
    ]);
  });

  it('ssh: a new session on the host, every word quoted', () => {
    const { argv, stdin } = DETACH.ssh(call, host);
    expect(argv.slice(-3)).toEqual(['deploy@prod', 'sh', '-s']);
    expect(stdin).toContain(`setsid '/bin/sh' '/state/d1.wrapper.sh'`);
    expect(stdin).toContain(shellWord("/o'h ook"));
    expect(stdin).toContain('</dev/null >/dev/null 2>&1 &');
  });

  it('a deploy id that is not a plain name never becomes a path', () => {
    for (const id of ['../x', 'a b', '', '-x', 'a/b', 'a;b'])
      expect(() => hookFiles('/state', id)).toThrow(expect.objectContaining({ code: 'deploy-id-invalid' }));
  });
});
