/** Whoever may call; `other` is a reader of another tenant. */
export const callers = ["operator", "admin", "writer", "reader", "other", "nobody"] as const;
export type Caller = (typeof callers)[number];

/** How a caller fares: `ok` gets past the guard, the rest are statuses. */
export type Fate = "ok" | 401 | 403 | 404;

const fates = (...of: Fate[]) =>
  Object.fromEntries(callers.map((caller, index) => [caller, of[index]])) as Record<Caller, Fate>;

/** In the order of `callers`. Somebody of another tenant may not even know: 404. */
const everybody = fates("ok", "ok", "ok", "ok", "ok", "ok");
const signedIn = fates("ok", "ok", "ok", "ok", "ok", 401);
const operators = fates("ok", 403, 403, 403, 403, 401);
const readers = fates("ok", "ok", "ok", "ok", 404, 401);
const writers = fates("ok", "ok", "ok", 403, 404, 401);
const admins = fates("ok", "ok", 403, 403, 404, 401);

export interface Answered {
  status: number;
  body: { detail?: string };
}

export interface World {
  /** Makes a pipeline of tenant acme that is built, and answers with its name. */
  pipeline(): Promise<string>;
  /** Makes an operation of tenant acme that has settled, and answers with its id. */
  operation(): Promise<string>;
  /** Makes one that runs until it is cancelled. */
  running(): Promise<string>;
  /** Has a pipeline of tenant acme looked at, and answers with the id of the preview. */
  preview(): Promise<string>;
  /** Makes a machine token, and answers with its id. */
  token(tenant: string | null): Promise<string>;
}

export interface Row {
  who: Record<Caller, Fate>;
  /** Path parameters other than `tenant` (acme); made anew for each call. */
  params?: (world: World) => Promise<Record<string, string>>;
  body?: Record<string, unknown> | ((unique: string) => object);
  query?: Record<string, string>;
  /** What `ok` looks like where it is no 2xx: the work behind the guard is another test's. */
  ok?: (answer: Answered) => boolean;
}

const spec = { kind: "copy", source: { type: "s3" }, targets: [{ type: "azure-blob" }] };
const named = async (world: World) => ({ name: await world.pipeline() });
const operation = async (world: World) => ({ operation: await world.operation() });
/** The tests' engine builds nothing that could be asked. */
const notBuilt = ({ status, body }: Answered) =>
  status === 503 && /built|ledger/.test(body.detail ?? "");
const noSuch =
  (what: RegExp) =>
  ({ status, body }: Answered) =>
    status === 404 && what.test(body.detail ?? "");

const pipelines = "/v1/tenants/{tenant}/pipelines";
const pipeline = `${pipelines}/{name}`;

/** Every endpoint has a row here; one without fails the test. */
export const table: Record<string, Row> = {
  "GET /healthz": { who: everybody },
  "GET /readyz": { who: everybody, ok: ({ status }) => status === 503 },
  "GET /openapi.json": { who: everybody },
  "GET /problems/{kind}": {
    who: everybody,
    params: () => Promise.resolve({ kind: "not-found" }),
  },
  "GET /docs": { who: everybody },
  "GET /metrics": { who: operators },
  "GET /v1/auth": { who: everybody },
  "GET /v1/me": { who: signedIn },
  "GET /": { who: signedIn },
  "GET /login": { who: everybody, ok: ({ status }) => status === 303 },
  // Whoever may call it: what they say must be the issuer's answer, in the browser that asked.
  "GET /login/callback": {
    who: everybody,
    ok: ({ status, body }) => status === 400 && /not begun in this browser/.test(body.detail ?? ""),
  },
  "GET /logout": { who: everybody },
  // For pages of the service only, whoever asks.
  "POST /logout": {
    who: everybody,
    ok: ({ status, body }) => status === 403 && /own pages/.test(body.detail ?? ""),
  },

  [`GET ${pipelines}`]: { who: readers },
  [`POST ${pipelines}`]: { who: writers, body: (name) => ({ name, spec }) },
  [`GET ${pipeline}`]: { who: readers, params: named },
  [`PUT ${pipeline}`]: { who: writers, params: named, body: { spec } },
  [`DELETE ${pipeline}`]: { who: writers, params: named },
  [`POST ${pipeline}/previews`]: { who: writers, params: named, body: {} },
  [`GET ${pipeline}/previews`]: { who: readers, params: named },
  "GET /v1/previews/{preview}": {
    who: readers,
    params: async (world) => ({ preview: await world.preview() }),
  },
  "GET /v1/previews/{preview}/page": {
    who: readers,
    params: async (world) => ({ preview: await world.preview() }),
  },
  // Applied or not: the tests' engine shows nothing that could be.
  "POST /v1/previews/{preview}/apply": {
    who: writers,
    params: async (world) => ({ preview: await world.preview() }),
    body: {},
    ok: ({ status }) => [200, 202, 409].includes(status),
  },
  [`GET ${pipeline}/drift`]: { who: readers, params: named },
  // Built by now or not.
  [`POST ${pipeline}/drift`]: {
    who: writers,
    params: named,
    body: {},
    ok: ({ status }) => [202, 409].includes(status),
  },
  "GET /v1/drift": { who: operators },
  "POST /v1/blast-radius": { who: operators, body: {} },
  "GET /v1/blast-radius/{blast}": {
    who: operators,
    params: () => Promise.resolve({ blast: "blast_1" }),
    ok: noSuch(/^There is no blast radius/),
  },
  "GET /v1/blast-radius/{blast}/pipelines": {
    who: operators,
    params: () => Promise.resolve({ blast: "blast_1" }),
    ok: noSuch(/^There is no blast radius/),
  },
  "GET /v1/blast-radius/{blast}/page": {
    who: operators,
    params: () => Promise.resolve({ blast: "blast_1" }),
    ok: noSuch(/^There is no blast radius/),
  },
  [`POST ${pipeline}/updates`]: { who: writers, params: named, body: {} },
  [`GET ${pipeline}/arrived`]: { who: readers, params: named, ok: notBuilt },
  [`POST ${pipeline}/scans`]: { who: writers, params: named, body: {}, ok: notBuilt },
  [`GET ${pipeline}/scans/{scan}`]: {
    who: readers,
    params: async (world) => ({ ...(await named(world)), scan: "scan-1" }),
    ok: notBuilt,
  },
  [`GET ${pipeline}/runs`]: { who: readers, params: named },
  [`GET ${pipeline}/runs/{run}`]: {
    who: readers,
    params: async (world) => ({ ...(await named(world)), run: "run_1" }),
    ok: noSuch(/^There is no run run_1/),
  },
  [`GET ${pipeline}/runs/{run}/objects`]: {
    who: readers,
    params: async (world) => ({ ...(await named(world)), run: "run_1" }),
    ok: noSuch(/^There is no run run_1/),
  },
  [`GET ${pipeline}/runs/{run}/events`]: {
    who: readers,
    params: async (world) => ({ ...(await named(world)), run: "run_1" }),
    ok: noSuch(/^There is no run run_1/),
  },

  "GET /v1/operations": { who: signedIn },
  "GET /v1/operations/{operation}": { who: readers, params: operation },
  "GET /v1/operations/{operation}/events": { who: readers, params: operation },
  "POST /v1/operations/{operation}/cancel": {
    who: writers,
    params: async (world) => ({ operation: await world.running() }),
  },

  "GET /v1/tokens": { who: operators },
  "POST /v1/tokens": { who: operators, body: (name) => ({ name }) },
  "GET /v1/tokens/{token}": {
    who: operators,
    params: async (world) => ({ token: await world.token(null) }),
  },
  "DELETE /v1/tokens/{token}": {
    who: operators,
    params: async (world) => ({ token: await world.token(null) }),
  },
  "GET /v1/tenants/{tenant}/tokens": { who: admins },
  "POST /v1/tenants/{tenant}/tokens": {
    who: admins,
    body: (name) => ({ name, role: "reader" }),
  },
  "GET /v1/tenants/{tenant}/tokens/{token}": {
    who: admins,
    params: async (world) => ({ token: await world.token("acme") }),
  },
  "DELETE /v1/tenants/{tenant}/tokens/{token}": {
    who: admins,
    params: async (world) => ({ token: await world.token("acme") }),
  },

  "GET /v1/tenants/{tenant}/quotas": { who: readers },
  // That it is there is no secret: the documentation says so. Whose they are is not looked at.
  "PUT /v1/tenants/{tenant}/quotas": { who: operators, body: {} },

  "GET /v1/audit": { who: operators },
  "GET /v1/audit/verification": { who: operators },
  "GET /v1/tenants/{tenant}/audit": { who: admins },
};
