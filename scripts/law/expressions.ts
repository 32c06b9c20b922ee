import type { Law } from './law.ts';
import { isNode, type Node, type SourceFile, type Violation, violationAt, walkSource } from './parse.ts';

/** Globals outside their file, async callbacks in transactions, raw values in HTML. */
export function expressionViolations(file: SourceFile, law: Law): Violation[] {
  const violations: Violation[] = [];
  walkSource(file, (node, parent) => {
    const message =
      forbiddenGlobal(file.path, node, law) ?? asyncTransaction(node) ?? rawHtml(file.path, node, parent);
    if (message) violations.push(violationAt(file, node, message));
  });
  return violations;
}

function forbiddenGlobal(path: string, node: Node, law: Law): string | null {
  const name = globalName(node);
  const files = name === null ? undefined : law.globals[name];
  return files && !files.includes(path) ? `only ${files.join(', ')} may use ${name}` : null;
}

function globalName(node: Node): string | null {
  if (node.type === 'MemberExpression') return `${identifier(node.object)}.${propertyName(node)}`;
  if (node.type === 'CallExpression') return `${identifier(node.callee)}()`;
  // `import { env } from 'node:process'` and `const { env } = process` are the same thing in other words.
  if (node.type === 'ImportSpecifier') return null;
  if (node.type === 'ImportDeclaration' && /^(node:)?process$/.test(String((node.source as Node).value))) {
    const names = (node.specifiers as Node[]).map((specifier) => identifier(specifier.imported));
    return names.includes('argv') ? 'process.argv' : 'process.env';
  }
  if (node.type === 'VariableDeclarator' && identifier(node.init) === 'process' && isNode(node.id)) {
    return node.id.type === 'ObjectPattern' ? 'process.env' : null;
  }
  return null;
}

const identifier = (node: unknown): string =>
  isNode(node) && node.type === 'Identifier' ? String(node.name) : '';

function propertyName(node: Node): string {
  const property = node.property as Node;
  return node.computed === true ? String(property.value ?? '') : identifier(property);
}

/** better-sqlite3 commits when the callback returns: what follows its first `await` runs outside. */
function asyncTransaction(node: Node): string | null {
  if (node.type !== 'CallExpression' || !isNode(node.callee) || node.callee.type !== 'MemberExpression')
    return null;
  if (propertyName(node.callee) !== 'transaction') return null;
  const isAsync = (node.arguments as Node[]).some((argument) => argument.async === true);
  return isAsync ? 'a transaction callback must be synchronous' : null;
}

const TAG = /<\/?[a-z][a-z0-9-]*(\s|>|$)/i;
const SAFE_CALL = /^(escape|html|render|markup|number|encodeURI)/i;

/** Text of users and models reaches a page or a chat message only through an escaping function. */
function rawHtml(path: string, node: Node, parent: Node | null): string | null {
  if (!/^src\/(bot|http)\//.test(path) || node.type !== 'TemplateLiteral') return null;
  if (parent?.type === 'TaggedTemplateExpression') return null;
  const quasis = node.quasis as { value: { raw: string } }[];
  if (!quasis.some((quasi) => TAG.test(quasi.value.raw))) return null;
  const raw = (node.expressions as Node[]).find((expression) => !isSafe(expression));
  return raw ? 'a value goes into HTML without an escaping function (escape…, html…, render…)' : null;
}

function isSafe(node: Node): boolean {
  if (node.type === 'Literal' || node.type === 'TaggedTemplateExpression') return true;
  if (node.type === 'ConditionalExpression')
    return isSafe(node.consequent as Node) && isSafe(node.alternate as Node);
  if (node.type === 'TemplateLiteral') return (node.expressions as Node[]).every(isSafe);
  if (node.type !== 'CallExpression') return false;
  const callee = node.callee as Node;
  return SAFE_CALL.test(callee.type === 'MemberExpression' ? propertyName(callee) : identifier(callee));
}
