import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { GateInput } from '../../src/gates/gate.ts';
import { candidateImage } from '../../src/gates/image/candidate.ts';
import { createDockerImages } from '../../src/gates/image/docker.ts';
import { imageFreshness } from '../../src/gates/image-freshness.ts';
import { playDocker } from './support/docker.ts';
import { BRANCH, createWorld, DIR, exampleSettings, type World } from './support/world.ts';

let world: World;
let docker: Awaited<ReturnType<typeof playDocker>>;
beforeEach(async () => {
  world = await createWorld();
  docker = await playDocker(world.root);
  world.ports.images = createDockerImages({ env: docker.env, cwd: world.root });
});
afterEach(() => world.remove());

const IMAGE = { name: 'shop', build: 'test -f src/app.js && docker build -t shop .' };

/** The staged commit, its report on top, and the gate for a tested commit. */
async function staged() {
  const commit = await world.commit(BRANCH, { 'src/app.js': '1\n' });
  const report = `---\nstaging_status: SUCCESS\ncommit: ${commit}\n---\n`;
  return world.commit(BRANCH, { [`${DIR}/15-staging-log.md`]: report });
}
async function gate(testedSha: string | null, over: Partial<GateInput> = {}) {
  await world.workspace.mirror.fetch();
  const project = { ...world.project, image: IMAGE, ...over.project };
  const input = world.input({
    gate: 'check_image_freshness',
    stage: 'deploy-staging',
    testedSha,
    ...over,
    project,
  });
  return imageFreshness(input, world.ports, world.signal);
}

describe('check_image_freshness (SHIP-70 to SHIP-73)', () => {
  it('builds from a clean export of the tested commit, labels it, and then finds it fresh', async () => {
    const tested = await staged();
    const first = await gate(tested);
    expect(first).toMatchObject({ outcome: 'passed', reason: `image built from ${tested.slice(0, 7)}` });
    expect(first.evidence).toMatchObject({
      built: true,
      restaged: false,
      imageDigest: expect.stringMatching(/^sha256:/),
    });
    const labels = await docker.labels();
    expect(labels).toEqual({
      'org.opencontainers.image.revision': tested,
      'orchestrator.source-tree': first.evidence.sourceTree,
    });
    expect(await gate(tested)).toMatchObject({ outcome: 'passed', reason: 'image fresh' });
  });

  it('keeps an image fresh when only a report was committed', async () => {
    const tested = await staged();
    await gate(tested);
    const later = await world.commit(BRANCH, { [`${DIR}/17-security-report.md`]: 'x' });
    expect(await gate(later)).toMatchObject({ evidence: { built: false } });
  });

  it('inc-67 stages the fresh image again when the tested tree is another than the staged one', async () => {
    await staged();
    const tested = await world.commit(BRANCH, { 'src/app.js': '2\n' });
    const result = await gate(tested);
    expect(result).toMatchObject({ outcome: 'passed', evidence: { restaged: true, stagingDiffers: true } });
    expect(world.outside.stagedShas).toEqual([tested]);
  });

  it('hands a red staging check over as a staging failure', async () => {
    await staged();
    const tested = await world.commit(BRANCH, { 'src/app.js': '2\n' });
    world.outside.staging = { ok: false, detail: 'exit 1', served: { match: 'not-exposed', exposed: null } };
    expect(await gate(tested)).toMatchObject({
      outcome: 'failed',
      reason: 'staging check: exit 1',
      evidence: { handleAs: 'check_staging_status' },
    });
  });

  it('does not stage again where that is switched off, and says so', async () => {
    await staged();
    const tested = await world.commit(BRANCH, { 'src/app.js': '2\n' });
    const settings = exampleSettings();
    settings.image.restage = false;
    expect(await gate(tested, { settings })).toMatchObject({
      outcome: 'passed',
      evidence: { restaged: false, stagingDiffers: true },
    });
    expect(world.outside.stagedShas).toEqual([]);
  });

  it('returns a failed build with its last lines', async () => {
    const tested = await staged();
    const image = { name: 'shop', build: 'echo step 4 broke; exit 7' };
    const result = await gate(tested, { project: { ...world.project, image } });
    expect(result).toMatchObject({ outcome: 'failed', reason: 'image build: exit 7' });
    expect(result.evidence.verbatim).toContain('step 4 broke');
  });

  it('blocks when the builder is not there', async () => {
    const tested = await staged();
    await docker.stop();
    expect(await gate(tested)).toMatchObject({
      outcome: 'cannot-verify',
      reason: expect.stringContaining('docker does not answer'),
    });
    world.ports.images = createDockerImages({ env: { PATH: '/nowhere' }, cwd: world.root });
    expect(await gate(tested)).toMatchObject({
      outcome: 'cannot-verify',
      reason: 'cannot verify: image: docker is not installed',
    });
  });

  const declared: [string, object, string, string][] = [
    ['none', { image: 'none' }, 'passed', 'Image gate N/A for shop'],
    [
      'nothing',
      { image: undefined },
      'cannot-verify',
      'cannot verify: image; set image, or declare `image: none`',
    ],
  ];
  it.each(declared)('inc-45 %s declared (PIPE-11)', async (_what, over, outcome, reason) => {
    const project = { ...world.project, image: IMAGE, ...over } as GateInput['project'];
    expect(await imageFreshness(world.input({ project }), world.ports, world.signal)).toMatchObject({
      outcome,
      reason,
    });
  });

  it('cannot verify without a tested commit', async () => {
    expect(await gate(null)).toMatchObject({ outcome: 'cannot-verify' });
  });
});

describe('the candidate image of staging (SHIP-21)', () => {
  const candidate = async (over: Partial<GateInput> = {}) => {
    const sha = await world.commit(BRANCH, { 'src/app.js': '1\n' });
    await world.workspace.mirror.fetch();
    const project = { ...world.project, image: IMAGE, ...over.project };
    const input = world.input({ stage: 'deploy-staging', headSha: sha, ...over, project });
    return { sha, made: await candidateImage(input, world.ports, { sha, signal: world.signal }) };
  };

  it('is built from the commit that is staged, and is the fresh one while main has not moved', async () => {
    const { sha, made } = await candidate();
    expect(made).toMatchObject({ built: true, digest: expect.stringMatching(/^sha256:/) });
    expect(await docker.labels()).toMatchObject({ 'org.opencontainers.image.revision': sha });
    const report = `---\nstaging_status: SUCCESS\ncommit: ${sha}\n---\n`;
    const tested = await world.commit(BRANCH, { [`${DIR}/15-staging-log.md`]: report });
    expect(await gate(tested)).toMatchObject({ reason: 'image fresh', evidence: { built: false } });
  });

  it('a build that fails is judged as the image gate judges it, not as a failed staging', async () => {
    const image = { ...IMAGE, build: 'echo no such base image; exit 3' };
    const { made } = await candidate({ project: { ...world.project, image } });
    expect(made).toMatchObject({
      result: { outcome: 'failed', evidence: { handleAs: 'check_image_freshness' } },
    });
    expect(JSON.stringify(made)).toContain('no such base image');
  });

  it('there is none where none is declared, or where image freshness is off', async () => {
    expect((await candidate({ project: { ...world.project, image: 'none' } })).made).toBeNull();
    const on = exampleSettings();
    const settings = { ...on, image: { ...on.image, enabled: false } };
    expect((await candidate({ settings })).made).toBeNull();
  });
});
