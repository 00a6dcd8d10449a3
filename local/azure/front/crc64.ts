import { checksums } from "aws-crt";

/**
 * CRC-64/NVME as Azure puts it on the wire: eight bytes, the least significant first.
 * ("123456789" gives ae8b14860a799888, on the wire `iJh5CoYUi64=`; S3 writes the same value big-endian.)
 */
export class Crc64 {
  #value: DataView | undefined;

  update(chunk: Buffer): this {
    if (chunk.length > 0) this.#value = checksums.crc64nvme(chunk, this.#value);
    return this;
  }

  /** The eight bytes in Azure's order. */
  digest(): Uint8Array {
    const bytes = new Uint8Array(8);
    if (this.#value !== undefined) {
      new DataView(bytes.buffer).setBigUint64(0, this.#value.getBigUint64(0), true);
    }
    return bytes;
  }

  /** The value of an `x-ms-content-crc64` header. */
  toHeader(): string {
    return Buffer.from(this.digest()).toString("base64");
  }
}
