// The deployer: starts the shop from this commit, asks it the staging questions, writes 15. At the stage
// `deploy` (only where the project leaves that to an agent) it runs the project's own script and writes 14.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { run, work, write } from './lib/desk.mjs';
import { using } from './lib/events.mjs';

async function prepare(brief) {
  const head = (await run('git', ['rev-parse', 'HEAD'])).output.trim();
  return brief.stage === 'deploy' ? deploy(brief, head) : staging(brief, head);
}

async function staging(brief, head) {
  const port = await freePort();
  const base = `http://127.0.0.1:${port}`;
  await using('Bash', { command: `npm start (port ${port})` });
  const env = { ...process.env, PORT: String(port), COMMIT_SHA: head, NODE_ENV: 'staging' };
  const shop = spawn(process.execPath, ['src/main.js'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    await Promise.race([once(shop.stdout, 'data'), once(shop, 'exit')]);
    const { code, output } = await run('npm', ['run', '--silent', 'staging:check'], { BASE_URL: base });
    const lines = output
      .trim()
      .split('\n')
      .filter((line) => /^(PASS|FAIL) /.test(line));
    const good = lines.filter((line) => line.startsWith('PASS')).length;
    const status = code === 0 && good > 0 ? 'SUCCESS' : 'FAILED';
    const fields = {
      staging_status: status,
      timestamp: new Date().toISOString(),
      base_url: base,
      work_item: brief.wid,
      attempt: brief.attempt,
      branch: brief.branch,
      commit: head,
      mode: 'stub',
      checks: `"${good}/${lines.length}"`,
      waived: '[]',
      exit_code: code,
    };
    const body = `# Staging of ${brief.wid}\n\n\`\`\`\n${output.trim()}\n\`\`\``;
    await write(`${brief.dir}/15-staging-log.md`, `${frontmatter(fields)}\n\n${body}\n`);
    return `Staging: ${status}.`;
  } finally {
    shop.kill();
    if (shop.exitCode === null && shop.signalCode === null) await once(shop, 'exit');
  }
}

async function deploy(brief, head) {
  const { code, output } = await run('sh', ['ops/deploy.sh', '--deploy'], {
    DEPLOY_SHA: brief.landed || head,
    WORK_ITEM: brief.wid,
  });
  const fields = {
    deploy_status: code === 0 ? 'SUCCESS' : 'FAILED',
    timestamp: new Date().toISOString(),
    work_item: brief.wid,
    attempt: brief.attempt,
    branch: brief.branch,
    commit: head,
    deploy_mode: 'agent',
    hook_exit_code: code,
  };
  const body = `# Deploy of ${brief.wid}\n\n\`\`\`\n${output.trim()}\n\`\`\``;
  await write(`${brief.dir}/14-deploy-log.md`, `${frontmatter(fields)}\n\n${body}\n`);
  return `Deploy: ${fields.deploy_status}.`;
}

const frontmatter = (fields) =>
  ['---', ...Object.entries(fields).map(([key, value]) => `${key}: ${value}`), '---'].join('\n');

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

await work(prepare);
