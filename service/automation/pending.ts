import { idOf, type Place } from "./pending-ids.ts";

/** The part of an exported stack that is looked at; the rest goes back as it came. */
export interface Deployment {
  resources?: StackResource[];
  pending_operations?: { type: string; resource: StackResource }[];
}

export interface StackResource {
  urn: string;
  type: string;
  id?: string;
  custom?: boolean;
  inputs?: Record<string, unknown>;
  outputs?: Record<string, unknown>;
  delete?: boolean;
  pendingReplacement?: boolean;
}

/** What became of an operation that its engine did not live to end. */
export interface Mended {
  deployment: Deployment;
  /** Taken into the stack under the id that it must have, if it is there; a refresh finds out, and drops it if it is not. */
  adopted: { urn: string; id: string }[];
  /** May have been created, and nobody can say under which id. */
  forgotten: string[];
  /** Updates and deletions: a refresh says how far they came. */
  unfinished: string[];
}

/**
 * Ends what is pending in a stack's state, in the state alone. Undefined when nothing is pending.
 * A creation is taken for done if its id can be told; the caller has the stack refreshed after.
 */
export function mend(
  deployment: Deployment,
  queues: (region: string) => string,
): Mended | undefined {
  const pending = deployment.pending_operations ?? [];
  if (pending.length === 0) return undefined;
  const place = placeOf(deployment, queues);
  const mended: Mended = { deployment, adopted: [], forgotten: [], unfinished: [] };
  let resources = deployment.resources ?? [];
  for (const { type, resource } of pending) {
    if (type !== "creating" || resource.custom !== true) {
      mended.unfinished.push(resource.urn);
      continue;
    }
    const id = idOf(resource.type, resource.inputs ?? {}, place);
    if (id === undefined) mended.forgotten.push(resource.urn);
    else {
      const next = adopt(resources, resource, id);
      if (next === undefined) continue;
      resources = next;
      mended.adopted.push({ urn: resource.urn, id });
    }
  }
  return { ...mended, deployment: { ...deployment, pending_operations: [], resources } };
}

/** The resources with one more; undefined when the stack has that very one already. */
function adopt(
  resources: StackResource[],
  created: StackResource,
  id: string,
): StackResource[] | undefined {
  // What the provider reads fills the outputs; until then the inputs stand for them.
  const adopted = { ...created, id, outputs: { ...created.inputs, id } };
  const others = resources.filter(({ urn, delete: condemned }) => {
    return urn === created.urn && condemned !== true;
  });
  if (others.length === 0) return [...resources, adopted];
  if (others.some((other) => other.id === id && other.pendingReplacement !== true))
    return undefined;
  // A replacement: its predecessor is gone (and only noted), or is to be deleted once this one is there.
  const kept = resources.flatMap((other) => {
    if (!others.includes(other)) return [other];
    return other.pendingReplacement === true ? [] : [{ ...other, delete: true }];
  });
  return [...kept, adopted];
}

/** Account, region and subscription, from what stands in the stack's ids and inputs: one stack is of one of each. */
function placeOf(deployment: Deployment, queues: (region: string) => string): Place {
  const text = JSON.stringify([deployment.resources, deployment.pending_operations]);
  const [, region, accountId] = /arn:aws:\w+:([a-z0-9-]+):(\d{12}):/.exec(text) ?? [];
  const [, subscriptionId] = /\/subscriptions\/([0-9a-f-]{36})\//.exec(text) ?? [];
  const [known] = /https?:\/\/[^/"\\]+(?=\/\d{12}\/[\w.-]+")/.exec(text) ?? [];
  const base = known ?? (region === undefined ? undefined : queues(region));
  return { accountId, region, queues: base, subscriptionId };
}

/** Takes adopted resources out again, when they could not be read. */
export function disown(deployment: Deployment, adopted: Mended["adopted"]): Deployment {
  const ids = new Set(adopted.map(({ urn, id }) => `${urn} ${id}`));
  return {
    ...deployment,
    resources: (deployment.resources ?? []).filter(({ urn, id }) => !ids.has(`${urn} ${id ?? ""}`)),
  };
}
