import type { ContentHeaders, TargetProperties } from "../stores/contract.ts";
import { encodeMetadataValue } from "./metadata.ts";

type Headers = Pick<
  TargetProperties,
  | "contentType"
  | "contentEncoding"
  | "contentLanguage"
  | "contentDisposition"
  | "cacheControl"
  | "expires"
>;

const PRINTABLE = /^[\x20-\x7E]*$/;
const CARRIED = ["contentLanguage", "cacheControl", "contentDisposition"] as const;

/**
 * Content headers as a target holds them, and what its headers cannot hold (anything but printable ASCII) as metadata of ours:
 * `causeway_content_disposition`, with `-` for S3.
 */
export function mapContent(
  content: ContentHeaders,
  separator: "_" | "-",
): { readonly headers: Headers; readonly carried: Record<string, string> } {
  const headers = {
    contentType: content.contentType ?? "application/octet-stream",
    contentEncoding: withoutTransferCoding(content.contentEncoding),
    contentLanguage: content.contentLanguage,
    cacheControl: content.cacheControl,
    contentDisposition: content.contentDisposition,
    expires: content.expires,
  };
  const carried: Record<string, string> = {};
  for (const name of CARRIED) {
    const value = headers[name];
    if (value === undefined || PRINTABLE.test(value)) continue;
    carried[`causeway${separator}${inWords(name, separator)}`] = encodeMetadataValue(value);
    headers[name] = undefined;
  }
  return { headers, carried };
}

/** S3 keeps `aws-chunked`, the coding of an upload, beside the content's own codings when a client sends it so. */
function withoutTransferCoding(encoding: string | undefined): string | undefined {
  if (encoding === undefined || encoding === "") return undefined;
  const codings = encoding
    .split(",")
    .map((coding) => coding.trim())
    .filter((coding) => coding !== "" && coding.toLowerCase() !== "aws-chunked");
  return codings.length === 0 ? undefined : codings.join(", ");
}

function inWords(name: string, separator: string): string {
  return name.replace(/[A-Z]/g, (letter) => `${separator}${letter.toLowerCase()}`);
}
