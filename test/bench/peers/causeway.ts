import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { AWS, SAS, type Rig } from "../rig.ts";
import type { Place } from "../stub/verify.ts";
import { cached } from "./cache.ts";
import { prepared, type Tool } from "./tool.ts";

const BIN = fileURLToPath(new URL("../../../cli/causeway", import.meta.url));
const PACKAGE = fileURLToPath(new URL("../../../package.json", import.meta.url));

/** Ours, on its defaults; `auto` chooses the way by itself. */
export function causeway(by: "auto" | "url" | "stream" | "compare"): Tool {
  return {
    name: by === "auto" ? "causeway" : by === "compare" ? "causeway compare" : `causeway by ${by}`,
    prepare: () =>
      prepared(() => {
        if (!existsSync(BIN)) throw new Error(`There is no ${BIN}.`);
        return (JSON.parse(readFileSync(PACKAGE, "utf8")) as { version: string }).version;
      }),
    command: (job, rig) => ({
      file: BIN,
      args: [
        by === "compare" ? "compare" : "copy",
        address(job.source),
        address(job.target),
        ...(by === "url" || by === "stream" ? ["--by", by] : []),
      ],
      env: {
        ...AWS,
        AWS_ENDPOINT_URL_S3: rig.s3Endpoint,
        AZURE_STORAGE_CONNECTION_STRING: connectionString(rig),
        XDG_STATE_HOME: cached("state"),
      },
    }),
  };
}

export function connectionString(rig: Rig): string {
  return `BlobEndpoint=${rig.blobEndpoint};SharedAccessSignature=${SAS}`;
}

function address({ side, bucket, prefix }: Place): string {
  return `${side === "s3" ? "s3" : "azure"}://${bucket}/${prefix}`;
}
