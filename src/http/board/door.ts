import type { Context, Middleware } from 'koa';
import { z } from 'zod';
import { type Access, refuseCrossSite } from '../access.ts';
import { readForm } from '../body.ts';
import type { BoardApi, Viewer } from './data.ts';
import { verifyInitData } from './init-data.ts';
import { cookieLine, cookieOf, createSessions, type Signed } from './sessions.ts';

export interface DoorDeps {
  access: Access;
  person: BoardApi['person'];
  /** Unset without Telegram: then there is no Mini App. */
  botToken?: string | undefined;
  /** `https` in ORCH_PUBLIC_URL: cookies are for https alone. */
  secure: boolean;
  now: () => number;
}

export interface Door {
  /** Who asks; null when nobody we know does. */
  viewer(ctx: Context): Viewer | null;
  /** `POST /board/session`: trades the token, or signed data of a Mini App, for a cookie. 401 when neither holds. */
  enter: Middleware;
}

const OWNER: Viewer = { name: 'owner', projects: null, mayReadLogs: true };
const Credentials = z.object({ token: z.string().optional(), init_data: z.string().optional() });

/** The ways in to the board: this machine, the token, and the chat's own people with the rights they have there. */
export function createDoor({ access, person, botToken, secure, now }: DoorDeps): Door {
  const sessions = createSessions(now);

  const signedIn = ({ token, init_data }: z.infer<typeof Credentials>): Signed | null => {
    if (token !== undefined && access.isToken(token)) return { kind: 'token' };
    if (init_data === undefined || botToken === undefined) return null;
    const id = verifyInitData(init_data, { botToken, now: now() });
    return id !== null && person(id) !== null ? { kind: 'person', id } : null;
  };

  return {
    viewer(ctx) {
      if (access.readsAll(ctx)) return OWNER;
      const signed = sessions.read(cookieOf(ctx.get('Cookie')) ?? '');
      if (signed === null) return null;
      return signed.kind === 'token' ? OWNER : person(signed.id);
    },
    async enter(ctx) {
      refuseCrossSite(ctx);
      const signed = signedIn(await readForm(ctx, Credentials));
      if (signed === null) {
        ctx.state.refused = true;
        ctx.status = 401;
        return;
      }
      ctx.set('Set-Cookie', cookieLine(sessions.issue(signed), secure));
      ctx.status = 303;
      ctx.set('Location', '/board');
    },
  };
}
