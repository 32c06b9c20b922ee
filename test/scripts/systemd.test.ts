import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { listDefinitions } from '../../src/config/schema.ts';

const ROOT = path.join(import.meta.dirname, '..', '..');
const UNIT = path.join(ROOT, 'scripts', 'systemd', 'orchestrator.service');

/** `Section.Key` → values, in order. */
function readUnit(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  let section = '';
  for (const line of readFileSync(UNIT, 'utf8').split('\n')) {
    section = /^\[(\w+)\]$/.exec(line)?.[1] ?? section;
    const [, key, value] = /^(\w+)=(.*)$/.exec(line) ?? [];
    if (key === undefined || value === undefined) continue;
    found.set(`${section}.${key}`, [...(found.get(`${section}.${key}`) ?? []), value]);
  }
  return found;
}

describe('the systemd unit', () => {
  const unit = readUnit();
  const one = (key: string): string => unit.get(key)?.[0] ?? '';

  it('starts the installed command, which exists and is a command', () => {
    const [, program = '', command = ''] = one('Service.ExecStart').split(' ');
    expect(existsSync(program.replace(one('Service.WorkingDirectory'), ROOT))).toBe(true);
    const help = execFileSync(process.execPath, ['--import', 'tsx', 'src/main.ts', command, '--help'], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    expect(help).toContain(`orchestrator ${command}`);
  });

  it('sets only settings there are', () => {
    const keys = new Set([...listDefinitions().map(({ key }) => key), 'ORCH_ENV_FILE']);
    const set = (unit.get('Service.Environment') ?? []).map((entry) => entry.split('=')[0] ?? '');
    expect(set.filter((key) => !keys.has(key))).toEqual([]);
    expect(set).toContain('ORCH_DATA_DIR');
  });

  it('leaves the program longer than it gives its gates, and ends nothing but the program itself (REC-150)', () => {
    const grace = listDefinitions().find(({ key }) => key === 'ORCH_SHUTDOWN_GRACE_S');
    expect(Number(one('Service.TimeoutStopSec'))).toBeGreaterThan(Number(grace?.setting.default));
    expect(one('Service.KillMode')).toBe('mixed');
  });

  it('starts again after everything but a mistake in the call or the settings', () => {
    expect([one('Service.Restart'), one('Service.RestartPreventExitStatus')]).toEqual(['always', '2 78']);
  });

  it('is what systemd takes', (context) => {
    if (spawnSync('systemd-analyze', ['--version']).status !== 0) context.skip('no systemd-analyze here');
    const dir = mkdtempSync(path.join(tmpdir(), 'orch-unit-'));
    try {
      // Paths and users of the target machine are not here: only what the unit says is looked at.
      const text = readFileSync(UNIT, 'utf8')
        .replace(/^ExecStart=.*$/m, 'ExecStart=/bin/true start')
        .replace(/^(User|Group|WorkingDirectory|Documentation)=.*$/gm, '');
      const file = path.join(dir, 'orchestrator.service');
      writeFileSync(file, text);
      const { stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', file], { encoding: 'utf8' });
      expect(
        stderr.split('\n').filter((line) => line.includes(file) || /orchestrator\.service/.test(line)),
      ).toEqual([]);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });
});
