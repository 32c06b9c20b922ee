import { parseSync } from 'oxc-parser';

/** A node of the ESTree the parser gives; children are found by walking its fields. */
export interface Node {
  type: string;
  start: number;
  end: number;
  [field: string]: unknown;
}

export interface SourceFile {
  /** Relative to the repository, with `/`. */
  path: string;
  text: string;
}

/** One broken rule, ready to print. */
export interface Violation {
  path: string;
  line: number;
  message: string;
}

/** Calls `visit` for every node with its parent. A file that does not parse throws. */
export function walkSource(file: SourceFile, visit: (node: Node, parent: Node | null) => void): void {
  const { program, errors } = parseSync(file.path, file.text);
  if (errors[0]) throw new Error(`${file.path} does not parse: ${errors[0].message}`);
  walk(program as unknown as Node, null, visit);
}

function walk(node: Node, parent: Node | null, visit: (node: Node, parent: Node | null) => void): void {
  visit(node, parent);
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) walk(child, node, visit);
  }
}

export const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';

export const violationAt = (file: SourceFile, node: Node, message: string): Violation => ({
  path: file.path,
  line: file.text.slice(0, node.start).split('\n').length,
  message,
});
