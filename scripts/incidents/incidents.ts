/** Something that really goes wrong in systems of this kind, and the rule that prevents it. */
export interface Incident {
  /** The title of its regression test begins with it. */
  id: string;
  incident: string;
  rule: string;
}

export interface IncidentGroup {
  title: string;
  incidents: readonly Incident[];
}

const row = (id: string, incident: string, rule: string): Incident => ({ id, incident, rule });

/** Every one of them has a regression test; `docs/reference/incidents.md` links them. */
export const INCIDENT_GROUPS: readonly IncidentGroup[] = [
  {
    title: 'Silence and death',
    incidents: [
      row('inc-01', 'Agent process killed, board says "working" for ever', 'REC-64'),
      row('inc-02', 'Live agent declared dead and replaced, user not told', 'REC-60, REC-64'),
      row('inc-03', 'Zombie job at concurrency 1 blocks every project', 'PIPE-45, REC-64'),
      row('inc-04', 'Headless CLI hangs at start with zero output for hours', 'AGENT-26, AGENT-39'),
      row(
        'inc-05',
        'Result emitted but the process never exits because a child dev server lives',
        'AGENT-26, AGENT-27',
      ),
      row('inc-06', 'Orphaned agent keeps editing after the worker died', 'REC-63'),
      row('inc-07', 'Kill landed while the finished run was still pushing and commenting', 'REC-64, REC-65'),
      row('inc-08', 'SIGKILL left half-written artefacts', 'AGENT-27, FORGE-88'),
      row('inc-09', 'Empty run log, exit 0, stage passed on', 'AGENT-30, AGENT-31'),
      row('inc-10', 'Not logged in: `--version` fine, every run fails at once', 'AGENT-44, AGENT-45'),
      row('inc-11', '"Waiting" and "completed" states turn into zombies nobody watches', 'PIPE-45, REC-131'),
      row('inc-12', 'Task cannot be stopped; cancel only changes the label', 'REC-92, REC-93'),
      row('inc-13', 'Failed child leaves the parent job waiting for ever', 'REC-11'),
      row('inc-14', 'Event loop blocked, queue lock lost, job processed twice', 'REC-24, REC-25'),
    ],
  },
  {
    title: 'Money',
    incidents: [
      row('inc-15', 'One loop ran dozens of times overnight, each logged as success', 'PIPE-40, REC-133'),
      row('inc-16', 'Budget 0 meant unlimited', 'AGENT-46'),
      row('inc-17', 'Cap checked only after the run', 'AGENT-47'),
      row('inc-18', 'Usage limit hit, work died; people resumed by hand', 'AGENT-43'),
      row(
        'inc-19',
        'Resumed unasked at night although the owner did not want it',
        '`ORCH_LIMIT_AUTO_RESUME` and per-task "not before" are honoured',
      ),
      row('inc-20', 'Failing preflight or overload burned all retries', 'AGENT-41, AGENT-45'),
      row('inc-21', 'Developer counter counted the first run, budget shared by accident', 'PIPE-38'),
      row('inc-22', 'Empty environment variable overrode the default effort and model', 'SET-1, AGENT-18'),
    ],
  },
  {
    title: 'Lost, doubled, stale events',
    incidents: [
      row(
        'inc-23',
        'Webhook lost during a rebuild (502, sender never retries); task stuck silently',
        'REC-71, REC-73',
      ),
      row('inc-24', 'In-memory dedup forgotten at restart re-ran the agent', 'REC-33'),
      row('inc-25', 'Terminal event lost in a deploy window; children blocked for ever', 'PIPE-3, REC-105'),
      row(
        'inc-26',
        'Finished task "unblocked" every two minutes, hundreds of messages in a night',
        'PLANE-66, REC-76',
      ),
      row('inc-27', 'Reconciler re-unblocked an escalated task in an endless bounce', 'REC-71 guards 9, 10'),
      row('inc-28', 'Bot read its own comment as an answer and moved the task', 'TRK-8, PLANE-29'),
      row(
        'inc-29',
        'Own status write echoed back before the job existed; a second agent started',
        'PIPE-3, PLANE-29',
      ),
      row('inc-30', 'Automatic approval echoed as Approved on the next stage and advanced twice', 'CHAT-1'),
      row('inc-31', 'Twin CI contexts (push and pull request) started two developers', 'REC-17'),
      row('inc-32', 'Webhook and reconciler both created the task: two branches, two agents', 'REC-78'),
      row(
        'inc-33',
        '`issue.updated` carried only changed fields; empty description failed the entry gate',
        'PLANE-28',
      ),
      row(
        'inc-34',
        'Memory-only state (blocked entries, pending reactions) vanished at restart',
        'REC-1, REC-18',
      ),
      row(
        'inc-35',
        'Restart marked healthy pipelines failed; or restored state without a driver',
        'REC-51, REC-77',
      ),
      row('inc-36', 'Redis flushed: queue empty, tasks frozen', 'REC-40..46'),
      row('inc-37', 'CI read one second before green, `pending` treated as final', 'PIPE-70'),
      row('inc-38', "Status webhook carried another project's state ids", 'PLANE-18, PLANE-19'),
      row('inc-39', 'States refresh failed and was replaced by default ids of another project', 'PLANE-22'),
      row('inc-40', 'Late job result of attempt 1 advanced attempt 2', 'REC-4'),
    ],
  },
  {
    title: 'False green',
    incidents: [
      row('inc-41', '"PASS" in prose shipped a blocked feature', 'PIPE-65, PIPE-66'),
      row(
        'inc-42',
        "Deployment declared by the agent's own report, nothing was deployed",
        'SHIP-24, SHIP-124',
      ),
      row('inc-43', 'Stale report of an earlier round passed the gate', 'PIPE-67'),
      row('inc-44', 'PASS in one second where the suite takes a minute; deleted or skipped tests', 'SHIP-58'),
      row('inc-45', 'Missing check or command counted as pass', 'PIPE-11'),
      row(
        'inc-46',
        'Async tests were silently skipped and CI stayed green',
        'The runner fails on skipped, unknown marker or zero tests',
      ),
      row(
        'inc-47',
        'Gate read a different key than the prompt told the agent to write; endless loop',
        'PIPE-64',
      ),
      row('inc-48', 'Verdict file lay on main, gate looked only at the branch', 'PIPE-67, PIPE-74'),
      row(
        'inc-49',
        'Staging endless rollback because sandbox accounts lacked membership',
        'SHIP-33, SHIP-34',
      ),
      row('inc-50', 'Staging harness judged its own environment instead of the server', 'SHIP-37'),
      row('inc-51', 'Secret scanner exits 0 after scanning nothing', 'SHIP-41'),
      row('inc-52', 'Branch changed the ignore list or CI file to get green', 'SHIP-2'),
      row('inc-53', 'Vulnerability that arrived with newer main was charged to the task', 'SHIP-40, SHIP-43'),
      row(
        'inc-54',
        'Exit code of the agent taken as success of the deploy',
        'Only the deploy verdict counts',
      ),
    ],
  },
  {
    title: 'Merge and deploy',
    incidents: [
      row('inc-55', 'Merge queue landed wrong trees under green checks for hours', 'SHIP-104, SHIP-105'),
      row('inc-56', 'Two green branches broke main together', 'SHIP-55'),
      row('inc-57', 'Merged PR (or merge webhook) completed the task past all gates', 'PIPE-5'),
      row('inc-58', 'Deployer merged at the start, merge counted as deployed', 'PIPE-50'),
      row('inc-59', 'No open PR existed; false HOLD', 'FORGE-31'),
      row('inc-60', 'Gate read the newest, closed pull request; tasks parked for days', 'FORGE-30'),
      row('inc-61', 'Guard against double merge existed but nobody called it', 'FORGE-36'),
      row('inc-62', '`rebase --continue` hung in an editor', 'FORGE-95'),
      row(
        'inc-63',
        'Developer got only a file link after a bounce and repeated the mistake',
        'AGENT-11, SHIP-57',
      ),
      row('inc-64', 'Approved silently deployed production', 'PIPE-30'),
      row('inc-65', 'Approval of an old commit deployed a newer one', 'SHIP-81, SHIP-84'),
      row('inc-66', 'Deploy of the orchestrator killed its own deploy script', 'SHIP-120..124'),
      row('inc-67', '`git pull` + restart shipped nothing: code baked in the image', 'SHIP-71, SHIP-182'),
      row('inc-68', 'Stale previous-image file rolled back to the wrong release', 'SHIP-113'),
      row('inc-69', 'Green deploy, red production', 'SHIP-154..157'),
      row('inc-70', 'Monitor would have restarted the system it runs in', 'SHIP-157'),
      row(
        'inc-71',
        'Lease file of a dead holder blocked the repo; or HOLD kept it',
        'SHIP-51, SHIP-54, SHIP-107',
      ),
      row('inc-72', 'Busy lease at concurrency 1 deadlocked the worker', 'SHIP-53'),
      row('inc-73', 'CI never ran on pushes of the bot user', 'PIPE-70'),
      row('inc-74', 'Reject at deploy landed on a stage without owner; task stuck', 'PIPE-31'),
      row('inc-75', 'Force-push cleared approvals or auto-merge unnoticed', 'SHIP-81, SHIP-101'),
      row('inc-76', 'Host repository on a feature branch with root-owned files, pull refused', 'SHIP-113'),
    ],
  },
  {
    title: 'Review loop, context, worktrees',
    incidents: [
      row('inc-77', 'Review ping-pong: 6 rounds, continued after a person merged', 'PIPE-38, FORGE-36'),
      row('inc-78', 'Tester and reviewer gave contradictory orders', 'AGENT-11'),
      row('inc-79', 'Saturated session resumed, exited in seconds, task "completed"', 'AGENT-38'),
      row('inc-80', 'Retries inherited the poisoned session while a fresh run works', 'AGENT-39'),
      row('inc-81', 'Worktree of a live sibling recycled', 'FORGE-75'),
      row('inc-82', 'Two tasks shared one worktree after an id collision', 'FORGE-61, FORGE-72'),
      row('inc-83', 'Non-Latin title gave an empty or dangling slug', 'FORGE-63'),
      row('inc-84', 'Shared-gate fix mixed into a feature deadlocked review against tests', 'SHIP-141'),
      row(
        'inc-85',
        'Batch created together deadlocked because "other unfinished" included later ones',
        'REC-110',
      ),
      row('inc-86', "Branch cut at creation lacked the predecessor's merged code", 'REC-112'),
      row('inc-87', 'Dependency cycle hung tasks without a word', 'REC-103'),
      row(
        'inc-88',
        'Background tools of the agent died at turn end and were reported as done',
        'AGENT-22, AGENT-27',
      ),
    ],
  },
  {
    title: 'Chat',
    incidents: [
      row('inc-89', 'Tap on an old card approved the wrong thing', 'CB-3'),
      row('inc-90', 'Approval tapped, workflow kept waiting', 'CB-4, CB-5'),
      row('inc-91', 'Stranger in the group pressed Deploy', 'ACC-1, CB-8'),
      row('inc-92', 'Fast edits earned a 126 s penalty and the final answer was lost', 'PUB-1, PUB-6, PUB-9'),
      row('inc-93', 'Duplicate tracker messages', 'PUB-5, PUB-10'),
      row('inc-94', '`<1м` or a `<` in an error broke parsing; alert lost, card frozen', 'SAFE-1, PUB-7'),
      row('inc-95', 'Hundreds of heartbeats drowned the one message that mattered', 'PING-1, PING-2'),
      row('inc-96', 'Two processes with one token lost updates', 'CHAT-12'),
      row('inc-97', 'Test suite messaged the owner', 'SAFE-5'),
      row('inc-98', 'Old command executed hours later when the bot came back', 'CHAT-15'),
      row('inc-99', 'Notification code threw and stalled every pipeline', 'CHAT-4'),
      row('inc-100', 'Setup needed a public URL and hand-copied ids', 'CHAT-10, ACC-3'),
    ],
  },
  {
    title: 'Security and operations',
    incidents: [
      row(
        'inc-101',
        'Instructions hidden in an issue, comment or file steered the agent',
        'CMD-15, AGENT-10, SHIP-140',
      ),
      row(
        'inc-102',
        'Anyone who can open an issue could spend money',
        'Start needs a control status or a paired user; creation alone does nothing',
      ),
      row('inc-103', 'Unsigned webhook accepted because the secret was empty', 'REC-35'),
      row('inc-104', 'Signature computed over re-serialised JSON', 'REC-35'),
      row('inc-105', 'All issues of the workspace landed in one repository', 'REC-35'),
      row('inc-106', "Invalid registry fell back to somebody else's projects", 'REG-4'),
      row('inc-107', 'Secrets of the tracker and chat were visible to the agent', 'AGENT-23, VIEW-6'),
      row('inc-108', 'Hard-coded data path broke CI and other hosts', 'Every path is a setting'),
      row('inc-109', "Rejecting read the bot's own comment as the reason", 'PLANE-46'),
      row('inc-110', 'STOP deleted the only copy of the work', 'REC-92, FORGE-93'),
      row('inc-111', 'Cancelled predecessor silently satisfied a dependency', 'REC-105'),
      row('inc-112', 'Live database file copied while being written; backup useless', 'REC-160'),
      row('inc-113', 'Restore repeated merges and deploys already done', 'REC-162, REC-163'),
      row('inc-114', 'Disk filled by run logs and worktrees', 'AGENT-44, AGENT-53'),
      row(
        'inc-115',
        'Async callback in a synchronous transaction rolled back and kept running',
        'Transactions are synchronous; lint rule',
      ),
    ],
  },
];
