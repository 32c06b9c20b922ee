import type { Gate } from './gate.ts';
import { pending } from './results.ts';

/**
 * `check_analysis_approved` is a person's: `transition` passes it on an accepted `approve` for this attempt and
 * SHA and looks at nothing else (PIPE-68). Asked as a job it can only say that it still waits.
 */
export const analysisApproved: Gate = async () => pending('waiting for approval', { wait: 'approval' });
