import type { Fault as BlobFault } from "../../local/azure/front/faults.ts";
import type { Fault as S3Fault } from "../../local/aws/s3/faults.ts";
import type { Random } from "./random.ts";

export interface Chaos {
  readonly s3: readonly S3Fault[];
  readonly blob: readonly BlobFault[];
}

const SOURCE = "source";

/** What goes wrong on both sides during a round: each strikes once, after a while. */
export function chaosOf(random: Random): Chaos {
  const s3 = Array.from({ length: random.integer(0, 6) }, () => s3Fault(random));
  const blob = Array.from({ length: random.integer(0, 6) }, () => blobFault(random));
  return { s3, blob };
}

function s3Fault(random: Random): S3Fault {
  const afterBytes = random.pick([0, 1, 5_000, 100_000, 3_000_000]);
  const effect = random.pick<S3Fault["effect"]>([
    { kind: "error" },
    { kind: "error", code: "InternalError", status: 500 },
    { kind: "reset", afterBytes },
    { kind: "truncate", afterBytes },
    { kind: "slow", delayMs: random.integer(50, 400) },
  ]);
  const operation = random.pick(["GetObject", "HeadObject", "ListObjectsV2"]);
  return {
    operation,
    bucket: SOURCE,
    skip: random.integer(0, 10),
    times: random.integer(1, 3),
    effect,
  };
}

function blobFault(random: Random): BlobFault {
  const trouble = random.pick<BlobFault["trouble"]>([
    { kind: "busy" },
    { kind: "error", status: 500, code: "InternalError" },
    { kind: "reset" },
    { kind: "lost answer" },
    { kind: "slow", delayMs: random.integer(50, 400) },
  ]);
  const operation = random.pick([
    "Put Blob",
    "Put Block",
    "Put Block From URL",
    "Put Block List",
    "Get Block List",
    "Get Blob Properties",
    "Delete Blob",
    "List Blobs",
  ]);
  return { operation, trouble, after: random.integer(0, 10), times: random.integer(1, 3) };
}
