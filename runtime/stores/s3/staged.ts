import { CloudError } from "../../errors.ts";
import { lengthOf } from "../cut.ts";
import type { Block, StagedBlock, Staging, Upload } from "../contract.ts";
import { isUnknownHeader } from "./abilities.ts";
import { isNote, isSomeNote, NOTE_PART, noteOf } from "./note.ts";
import { propertyHeaders, type Encryption } from "./properties.ts";
import { MultipartUpload, type UploadContext } from "./upload.ts";
import { listParts, listUploads, type Part } from "./uploads.ts";
import { textOf } from "./xml.ts";

interface Opened {
  readonly blocks: readonly StagedBlock[];
  readonly upload: Upload;
}

/** Continues the upload that any worker has begun for the same object at the same pin, or begins one. */
export async function openUpload(
  context: UploadContext,
  staging: Staging,
  encryption: Encryption,
  signal: AbortSignal,
): Promise<Opened> {
  const note = noteOf(staging);
  const ours: string[] = [];
  let found: { readonly id: string; readonly parts: readonly Part[] } | undefined;
  for (const id of await listUploads(context.bucket, staging.name, signal)) {
    const parts = (await listParts(context.bucket, staging.name, id, signal)) ?? [];
    const last = parts.at(-1);
    if (last === undefined || !isSomeNote(last)) continue;
    if (found === undefined && isNote(last, note)) found = { id, parts };
    else ours.push(id);
  }
  return found === undefined
    ? begun(context, staging, encryption, note, ours, signal)
    : resumed(context, staging, found.id, found.parts, ours);
}

function resumed(
  context: UploadContext,
  staging: Staging,
  id: string,
  parts: readonly Part[],
  others: readonly string[],
): Opened {
  const checksummed = parts.some(({ number, crc }) => number === NOTE_PART && crc !== undefined);
  const usable = parts.filter(
    ({ number, size }) =>
      number <= staging.cut.blocks && size === lengthOf(staging.cut, staging.size, number - 1),
  );
  const etags = new Map(usable.map(({ number, etag }) => [number, etag]));
  return {
    blocks: usable.map(({ number, size, crc }) => ({ index: number - 1, length: size, crc })),
    upload: new MultipartUpload(context, staging, { id, checksummed, etags, others }),
  };
}

async function begun(
  context: UploadContext,
  staging: Staging,
  encryption: Encryption,
  note: Block,
  others: readonly string[],
  signal: AbortSignal,
): Promise<Opened> {
  const { bucket, abilities } = context;
  const { name } = staging;
  const id = await create(context, staging, encryption, signal);
  await bucket.attempts(
    () =>
      abilities.send(
        {
          action: "s3:PutObject",
          method: "PUT",
          key: name,
          query: [
            ["partNumber", String(NOTE_PART)],
            ["uploadId", id],
          ],
          signal,
        },
        note,
      ),
    signal,
  );
  const checksummed = abilities.crc64 === true;
  const etags = new Map<number, string>();
  return {
    blocks: [],
    upload: new MultipartUpload(context, staging, { id, checksummed, etags, others }),
  };
}

async function create(
  { bucket, abilities }: UploadContext,
  staging: Staging,
  encryption: Encryption,
  signal: AbortSignal,
): Promise<string> {
  const { name } = staging;
  const properties = propertyHeaders(staging.properties, encryption);
  const ask = async (headers: Readonly<Record<string, string>>): Promise<string> => {
    const response = await bucket.request({
      action: "s3:PutObject",
      method: "POST",
      key: name,
      query: [["uploads", ""]],
      headers: { ...properties, ...headers },
      signal,
      timeoutMs: 20_000,
    });
    const id = textOf(response.text(), "UploadId");
    if (id !== undefined && id !== "") return id;
    const asked = bucket.asked("s3:PutObject", name);
    throw new CloudError({
      ...asked,
      code: "NoUploadId",
      status: 200,
      said: "no upload was begun",
    });
  };
  if (abilities.crc64 === false) return ask({});
  try {
    return await ask(CHECKSUMMED);
  } catch (error) {
    if (abilities.crc64 === true || !isUnknownHeader(error)) throw error;
    const id = await ask({});
    abilities.noCrc64();
    return id;
  }
}

const CHECKSUMMED: Readonly<Record<string, string>> = {
  "x-amz-checksum-algorithm": "CRC64NVME",
  "x-amz-checksum-type": "FULL_OBJECT",
};
