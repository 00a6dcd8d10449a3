import { CloudError } from "../errors.ts";
import type { Copy } from "./copy.ts";
import { verify, type Hashes } from "./verify.ts";
import type { Checksum } from "./work.ts";

/** What proves the copy, or a `ChecksumMismatch`: then the object is read once more. */
export function prove(copy: Copy, hashes: Hashes, otherwise: "computed" | "target"): Checksum {
  const { work, object, progress } = copy;
  const verdict = verify(object, hashes, otherwise);
  if (verdict.ok) return verdict.checksum;
  if (verdict.by === "MD5") {
    if (progress.notMd5 === hashes.crc64) {
      // The same bytes twice: it is the ETag that is no MD5, as on servers that only make it look so.
      work.means.reach.etagIsNoMd5(work.source.label);
      return prove(copy, { ...hashes, md5: undefined }, otherwise);
    }
    progress.notMd5 = hashes.crc64;
  }
  throw mismatch(copy, verdict.reason);
}

export function mismatch(copy: Copy, said: string): CloudError {
  return new CloudError({
    service: "s3",
    action: "s3:GetObject",
    subject: `${copy.work.source.label}/${copy.object.key}`,
    code: "ChecksumMismatch",
    status: 0,
    said,
  });
}
