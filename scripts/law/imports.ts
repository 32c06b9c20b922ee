import { posix } from 'node:path';
import type { Law } from './law.ts';
import { isNode, type Node, type SourceFile, type Violation, violationAt, walkSource } from './parse.ts';

/** Every import of the file, of any form and also of types only, that the law forbids. */
export function importViolations(file: SourceFile, law: Law): Violation[] {
  const violations: Violation[] = [];
  walkSource(file, (node) => {
    const specifier = importedFrom(node);
    if (specifier === null) return;
    const message = specifier === undefined ? COMPUTED : forbidden(file.path, specifier, law);
    if (message) violations.push(violationAt(file, node, message));
  });
  return violations;
}

const COMPUTED = 'an import must name its module as a plain string, so that the law can be checked';

/** What the node imports: a specifier, undefined when it is computed, null when the node imports nothing. */
function importedFrom(node: Node): string | undefined | null {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportAllDeclaration':
    case 'ExportNamedDeclaration':
    case 'ImportExpression':
    case 'TSImportType':
      return isNode(node.source) ? literal(node.source) : null;
    case 'TSExternalModuleReference':
      return isNode(node.expression) ? literal(node.expression) : null;
    case 'CallExpression':
      return isRequire(node) ? literal((node.arguments as Node[])[0]) : null;
    default:
      return null;
  }
}

function isRequire(node: Node): boolean {
  const callee = node.callee as Node;
  const [argument, ...more] = node.arguments as Node[];
  // A function of our own may be called require; Node's takes one string.
  return callee.type === 'Identifier' && callee.name === 'require' && more.length === 0 && isString(argument);
}

const isString = (node: Node | undefined): boolean => typeof literal(node) === 'string';

function literal(node: Node | undefined): string | undefined {
  if (node?.type === 'Literal' && typeof node.value === 'string') return node.value;
  const quasis = node?.type === 'TemplateLiteral' ? (node.quasis as { value: { cooked: string } }[]) : [];
  return quasis.length === 1 ? quasis[0]?.value.cooked : undefined;
}

function forbidden(from: string, specifier: string, law: Law): string | null {
  if (!specifier.startsWith('.')) return throughDoor(from, specifier, law);
  const target = posix.join(posix.dirname(from), specifier);
  if (!target.startsWith('src/')) return `${target} is outside src; the product must not need it`;
  const [room, targetRoom] = [roomOf(from), roomOf(target)];
  if (room === targetRoom || law.free.includes(target)) return null;
  const allowed = law.rooms[room];
  if (!allowed) return `room "${room}" has no entry in scripts/law/law.ts`;
  if (allowed.includes('*') || allowed.includes(targetRoom) || allowed.includes(target)) return null;
  const list = allowed.length > 0 ? allowed.join(', ') : 'nothing';
  return `${room} may import ${list}; found ${target}`;
}

function throughDoor(from: string, specifier: string, law: Law): string | null {
  // A Node module is the same with and without its scheme.
  const names = [specifier, `node:${specifier}`];
  for (const [library, doors] of Object.entries(law.doors)) {
    const scope = library.endsWith('/*') ? library.slice(0, -1) : null;
    const hit = names.some((name) =>
      scope ? name.startsWith(scope) : name === library || name.startsWith(`${library}/`),
    );
    if (hit && !doors.some((door) => from.startsWith(door))) {
      return `${specifier} has one door: ${doors.join(', ')}`;
    }
  }
  return null;
}

/** `src/bot/cards/x.ts` and `src/bot.ts` are in room `bot`. */
const roomOf = (path: string): string => (path.split('/')[1] ?? '').replace(/\.[cm]?[jt]s$/, '');
