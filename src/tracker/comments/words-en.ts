import type { Words } from './words.ts';

const dot = (reason: string): string => (reason === '' ? '' : ` (${reason})`);

/** tracker.md section 9, English. */
export const EN: Words = {
  verdict: 'Verdict',
  status: 'Status',
  duration: 'Duration',
  documents: 'Documents:',
  analystDone: ({ approved, rejected }) =>
    [
      'BRD, specification and acceptance criteria are ready.',
      approved === null
        ? 'To continue, press Approve in the chat.'
        : `To continue, move the issue to ${approved}.`,
      rejected === null
        ? 'To send it back, press Reject in the chat.'
        : `To send it back, write the reason in a comment and move the issue to ${rejected}.`,
    ].join(' '),
  roleDone: {
    architect: 'Architecture is done. See the ADR below.',
    developer: 'Development is done. See the PR / branch below.',
    reviewer: 'Review is done.',
    tester: 'Test run is done.',
    'deploy-staging': 'Staging deploy is done.',
    deploy: 'Production deploy is done.',
  },
  specification: 'Specification',
  questions: {
    title: 'The analyst needs clarification',
    howTo: (toAnalyse) =>
      toAnalyse === null
        ? 'Answer in the chat.'
        : `Answer in a comment and move the issue to ${toAnalyse}, or answer in the chat.`,
  },
  started: '🔍 Analyst started: BRD, specification, acceptance criteria and test plan. Usually 8–15 minutes.',
  empty: '⚠️ Analyst finished with neither documents nor questions. See the run log.',
  relaunched: (role) => `🔄 ${role} relaunched with your answers.`,
  stage: ({ old, next, role }) => `🔄 Stage: ${old} → ${next}${role === null ? '' : ` (launching ${role})`}`,
  gateFailed: ({ stage, check, reason }) => `⚠️ QG failed at ${stage}: ${check} — ${reason}`,
  conflict: (reason) => `⚠️ Conflict with the specification, returned to analysis: ${reason}`,
  rollback: ({ what, reason, n, max }) =>
    `❌ ${what}: ${reason}. Back to development, developer relaunched (rework ${n}/${max}).`,
  rollbackCauses: {
    review: 'Review requested changes',
    'pr-review': 'Review requested changes',
    tests: 'Tests did not pass',
    ci: 'CI failed',
    security: 'Security gate failed',
    merge: 'Rebase conflict',
    retest: 'Combined tree failed the checks',
    image: 'Image was not built',
    fix: 'Sent to the developer',
  },
  stagingFailed: (reason) =>
    `❌ Staging gate FAILED (${reason}). Back to development, waiting for a decision.`,
  deployFailed: (reason) => `❌ Deploy FAILED (${reason}). Back to development, waiting for a decision.`,
  rejectedAtAnalysis: (reason) => `🔄 Sent back: analyst relaunched. Reason: ${reason}`,
  rejected: ({ old, prev, role, reason }) =>
    `🔄 Sent back: ${old} → ${prev}, ${role} relaunched. Reason: ${reason}`,
  noReason: 'rejected without a comment',
  blocked: ({ stage, reason, action }) => `⛔ Blocked at ${stage}: ${reason}. Next step: ${action}`,
  actions: {
    'analysis-empty': 'see the log, then Retry or Stop in the chat',
    'rework-exhausted': 'read the refusals, then Retry or Stop in the chat',
    'no-progress': 'read the refusals, then Retry or Stop in the chat',
    'no-verdict': 'see the log, then Retry or Stop in the chat',
    'cannot-verify': 'see the log, then Retry in the chat',
    'ci-timeout': 'check CI, then press Check again in the chat',
    'ci-silent': 'check that CI is set up, then press Check again in the chat',
    'staging-failed': 'choose Check again or To developer in the chat',
    'deploy-failed': 'choose Deploy again or To developer in the chat',
    'dep-cycle': 'remove one of the dependencies',
    'agent-failed': 'see the log, then Retry in the chat',
    'provider-exhausted': 'check the model provider, then Retry in the chat',
    'analysis-returns': 'settle the contradiction in the issue, then Retry in the chat',
    'project-changed': 'check the project registry, then Retry or Stop in the chat',
    'step-faulted': 'see the log, then Retry in the chat',
    'restart-loop': 'see the log, then Retry in the chat',
    runaway: 'see the log, then Retry or Stop in the chat',
    restored: 'check the state of the task, then Retry or Stop in the chat',
    'unknown-state': 'check the state of the task, then Retry or Stop in the chat',
    other: 'Retry or Stop in the chat',
  },
  approvedBy: (actor) => `✅ Approved by ${actor}.`,
  confirmedBy: (sha, actor) => `🚀 Deploy of ${sha} confirmed by ${actor}.`,
  autoApproved: (label) => `🤖 Approved by the label ${label}.`,
  autoConfirmed: (sha, label) => `🤖 Deploy of ${sha} confirmed by the label ${label}.`,
  confirm: ({ merge, sha, time, state }) =>
    [
      `🟡 Ready to ${merge ? 'merge' : 'deploy'} ${sha}.`,
      state === null
        ? 'To go on, press Confirm in the chat.'
        : `To go on, move the issue to ${state} or press Confirm in the chat.`,
      `Valid until ${time}.`,
    ].join(' '),
  confirmVoid: (reason) =>
    `🟡 The deploy confirmation is void (${reason}). The merge gate runs again, then it is asked anew.`,
  hold: (reason) => `⏸️ HOLD at deploy: ${reason}. Nothing was rolled back.`,
  done: '✅ Task completed! PR merged and deployed.',
  doneMerged: '✅ Task completed! PR merged.',
  watch: (state, reason) => `${state === 'DEGRADED' ? '🚨' : 'ℹ️'} Post-deploy watch: ${state}${dot(reason)}.`,
  stopped: (archive) => `🛑 Stopped.${archive === null ? '' : ` The work is kept at ${archive}.`}`,
  ignored: (status, reason) => `ℹ️ Status ${status} was ignored: ${reason}.`,
  ignoredReasons: {
    stale_stage: 'the task is at another stage by now',
    stale_attempt: 'it answers an earlier attempt',
    stale_sha: 'it answers an earlier commit',
    expired: 'the confirmation request has expired',
    duplicate: 'it was done already',
    own_echo: 'it was set by the engine',
    not_waiting: 'the task does not wait for it',
    nothing_to_approve: 'nothing waits for an approval',
    nothing_to_confirm: 'nothing waits for a deploy confirmation',
    not_rejectable_now: 'the task cannot be sent back now',
    relaunch_only_at_analysis: 'the analyst is only relaunched during analysis',
    critical_window: 'merging or deploying right now; a rollback is offered afterwards',
    frozen: 'delivery of this project is frozen',
    not_allowed: 'this is not allowed',
    terminal: 'the task has ended',
    job_active: 'a job of the task is queued or running',
    unknown_project: 'the project is unknown',
  },
  intakeTitle: 'QG-0 failed:',
  titleShort: (n, min) => `Title is too short: ${n} characters, at least ${min}`,
  titleLong: (n, max) => `Title is too long: ${n} characters, at most ${max}`,
  descriptionShort: (n, min) => `Description is too short: ${n} characters, at least ${min}`,
  total: 'Task total:',
  in: 'in',
  out: 'out',
};
