// Prints every broken rule of the import law; exit 1 when there is one.
import { fileURLToPath } from 'node:url';
import { checkTree } from './law/check.ts';

const { files, violations } = checkTree(fileURLToPath(new URL('..', import.meta.url)));
for (const { path, line, message } of violations) process.stdout.write(`${path}:${line} ${message}\n`);
process.stdout.write(`${files} files, ${violations.length} broken rules\n`);
process.exitCode = violations.length > 0 || files === 0 ? 1 : 0;
