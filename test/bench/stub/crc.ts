import { Crc64 } from "../../../runtime/checksum/crc64.ts";

export function crcOfBytes(bytes: Buffer): bigint {
  return new Crc64().update(bytes).value();
}
