import type { Gate } from './gate.ts';
import { readVerdict } from './read-verdict.ts';
import { failed, missingMeans, notApplicable, noVerdict, passed } from './results.ts';

/** `check_deploy_status`: 14 says `SUCCESS` or `FAILED`; nothing else proves a deployment (PIPE-74, SHIP-133). */
export const deployStatus: Gate = async (input, ports) => {
  const { deploy } = input.project;
  if (deploy === 'none') return notApplicable('Deploy', input.repo);
  if (!deploy) return missingMeans('deploy', 'deploy');
  const read = await readVerdict('14', input, ports, { orMain: true });
  if (!read.ok) return read.result;
  const { fields } = read;
  const evidence = { file: '14-deploy-log.md', fields, source: read.source };
  switch (fields.deploy_status?.toUpperCase()) {
    case 'SUCCESS':
      return passed('deploy_status: SUCCESS', evidence);
    case 'FAILED':
      return failed('deploy_status: FAILED', {
        ...evidence,
        rolledBack: fields.rolled_back?.toLowerCase() === 'true',
        exitCode: Number(fields.hook_exit_code ?? 1),
        verbatim: read.body.trim(),
      });
    default: {
      const found = fields.deploy_status === undefined ? 'missing' : `deploy_status: ${fields.deploy_status}`;
      return noVerdict(`No recognized deploy_status in 14-deploy-log.md (${found})`, evidence);
    }
  }
};
