import { createHash } from "node:crypto";
import { Readable } from "node:stream";

import type { Call } from "../context.ts";
import { NO_ATTRIBUTES } from "../index/version.ts";
import { commitVersion, wholeBody } from "./commit.ts";
import { receiveCopy } from "./receive.ts";

/** Replaces an object from inside the server while it is being read, as another client's PUT would. */
export async function overwrite(
  call: Call,
  bucket: string,
  key: string,
  body: Buffer,
): Promise<void> {
  const received = await receiveCopy(
    call,
    { bytes: Readable.from([body]), close: () => undefined },
    "CRC64NVME",
  );
  await commitVersion(call, {
    event: "ObjectCreated:Put",
    staged: received.staged,
    check: () => undefined,
    version: {
      bucket,
      key,
      etag: createHash("md5").update(body).digest("hex"),
      storageClass: "STANDARD",
      attributes: { ...NO_ATTRIBUTES, headers: { "content-type": "binary/octet-stream" } },
      ...wholeBody(received),
    },
  });
}
