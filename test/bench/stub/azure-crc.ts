export { toAzureBase64 } from "../../../runtime/checksum/combine.ts";

/** Undefined when the text is not the base64 of eight bytes. */
export function fromAzureBase64(text: string): bigint | undefined {
  const bytes = Buffer.from(text, "base64");
  return bytes.length === 8 ? bytes.readBigUInt64LE() : undefined;
}
