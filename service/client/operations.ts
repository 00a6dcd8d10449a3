import type { z } from "zod";
import type { Endpoints } from "./endpoints.ts";

export type OperationId = keyof Endpoints;

type SignatureOf<Id extends OperationId> = NonNullable<Endpoints[Id]["signature"]>;
type Where = { [Id in OperationId]: Pick<SignatureOf<Id>, "method" | "path"> };

/** Where each operation is. The compiler compares this with the endpoints' definitions, a test that none is missing. */
export const operations = {
  listPipelines: { method: "get", path: "/v1/tenants/{tenant}/pipelines" },
  createPipeline: { method: "post", path: "/v1/tenants/{tenant}/pipelines" },
  getPipeline: { method: "get", path: "/v1/tenants/{tenant}/pipelines/{name}" },
  putPipeline: { method: "put", path: "/v1/tenants/{tenant}/pipelines/{name}" },
  deletePipeline: { method: "delete", path: "/v1/tenants/{tenant}/pipelines/{name}" },
  hasArrived: { method: "get", path: "/v1/tenants/{tenant}/pipelines/{name}/arrived" },
  getPreview: { method: "get", path: "/v1/previews/{preview}" },
  applyPreview: { method: "post", path: "/v1/previews/{preview}/apply" },
  listPreviews: { method: "get", path: "/v1/tenants/{tenant}/pipelines/{name}/previews" },
  howToLogIn: { method: "get", path: "/v1/auth" },
  createPreview: { method: "post", path: "/v1/tenants/{tenant}/pipelines/{name}/previews" },
  getDrift: { method: "get", path: "/v1/tenants/{tenant}/pipelines/{name}/drift" },
  lookForDrift: { method: "post", path: "/v1/tenants/{tenant}/pipelines/{name}/drift" },
  listDrift: { method: "get", path: "/v1/drift" },
  createBlastRadius: { method: "post", path: "/v1/blast-radius" },
  getBlastRadius: { method: "get", path: "/v1/blast-radius/{blast}" },
  listBlastRadiusPipelines: { method: "get", path: "/v1/blast-radius/{blast}/pipelines" },
  createUpdate: { method: "post", path: "/v1/tenants/{tenant}/pipelines/{name}/updates" },
  listRuns: { method: "get", path: "/v1/tenants/{tenant}/pipelines/{name}/runs" },
  getRun: { method: "get", path: "/v1/tenants/{tenant}/pipelines/{name}/runs/{run}" },
  followRun: { method: "get", path: "/v1/tenants/{tenant}/pipelines/{name}/runs/{run}/events" },
  listRunObjects: {
    method: "get",
    path: "/v1/tenants/{tenant}/pipelines/{name}/runs/{run}/objects",
  },
  createScan: { method: "post", path: "/v1/tenants/{tenant}/pipelines/{name}/scans" },
  getScan: { method: "get", path: "/v1/tenants/{tenant}/pipelines/{name}/scans/{scan}" },
  listOperations: { method: "get", path: "/v1/operations" },
  getOperation: { method: "get", path: "/v1/operations/{operation}" },
  listOperationEvents: { method: "get", path: "/v1/operations/{operation}/events" },
  cancelOperation: { method: "post", path: "/v1/operations/{operation}/cancel" },
  whoAmI: { method: "get", path: "/v1/me" },
  listTenantTokens: { method: "get", path: "/v1/tenants/{tenant}/tokens" },
  createTenantToken: { method: "post", path: "/v1/tenants/{tenant}/tokens" },
  getTenantToken: { method: "get", path: "/v1/tenants/{tenant}/tokens/{token}" },
  revokeTenantToken: { method: "delete", path: "/v1/tenants/{tenant}/tokens/{token}" },
  listOperatorTokens: { method: "get", path: "/v1/tokens" },
  createOperatorToken: { method: "post", path: "/v1/tokens" },
  getOperatorToken: { method: "get", path: "/v1/tokens/{token}" },
  revokeOperatorToken: { method: "delete", path: "/v1/tokens/{token}" },
  getQuotas: { method: "get", path: "/v1/tenants/{tenant}/quotas" },
  putQuotas: { method: "put", path: "/v1/tenants/{tenant}/quotas" },
  listAudit: { method: "get", path: "/v1/audit" },
  listTenantAudit: { method: "get", path: "/v1/tenants/{tenant}/audit" },
  verifyAudit: { method: "get", path: "/v1/audit/verification" },
  health: { method: "get", path: "/healthz" },
  readiness: { method: "get", path: "/readyz" },
} as const satisfies Where;

type Input<S extends z.ZodType> = z.input<S>;

/** Query parameters as people write them: the service takes text, a client has numbers and truths too. */
type Loose<Q> = { readonly [K in keyof Q]: Q[K] | (string extends Q[K] ? number : never) };

/** May be left out where nothing in it is required: where an object without fields will do. */
type Part<Name extends string, T> =
  // eslint-disable-next-line @typescript-eslint/no-generated-empty-object-type -- that is what is asked
  Record<never, never> extends T ? { readonly [N in Name]?: T } : { readonly [N in Name]: T };

type BodyPart<B extends z.ZodType> =
  undefined extends Input<B>
    ? { readonly body?: Exclude<Input<B>, undefined> }
    : { readonly body: Input<B> };

/** What a call takes. */
export type Request<Id extends OperationId> = Part<"params", Input<SignatureOf<Id>["params"]>> &
  Part<"query", Loose<Input<SignatureOf<Id>["query"]>>> &
  BodyPart<SignatureOf<Id>["body"]>;

type Body<A> = A extends { schema: infer S extends z.ZodType } ? z.output<S> : undefined;

/** What a call answers with, whichever status it has. */
export type Reply<Id extends OperationId> = Exclude<
  {
    [Status in keyof SignatureOf<Id>["answers"]]: Body<SignatureOf<Id>["answers"][Status]>;
  }[keyof SignatureOf<Id>["answers"]],
  undefined
>;
