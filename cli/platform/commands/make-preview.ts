import { settled } from "../../../service/client/wait.ts";
import type { Client } from "../../../service/client/client.ts";
import { ApiProblem } from "../../../service/client/problem.ts";
import type { Request } from "../../../service/client/operations.ts";
import type { Operation } from "../../../service/http/schemas.ts";
import type { Preview } from "../../../service/previews/schema.ts";

export interface Wanted {
  readonly tenant: string;
  readonly name: string;
  /** Absent: the pipeline's own. */
  readonly spec?: unknown;
  readonly commit?: string | undefined;
}

/** Asks for a preview of a pipeline that stands, or of one that does not yet, and waits until it is there. */
export async function makePreview(
  client: Client,
  wanted: Wanted,
  onWait: (operation: Operation) => void = () => undefined,
): Promise<Preview> {
  const operation = await ask(client, wanted);
  onWait(operation);
  const last = await settled(client, operation);
  const id = last.links.preview?.split("/").at(-1);
  if (id === undefined) {
    const detail = `Operation ${last.id} ended ${last.metadata.state} without a preview.`;
    throw new ApiProblem(502, { title: "There is no preview", detail });
  }
  return client.call("getPreview", { params: { preview: id } });
}

type Spec = NonNullable<Request<"createPreview">["body"]>["spec"];

function ask(client: Client, { tenant, name, spec, commit }: Wanted): Promise<Operation> {
  const body = {
    ...(spec === undefined ? {} : { spec: spec as Spec }),
    ...(commit === undefined ? {} : { commit }),
  };
  return client.call("createPreview", { params: { tenant, name }, body });
}
