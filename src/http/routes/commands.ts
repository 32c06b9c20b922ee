import Router from '@koa/router';
import type { Context } from 'koa';
import { TASK_COMMANDS, type TaskCommand } from '../../pipeline/events.ts';
import { type Access, actorOf } from '../access.ts';
import { readJson } from '../body.ts';
import type { ControlApi } from '../control-api.ts';
import { notFound } from '../errors.ts';
import { argsOf, CommandBody, targetOf } from './task-bodies.ts';
import { unknownTask } from './tasks.ts';

/** `confirm` is how people say it. */
const commandOf = (word: string): TaskCommand | undefined =>
  TASK_COMMANDS.find((name) => name === (word === 'confirm' ? 'confirm-deploy' : word));

/** `POST /tasks/<wid>/<command>`: every task command of PIPE-29. A refusal is 409 with the reason of PIPE-15. */
export function createCommandRoute(
  access: Access,
  control: ControlApi,
  keyOf: (ctx: Context) => string,
): Router {
  return new Router().post('/tasks/:wid/:command', access.changing, async (ctx) => {
    const { wid = '', command: word = '' } = ctx.params;
    const command = commandOf(word);
    if (command === undefined) throw notFound();
    const body = await readJson(ctx, CommandBody);
    const result = await control.command({
      wid,
      command,
      ...(body.text === undefined ? {} : { text: body.text }),
      target: targetOf(body),
      args: argsOf(body),
      actor: actorOf(ctx),
      key: keyOf(ctx),
    });
    if (result === null) throw unknownTask(wid);
    ctx.status = result.ok ? 200 : 409;
    ctx.body = result.ok ? { task: result.task } : { error: result.reason, message: result.message };
  });
}
