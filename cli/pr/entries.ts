import { createHash } from "node:crypto";
import type { Client } from "../../service/client/client.ts";
import { rowsOf } from "../../service/client/wait.ts";
import { ApiProblem, Unreachable } from "../../service/client/problem.ts";
import type { Pipeline } from "../../service/http/schemas.ts";
import { makePreview } from "../platform/commands/make-preview.ts";
import { BadSpec, parseSpecFile, type SpecFile } from "../platform/spec-file.ts";
import type { ChangedSpec } from "./changes.ts";
import type { Git } from "./git.ts";
import type { Entry, Outcome, Refusal, Standing } from "./report.ts";

/** So many previews are waited for at once; the service has its own order. */
const atOnce = 6;

/** Finds out what each changed spec does. One that fails is no reason to know nothing of the others. */
export async function entriesOf(
  client: Client,
  git: Git,
  head: string,
  specs: readonly ChangedSpec[],
  onDone: (entry: Entry) => void,
): Promise<Entry[]> {
  const entries: Entry[] = [];
  const left = [...specs.entries()];
  const work = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const [index, spec] = next;
      const entry = await entryOf(client, git, head, spec);
      entries[index] = entry;
      onDone(entry);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return entries;
}

export function fileDigest(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

async function entryOf(client: Client, git: Git, head: string, spec: ChangedSpec): Promise<Entry> {
  const { tenant, pipeline, file, change, renamed } = spec;
  const entry = { tenant, pipeline, file, change, renamed };
  if (change === "deleted") {
    return { ...entry, fileDigest: "", outcome: await outcomeOf(() => deletion(client, spec)) };
  }
  const bytes = (await git.read(head, file)) ?? new Uint8Array();
  const outcome =
    spec.rivals.length > 0
      ? rivalry(spec)
      : await outcomeOf(() => previewed(client, spec, bytes, head));
  return { ...entry, fileDigest: fileDigest(bytes), outcome };
}

async function previewed(
  client: Client,
  { tenant, pipeline, file }: ChangedSpec,
  bytes: Uint8Array,
  commit: string,
): Promise<Outcome> {
  const parsed = parseSpecFile(file, bytes);
  try {
    const preview = await makePreview(client, {
      tenant,
      name: pipeline,
      spec: parsed.spec,
      commit,
    });
    return { kind: "preview", preview };
  } catch (error) {
    if (!(error instanceof ApiProblem) || !isAuthors(error)) throw error;
    return { kind: "refused", title: error.title, problems: refusalsOf(error, parsed) };
  }
}

/** What whoever wrote the spec can mend. */
function isAuthors({ status }: ApiProblem): boolean {
  return [400, 404, 409, 413, 422].includes(status);
}

function refusalsOf(problem: ApiProblem, file: SpecFile): Refusal[] {
  if (problem.errors.length === 0) return [{ where: "", detail: problem.message }];
  return problem.errors.map(({ in: from, pointer, detail }) => {
    const position = from === "body" ? file.locate(pointer) : undefined;
    const where =
      position === undefined ? pointer : `line ${position.line}, column ${position.column}`;
    return { where, detail };
  });
}

async function outcomeOf(find: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await find();
  } catch (error) {
    if (error instanceof BadSpec) {
      const { position, detail } = error;
      const where =
        position === undefined ? "" : `line ${position.line}, column ${position.column}`;
      return { kind: "refused", title: "The file is not a spec", problems: [{ where, detail }] };
    }
    if (error instanceof ApiProblem || error instanceof Unreachable) {
      return { kind: "unknown", detail: error.message };
    }
    throw error;
  }
}

function rivalry({ file, rivals }: ChangedSpec): Outcome {
  const detail = `Keep one of ${[file, ...rivals].join(", ")}: they are the same pipeline.`;
  return {
    kind: "refused",
    title: "Several files for one pipeline",
    problems: [{ where: "", detail }],
  };
}

async function deletion(client: Client, { tenant, pipeline }: ChangedSpec): Promise<Outcome> {
  const params = { tenant, name: pipeline };
  try {
    const standing = await client.call("getPipeline", { params });
    return { kind: "deletion", standing: await standingOf(client, standing) };
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 404) return { kind: "absent" };
    throw error;
  }
}

const buildingActions = ["create", "update"];

/** The last operation that built it counted what there is; what was deleted then is not. */
async function standingOf(client: Client, pipeline: Pipeline): Promise<Standing> {
  const { tenant, name, generation, outputs } = pipeline;
  let resources: number | null = null;
  const query = { tenant, pipeline: name, state: "succeeded" as const, limit: 50 };
  for await (const { metadata } of rowsOf(client, "listOperations", { query })) {
    if (!buildingActions.includes(metadata.action) || metadata.counts === null) continue;
    const there = Object.entries(metadata.counts).filter(([step]) => step !== "delete");
    resources = there.reduce((sum, [, count]) => sum + count, 0);
    break;
  }
  const built = Object.entries(outputs ?? {}).flatMap(([key, value]) =>
    typeof value === "string" ? [[key, value] as const] : [],
  );
  return { generation, resources, built };
}
