/** Which vendor's deliveries are sent, and where. */
export interface LoadOptions {
  port: number;
  /** `mixed`: Plane and Gitea in turns. `github`: what Probot takes. */
  dialect: 'mixed' | 'github';
  /** Number of the first delivery; every number is another delivery. */
  from: number;
  deliveries: number;
  connections: number;
}

export interface LoadResult {
  seconds: number;
  /** Answers by status code. */
  statuses: Record<string, number>;
  tookMs: number[];
}

/** Large deliveries that all arrive at the same moment. */
export interface BurstOptions {
  port: number;
  deliveries: number;
  /** Size of each, below the limit of one body. */
  bytes: number;
}

export interface BurstResult {
  accepted: number;
  /** Answers 503, and those of them that said when to come again. */
  refused: number;
  refusedWithRetryAfter: number;
  /** Answers by any other status code. */
  others: Record<string, number>;
  /** How often what was refused had to be sent until nothing was left. */
  rounds: number;
}

export const PLANE_SECRET = 'plane_wh_0123456789abcdef0123456789abcdef';
export const GITEA_SECRET = 'secret-of-the-gitea-hook';
export const PLANE_PROJECT = '7c3a2f10-94f1-4f34-9a54-0e1e66b4d0aa';

/** Deliveries of the vendors carry whole objects: about 7 KB. */
const SENTENCE = 'People want to see when the goods arrive before they pay for them. ';
const FILLER = SENTENCE.repeat(100);

interface Delivery {
  path: string;
  headers: Readonly<Record<string, string>>;
  body: Buffer;
  signatureHeader: string;
  secret: string;
  /** In front of the hex digest. */
  prefix: string;
}

export function deliveryOf(n: number, { dialect }: Pick<LoadOptions, 'dialect'>): Delivery {
  if (dialect === 'github') return github(n);
  return n % 2 === 0 ? plane(n) : gitea(n);
}

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const uuid = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

/** A changed description: stored, and of no consequence without a task. */
const plane = (n: number): Delivery => ({
  path: '/webhook/plane',
  headers: { 'x-plane-event': 'issue', 'x-plane-delivery': uuid(n) },
  body: json({
    event: 'issue',
    action: 'updated',
    webhook_id: uuid(0),
    workspace_id: uuid(1),
    data: { id: uuid(n), project: PLANE_PROJECT, name: `Issue ${n}`, description_stripped: FILLER },
    activity: { field: 'description', new_value: '', old_value: '', actor: { display_name: 'ada' } },
  }),
  signatureHeader: 'x-plane-signature',
  secret: PLANE_SECRET,
  prefix: '',
});

const push = (n: number, message = FILLER) => ({
  ref: `refs/heads/topic-${n}`,
  before: '0'.repeat(40),
  after: String(n).padStart(40, '0'),
  commits: [{ id: String(n).padStart(40, '0'), message }],
});

/** A push of about so many bytes. */
export const largeDelivery = (n: number, bytes: number): Delivery =>
  gitea(n, SENTENCE.repeat(Math.floor(bytes / SENTENCE.length)));

const gitea = (n: number, message?: string): Delivery => ({
  path: '/webhook/gitea',
  headers: { 'x-gitea-event': 'push', 'x-gitea-delivery': uuid(n) },
  body: json({ ...push(n, message), repository: { full_name: 'acme/shop' } }),
  signatureHeader: 'x-gitea-signature',
  secret: GITEA_SECRET,
  prefix: '',
});

const github = (n: number): Delivery => ({
  path: '/api/github/webhooks',
  headers: { 'x-github-event': 'push', 'x-github-delivery': uuid(n) },
  body: json({ ...push(n), repository: { full_name: 'acme/shop', owner: { login: 'acme' }, name: 'shop' } }),
  signatureHeader: 'x-hub-signature-256',
  secret: GITEA_SECRET,
  prefix: 'sha256=',
});
