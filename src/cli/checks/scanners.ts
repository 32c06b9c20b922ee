import { existsSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { ECOSYSTEMS } from '../../gates/security/audit/ecosystems.ts';
import type { Project } from '../../pipeline/project.ts';
import { findProgram } from '../../subprocess.ts';
import type { Check, Place } from './check.ts';
import { type Found, hint, ok, problem } from './finding.ts';

export const SECRET_SCANNER: Check = {
  name: 'secret-scanner',
  about: 'gitleaks where it is asked for; else the bundled scanner (SHIP-41)',
  look({ env, loaded: { config, projects } }) {
    if (!config.gates.securityGateEnabled)
      return [hint('the security gate is off', 'unset ORCH_SECURITY_GATE_ENABLED')];
    const wanted = config.gates.securityGitleaksBin;
    const bin = wanted ?? 'gitleaks';
    const found = isAbsolute(bin) ? existsSync(bin) : findProgram(bin, env) !== null;
    if (found) return [ok(bin)];
    const needs = projects.filter(({ secretsScan }) => secretsScan === 'gitleaks').map(({ repo }) => repo);
    if (needs.length > 0)
      return [
        problem(
          `${bin} is missing; ${needs.join(', ')} ask for it`,
          'install gitleaks, or set ORCH_SECURITY_GITLEAKS_BIN',
        ),
      ];
    if (wanted !== undefined)
      return [problem(`${wanted} is missing`, 'correct ORCH_SECURITY_GITLEAKS_BIN, or remove it')];
    return [ok('the bundled secretlint; gitleaks is used when it is installed')];
  },
};

/** Lock files at the top of a repository that is on this machine. */
function neededBy({ source, dependencyAudit }: Project, env: Place['env']): Found[] {
  if (source === undefined || dependencyAudit !== 'auto' || !existsSync(source)) return [];
  const mine = ECOSYSTEMS.filter(({ locks }) => locks.some((lock) => existsSync(`${source}/${lock}`)));
  return mine
    .filter(({ argv: [program] }) => findProgram(program, env) === null)
    .map(({ name, argv: [program] }) =>
      problem(
        `${program} is missing, so ${name} dependencies cannot be audited`,
        `install ${program}, or set dependency_audit of the project`,
      ),
    );
}

export const AUDIT_TOOLS: Check = {
  name: 'audit-tools',
  about: 'the program that audits the dependencies of each project is installed (SHIP-43)',
  look({ env, loaded: { projects } }) {
    const found = projects.flatMap((project) =>
      neededBy(project, env).map((one) => ({ ...one, of: project.repo })),
    );
    return found.length > 0 || projects.length === 0 ? found : [ok('nothing is missing')];
  },
};
