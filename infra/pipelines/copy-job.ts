import type { CopyJobInput } from "../../runtime/job.ts";
import { ledgerPrefix, type Owner } from "../names.ts";
import type { CopySpec } from "../spec/copy.ts";
import { bytes, bytesPerSecond, capOf } from "../spec/units.ts";
import { minuteOf } from "./copy-hours.ts";

/** What the clouds must be asked for, besides the spec. */
export interface JobPlaces {
  readonly bucket: string;
  readonly region: string;
  readonly queueUrl: string;
  readonly deadLetterUrl: string;
  readonly ledgerBucket: string;
  readonly targets: readonly {
    readonly account: string;
    readonly endpoint: string;
    readonly container: string;
    readonly sasParameter: string;
  }[];
}

/** What a worker is told: the spec's wishes and where the clouds put things. Pure; the runtime parses it again. */
export function copyJob(
  owner: Owner,
  generation: number,
  spec: CopySpec,
  places: JobPlaces,
): CopyJobInput {
  return {
    kind: "copy",
    tenant: owner.tenant,
    pipeline: owner.pipeline,
    generation,
    source: { bucket: places.bucket, prefix: spec.source.prefix, region: places.region },
    targets: places.targets.map((place, index) => ({
      name: spec.targets[index]?.name ?? "",
      type: "azure-blob",
      prefix: spec.targets[index]?.prefix ?? "",
      ...place,
    })),
    queue: { url: places.queueUrl, deadLetterUrl: places.deadLetterUrl },
    ledger: { bucket: places.ledgerBucket, prefix: ledgerPrefix(owner) },
    ...filterOf(spec),
    deletes:
      spec.deletes.mode === "ignore"
        ? { mode: "ignore" }
        : { mode: "mirror", cap: capOf(spec.deletes.cap) },
    limits: limitsOf(spec),
    archived: archivedOf(spec),
    tags: spec.tags,
    // Without a route to the internet a bucket answers through its VPC endpoint only, to nobody but us.
    by: spec.network === "strict" ? "stream" : "auto",
    via: spec.network === "strict" ? "public" : "nat",
  };
}

function limitsOf({ limits }: CopySpec): NonNullable<CopyJobInput["limits"]> {
  const { bytesPerSecond: rate, window, budgetUsd } = limits;
  return {
    ...(rate === undefined ? {} : { bytesPerSecond: bytesPerSecond(rate) }),
    ...(window === undefined ? {} : { window: windowOf(window) }),
    ...(budgetUsd === undefined ? {} : { budgetUsd }),
  };
}

function windowOf({ from, to, zone, outside }: NonNullable<CopySpec["limits"]["window"]>) {
  return {
    from: minuteOf(from),
    to: minuteOf(to),
    zone,
    ...(outside === undefined ? {} : { outside: bytesPerSecond(outside) }),
  };
}

function archivedOf({ archived }: CopySpec): NonNullable<CopyJobInput["archived"]> {
  if (archived.mode === "hold") return { do: "hold" };
  const { tier, days } = archived;
  return { do: "restore", tier, days };
}

function filterOf({ filter }: CopySpec): Pick<CopyJobInput, "filter"> {
  if (filter === undefined) return {};
  return {
    filter: {
      include: filter.include,
      exclude: filter.exclude,
      ...(filter.minSize === undefined ? {} : { minSize: bytes(filter.minSize) }),
      ...(filter.maxSize === undefined ? {} : { maxSize: bytes(filter.maxSize) }),
    },
  };
}
