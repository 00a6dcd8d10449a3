import { z } from "zod";
import { fields } from "../../infra/spec/fields.ts";
import { audit } from "../audit/record.ts";
import { beginBlast } from "../blast/begin.ts";
import { blastPage } from "../blast/page.ts";
import { presentBlast, presentBlastItem } from "../blast/present.ts";
import { programNamed } from "../blast/program.ts";
import { BlastItem, BlastRadius } from "../blast/schema.ts";
import { classes, findBlast, listBlast, type BlastRow } from "../db/blast.ts";
import type { Queries } from "../db/database.ts";
import { endpoint } from "../http/endpoint.ts";
import { once } from "../http/once.ts";
import { fromCursor, noQuery, page, pageQuery } from "../http/page.ts";
import { notFound } from "../http/problem.ts";
import { pageOf } from "../http/schemas.ts";
import { pageReply } from "../web/page.ts";
import { toSignIn } from "./browser.ts";
import { blastPath, idempotencyHeader } from "./paths.ts";

export const blastCreate = endpoint({
  method: "post",
  path: "/v1/blast-radius",
  access: "operator",
  operationId: "createBlastRadius",
  summary: "See what a program would do to every pipeline",
  description:
    "Queues a preview of every built pipeline (or of some, by chance) behind all changes, and sums them up. Nothing is changed.",
  params: fields({}),
  query: noQuery,
  body: fields({
    program: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, "Expected a name such as a commit.")
      .optional()
      .meta({
        description:
          "Name of a program in the service's `programs` folder. Default: the one it runs.",
      }),
    sample: z
      .int()
      .min(1)
      .max(100_000)
      .optional()
      .meta({ description: "So many pipelines, by chance. Default: all." }),
  })
    .prefault({})
    .meta({ id: "NewBlastRadius" }),
  headers: idempotencyHeader,
  answers: {
    202: {
      description: "It is under way, or with an Idempotency-Key: it had been asked for before.",
      schema: BlastRadius,
      headers: { Location: "Where it is." },
    },
  },
  problems: ["key-reused"],
  handle: async ({ body, header, principal, requestId, from }, context) => {
    const { db, settings } = context;
    const { program: name, sample } = body;
    const program =
      name === undefined ? undefined : { name, module: await programNamed(settings.home, name) };
    const begin = async (transaction: Queries): Promise<BlastRow> => {
      const lifetimeMs = settings.previewMs;
      const begun = await beginBlast(transaction, { program, sample, by: principal, lifetimeMs });
      await audit(transaction, {
        ...{ principal, requestId, from },
        action: "blast-radius.create",
        tenant: null,
        target: `blast-radius/${begun.id}`,
        after: body,
      });
      return begun;
    };
    const keyed = {
      scope: "",
      key: header("idempotency-key"),
      what: ["POST", "blast-radius", body],
    };
    const row = await db.transaction().execute((transaction) =>
      once(transaction, keyed, {
        first: () => begin(transaction),
        idOf: ({ id }) => id,
        again: (id) => findBlast(transaction, id),
      }),
    );
    context.operationQueued();
    const shown = await presentBlast(db, row);
    return { status: 202, body: shown, headers: { location: shown.links.self } };
  },
});

export const blastGet = endpoint({
  method: "get",
  path: "/v1/blast-radius/{blast}",
  access: "operator",
  operationId: "getBlastRadius",
  summary: "Read how far a blast radius has come, and its sums",
  params: blastPath,
  query: noQuery,
  answers: { 200: { description: "The sums.", schema: BlastRadius } },
  problems: ["not-found"],
  handle: async ({ params }, { db }) => {
    const body = await presentBlast(db, await blastOr404(db, params.blast));
    return { status: 200, body };
  },
});

const Position = z.tuple([z.int(), z.string()]);

const pipelinesQuery = fields({ ...pageQuery, class: z.enum(classes).optional() });

export const blastPipelines = endpoint({
  method: "get",
  path: "/v1/blast-radius/{blast}/pipelines",
  access: "operator",
  operationId: "listBlastRadiusPipelines",
  summary: "List the pipelines of a blast radius, the dangerous first",
  params: blastPath,
  query: pipelinesQuery,
  answers: { 200: { description: "A page of pipelines.", schema: pageOf(BlastItem) } },
  problems: ["not-found"],
  handle: async ({ params, query }, { db }) => {
    await blastOr404(db, params.blast);
    return { status: 200, body: await pipelinesOf(db, params.blast, query) };
  },
});

export const blastPageGet = endpoint({
  method: "get",
  path: "/v1/blast-radius/{blast}/page",
  access: "operator",
  operationId: "getBlastRadiusPage",
  summary: "Read a blast radius as a page",
  description: "The sums, and the pipelines with links to their previews.",
  params: blastPath,
  query: pipelinesQuery,
  answers: { 200: { description: "The page.", contentType: "text/html" }, 303: toSignIn },
  problems: ["not-found"],
  handle: async ({ params, query, principal }, { db }) => {
    const radius = await presentBlast(db, await blastOr404(db, params.blast));
    const { items, nextCursor } = await pipelinesOf(db, params.blast, query);
    const more = new URLSearchParams({
      ...(query.class === undefined ? {} : { class: query.class }),
      limit: String(query.limit),
      cursor: nextCursor ?? "",
    });
    const next = nextCursor === null ? undefined : `${radius.links.page}?${more.toString()}`;
    return pageReply(blastPage({ radius, items, next, viewer: principal }));
  },
});

async function pipelinesOf(db: Queries, id: string, query: z.output<typeof pipelinesQuery>) {
  const { class: kind, limit, cursor } = query;
  const after = fromCursor(Position, cursor);
  const rows = await listBlast(db, { id, class: kind, limit, after });
  return page(
    rows,
    limit,
    (row) => [row.rank, row.operation_id],
    (row) => presentBlastItem(row),
  );
}

async function blastOr404(db: Queries, id: string): Promise<BlastRow> {
  const row = await findBlast(db, id);
  if (row === undefined) throw notFound(`blast radius ${id}`);
  return row;
}
