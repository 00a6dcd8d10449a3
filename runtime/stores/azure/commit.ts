import { marksFromMetadata } from "../../decide/marks.ts";
import { retryClass } from "../../decide/retry.ts";
import { CloudError } from "../../errors.ts";
import type { Committed, Marks, TargetProperties } from "../contract.ts";
import type { BlobCall, BlobClient } from "./client.ts";
import { objectOf } from "./properties.ts";

type Headers = Readonly<Record<string, string>>;

/**
 * A conditional write, whose answer may get lost. When a repetition is refused because the target has changed, and what is there now carries the marks that were to be written, then
 * it was the first attempt that changed it.
 */
export function commit<T>(
  client: BlobClient,
  call: BlobCall & { readonly name: string },
  properties: TargetProperties,
  told: (headers: Headers) => T,
): Promise<T> {
  let attempts = 0;
  const onAttempt = (): void => {
    attempts += 1;
  };
  return client.request(call, onAttempt).then(
    ({ headers }) => told(headers),
    async (error: unknown) => {
      if (attempts < 2 || !seesAChange(error)) throw error;
      const done = await find(client, call, marksFromMetadata(properties.metadata));
      if (done === undefined) throw error;
      return told(done);
    },
  );
}

/** What is known of every commit. */
export function committed(headers: Headers): Committed {
  return { etag: headers["etag"] ?? "" };
}

function seesAChange(error: unknown): boolean {
  return error instanceof CloudError && retryClass(error.facts) === "re-decide";
}

/** What is there now, if it is the object that these marks tell of. */
async function find(
  client: BlobClient,
  { name, signal }: BlobCall,
  marks: Marks | undefined,
): Promise<Headers | undefined> {
  const { status, headers } = await client.request({
    action: "blob:GetBlobProperties",
    method: "HEAD",
    ...(name === undefined ? undefined : { name }),
    accept: [404],
    signal,
    timeoutMs: 20_000,
  });
  if (status === 404 || marks === undefined) return undefined;
  const { size, marks: found } = objectOf(headers);
  const same =
    size === marks.size &&
    found?.pin === marks.pin &&
    found.etag === marks.etag &&
    found.size === marks.size &&
    found.modified === marks.modified &&
    found.writer === marks.writer;
  return same ? { etag: headers["etag"] ?? "" } : undefined;
}
