import { createRequire } from 'node:module';
import type Sqlite from 'better-sqlite3';

const NODE_MAJOR = Number(process.versions.node.split('.')[0]);

/**
 * The SQLite driver that loads in this Node: version 13 brings its binaries along but crashes below Node 22,
 * version 12 is compiled or downloaded at install. See docs/decisions/0001-sqlite-on-three-nodes.md.
 */
export const DRIVER = NODE_MAJOR >= 22 ? 'better-sqlite3-napi' : 'better-sqlite3';

export const Database: typeof Sqlite = createRequire(import.meta.url)(DRIVER);
