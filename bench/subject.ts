// One subject in a process of its own: `subject.ts <name> <options as JSON>`. Its result is the last line printed.
import { SUBJECTS } from './subjects.ts';

const [name = '', options = '{}'] = process.argv.slice(2);
const subject = SUBJECTS[name];
if (subject === undefined) throw new Error(`There is no subject ${name}.`);
const result = await subject(JSON.parse(options) as never);
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
