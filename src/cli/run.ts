import type { CliContext } from './context.ts';
import { failureOf } from './failure.ts';
import { createProgram } from './program.ts';

/** Runs the command of `context.argv`. Resolves with the exit code (REC-144); never rejects. */
export async function runCli(context: CliContext): Promise<number> {
  let exitCode = 0;
  try {
    const program = createProgram(context, (code) => {
      exitCode = code;
    });
    await program.parseAsync([...context.argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    const failure = failureOf(error, { debug: context.env.ORCH_LOG_LEVEL?.trim().toLowerCase() === 'debug' });
    for (const line of failure.lines) context.stderr.write(`${line}\n`);
    return failure.exitCode;
  }
}
