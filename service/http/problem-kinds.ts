/** A kind of problem: what its page says. */
export interface ProblemPage {
  status: number;
  title: string;
  /** What has happened, and what it means for what was asked. */
  meaning: string;
  /** What to do now. */
  remedy: string;
}

/** Every kind of problem that the API answers with. The key is the end of its `type`, and stays what it is. */
export const problemKinds = {
  "malformed-json": {
    status: 400,
    title: "The body is not JSON",
    meaning: "The body could not be read, so nothing was looked at and nothing was changed.",
    remedy:
      "Send well-formed UTF-8 JSON. The detail says where reading stopped; `jq . file` finds it too.",
  },
  "invalid-request": {
    status: 400,
    title: "The request is not what this endpoint takes",
    meaning:
      "A path, query, header or body value is not what the API's description says. Nothing was changed.",
    remedy:
      "Mend what `errors` lists: each entry has a JSON pointer, what was expected and what was got.",
  },
  unauthorized: {
    status: 401,
    title: "A token is needed",
    meaning: "The request carries no token, or one that has expired, was revoked or is not ours.",
    remedy: "Sign in again (`causeway login`), and send `Authorization: Bearer TOKEN`.",
  },
  "sign-in-failed": {
    status: 400,
    title: "You are not signed in",
    meaning:
      "The sign-in at the issuer did not come to its end, or its answer does not fit the question that this browser asked. Nobody is signed in by it.",
    remedy: "Sign in again, in one go and in one browser.",
  },
  "no-role": {
    status: 403,
    title: "You have no role here",
    meaning:
      "The issuer knows you, but gives you no role in any tenant of this service, so that there is nothing you could see.",
    remedy:
      "Ask an operator, or an admin of your tenant, for a role, and sign in again; or sign in as somebody else.",
  },
  "cross-site": {
    status: 403,
    title: "The request comes from another site",
    meaning:
      "A browser that is signed in sent a change for a page that is not one of this service's. Nothing was changed.",
    remedy:
      "Use the service's own pages; programs send `Authorization: Bearer TOKEN` instead of a cookie.",
  },
  forbidden: {
    status: 403,
    title: "Your role does not allow this",
    meaning: "You may know of this, but your role does not suffice for what was asked.",
    remedy: "Ask an admin of the tenant, or an operator, to do it or to give you the role.",
  },
  "wrong-host": {
    status: 421,
    title: "The request names another host",
    meaning:
      "Without an issuer and without a token the service answers to this machine's own names only, so that no web page can reach it under another name.",
    remedy: "Use http://127.0.0.1 or http://localhost, or set the service up with an issuer.",
  },
  "not-found": {
    status: 404,
    title: "There is no such thing",
    meaning:
      "It does not exist, no longer exists, or belongs to a tenant that you are not part of.",
    remedy: "Check the names against a list (`GET …/pipelines`), and whose token you use.",
  },
  "wrong-method": {
    status: 405,
    title: "This address does not take that method",
    meaning: "The address exists, for other methods.",
    remedy: "The `Allow` header lists those that it takes.",
  },
  conflict: {
    status: 409,
    title: "The request does not fit what is there",
    meaning:
      "What is there forbids it at present: the name is taken, the operation has settled, the pipeline is being deleted.",
    remedy: "Read the resource, then decide: another name, a PUT instead of a POST, or wait.",
  },
  outdated: {
    status: 409,
    title: "The world has moved since the preview",
    meaning:
      "The spec, the stack or the program is not what the preview looked at, or the preview has expired, so that what was approved can no longer be done exactly. Nothing was changed.",
    remedy: "The detail says what moved. Make another preview and have that approved.",
  },
  "precondition-failed": {
    status: 412,
    title: "The resource has changed meanwhile",
    meaning: "Somebody changed it after you read it; your change was not made, theirs stands.",
    remedy: "GET it, look at what is new, and send the change again with the new ETag.",
  },
  "too-large": {
    status: 413,
    title: "The body is too large",
    meaning: "The body holds more than the service reads.",
    remedy: "Send less: a spec of fifty targets with long filters has some 40 kB.",
  },
  "wrong-content-type": {
    status: 415,
    title: "The body is not of a type that is read here",
    meaning: "Only UTF-8 JSON is read.",
    remedy: "Send `Content-Type: application/json`; `causeway` turns YAML files into it.",
  },
  "key-reused": {
    status: 422,
    title: "The idempotency key belongs to another request",
    meaning:
      "The same Idempotency-Key came with a different method, address or body within 24 hours. Nothing was changed by this request.",
    remedy: "Make a new key (a UUID) for each new request; reuse one only to repeat a request.",
  },
  "policy-violation": {
    status: 422,
    title: "A mandatory rule forbids this",
    meaning: "The platform's rules do not allow what would be built. Nothing was changed.",
    remedy:
      "`errors` names each rule, the resource that breaks it and the cure; change the spec, or ask an operator about the rule.",
  },
  "not-available": {
    status: 422,
    title: "The spec asks for what is not available yet",
    meaning: "The spec is well-formed, but asks for something that this version does not build.",
    remedy: "Leave out what `errors` names, or wait for the version that has it.",
  },
  "rate-limited": {
    status: 429,
    title: "Too many requests",
    meaning:
      "You, or your tenant, sent more requests than are let through in a while, or your address too many with a token that is not good. Nothing was changed by this one.",
    remedy: "Wait as long as `Retry-After` says, then send it again with the same Idempotency-Key.",
  },
  "quota-exceeded": {
    status: 429,
    title: "A quota of the tenant is used up",
    meaning:
      "The tenant may not have, or copy, more for now. The detail names the quota, the limit and what is used. Nothing was changed.",
    remedy:
      "`GET /v1/tenants/{tenant}/quotas` shows all of them. Use less, wait as long as `Retry-After` says where it is set, or ask an operator for more.",
  },
  "too-many-streams": {
    status: 429,
    title: "Too many streams are open",
    meaning: "One caller may follow only so many operations and runs at once.",
    remedy: "Close a stream, or read pages with `Accept: application/json`.",
  },
  unavailable: {
    status: 503,
    title: "The service cannot answer this now",
    meaning: "Something that the answer needs (a cloud, a ledger, the issuer) did not answer.",
    remedy: "Wait and try again; `GET /readyz` says what is missing.",
  },
  "internal-error": {
    status: 500,
    title: "The service failed",
    meaning: "A mistake of ours. Whether the change was made is uncertain.",
    remedy:
      "Send a change again with the same Idempotency-Key: it is then made once. Quote the `instance` when you report it.",
  },
} as const satisfies Record<string, ProblemPage>;

export type ProblemKind = keyof typeof problemKinds;

/** What an operation's `error` may be: the operation was accepted, and ended so. */
const operationKinds = {
  "operation-failed": {
    status: null,
    title: "An operation failed",
    meaning:
      "The engine began and did not come to its end; what it had built by then stands and is in the stack's state. `code` and `resource` say what it was.",
    remedy:
      "Do what `remedy` says, then PUT the spec again: the engine goes on from what is there.",
  },
  "operation-cancelled": {
    status: null,
    title: "An operation was cancelled",
    meaning:
      "Somebody stopped it, or a newer generation took its place (`superseded`). Steps that were under way were finished.",
    remedy: "PUT the spec again to go on, or DELETE the pipeline.",
  },
} as const;

/** All that has a page at /problems/KIND. */
export const explainedKinds = { ...problemKinds, ...operationKinds };
export type ExplainedKind = keyof typeof explainedKinds;

/** docs/problems.md; a test keeps the file like this. */
export function problemsPage(): string {
  const sections = Object.entries(explainedKinds).map(
    ([kind, { status, title, meaning, remedy }]) =>
      `## ${kind}\n\n**${title}**${status === null ? "" : ` (${status})`}\n\n${meaning}\n\n_What to do:_ ${remedy}\n`,
  );
  return `# Problems\n\nErrors are RFC 9457 problem documents (\`application/problem+json\`). \`type\` is \`urn:causeway:problem:KIND\` and never changes its meaning; \`help\` is where the service itself explains the kind (\`GET /problems/KIND\`); \`instance\` is the request's id, also in the header \`x-request-id\` and in the log; \`errors\` points at each field. Operations carry the same in \`error\`. This page is written by \`npm run docs:problems\`.\n\n${sections.join("\n")}`;
}
