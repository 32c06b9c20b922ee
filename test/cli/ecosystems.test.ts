import { expect, test } from 'vitest';
import { deliveryHints, detectEcosystem, type RepoSight } from '../../src/cli/wizard/ecosystems.ts';
import { proposePrefix } from '../../src/cli/wizard/proposal.ts';

const sight = (files: Record<string, string>): RepoSight => ({
  names: Object.keys(files),
  read: (name) => files[name] ?? null,
});
const tested = JSON.stringify({ scripts: { test: 'vitest run' } });
const untested = JSON.stringify({ scripts: { test: 'echo "Error: no test specified" && exit 1' } });

test.each<[Record<string, string>, string, string | null, string | null]>([
  [{ 'package.json': tested, 'package-lock.json': '' }, 'Node.js', 'npm ci', 'npm test'],
  [
    { 'package.json': tested, 'pnpm-lock.yaml': '' },
    'Node.js',
    'pnpm install --frozen-lockfile',
    'pnpm test',
  ],
  [{ 'package.json': tested, 'yarn.lock': '' }, 'Node.js', 'yarn install --immutable', 'yarn test'],
  [{ 'package.json': untested }, 'Node.js', 'npm install', null],
  [{ 'package.json': '{broken', Makefile: 'check: lint\n' }, 'Node.js', 'npm install', 'make check'],
  [{ 'Cargo.toml': '' }, 'Rust', null, 'cargo test'],
  [{ 'go.mod': '' }, 'Go', null, 'go test ./...'],
  [{ 'pyproject.toml': '', 'uv.lock': '' }, 'Python', 'uv sync', 'uv run pytest'],
  [{ 'requirements.txt': '' }, 'Python', null, 'python3 -m pytest'],
  [{ 'pom.xml': '', mvnw: '' }, 'Java (Maven)', null, './mvnw -q verify'],
  [{ 'build.gradle.kts': '', gradlew: '' }, 'Java or Kotlin (Gradle)', null, './gradlew check'],
  [{ 'Shop.sln': '' }, '.NET', null, 'dotnet test'],
  [{ Gemfile: '', spec: '' }, 'Ruby', 'bundle install', 'bundle exec rspec'],
  [{ 'composer.json': tested }, 'PHP', 'composer install', 'composer test'],
  [{ 'mix.exs': '' }, 'Elixir', 'mix deps.get', 'mix test'],
  [{ Makefile: 'all:\n\ntest : build\n\ttrue\n' }, 'unknown', null, 'make test'],
  [{ 'main.c': '' }, 'unknown', null, null],
])('%j is %s', (files, name, setup, checks) => {
  expect(detectEcosystem(sight(files))).toEqual({ name, setup, checks });
});

test('a deploy script and a Dockerfile are pointed out, never guessed into the registry', () => {
  expect(deliveryHints(sight({ 'deploy.sh': '', Dockerfile: '' }))).toHaveLength(2);
  expect(deliveryHints(sight({ src: '' }))).toEqual([]);
});

test.each([
  ['shop', [], 'SHOP'],
  ['shop-api', ['SHOP'], 'SHOPAP'],
  ['shop', ['SHOP', 'SHOP2'], 'SHOP3'],
  ['x', [], 'XPR'],
  ['7up', [], 'UP'],
])('a prefix for %s beside %j', (name, taken, prefix) => {
  expect(proposePrefix(name, taken)).toBe(prefix);
});
