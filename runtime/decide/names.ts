/**
 * Azure blob names for source keys, both ways without loss.
 *
 * Kept as it is: whatever a blob can be called and every tool reads back the same. Percent-encoded (UTF-8, upper-case hex): backslash
 * (Azure turns it into a slash), control characters, private-use characters and noncharacters (RFC 3987 admits none in a path; Azure
 * refuses them), a slash that begins the name, ends it or follows a slash, a dot that ends a path segment; and a percent sign where two hex
 * digits follow it, so that decoding is exact. Azure: https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata
 */
export const MAX_NAME_LENGTH = 1024;
export const MAX_SEGMENTS = 254;

export type TargetName =
  | { readonly ok: true; readonly name: string; readonly encoded: boolean }
  | { readonly ok: false; readonly class: "InvalidName"; readonly reason: string };

/** The blob name for a key, the target's prefix put before it. */
export function toBlobName(key: string, prefix = ""): TargetName {
  const wanted = prefix + key;
  if (wanted === "") return refuse("the key is empty");
  if (!wanted.isWellFormed()) return refuse("the key is not valid Unicode");
  const name = encodeName(wanted);
  if (name.length > MAX_NAME_LENGTH) {
    return refuse(
      `a blob's name holds ${MAX_NAME_LENGTH} characters, this one needs ${name.length}`,
    );
  }
  const segments = name.length < MAX_SEGMENTS ? 1 : name.split("/").length;
  if (segments > MAX_SEGMENTS) {
    return refuse(`a blob's name holds ${MAX_SEGMENTS} path segments, this one has ${segments}`);
  }
  return { ok: true, name, encoded: name !== wanted };
}

/** The inverse of `encodeName`. */
export function decodeName(name: string): string {
  return name.replace(/(?:%[0-9A-Fa-f]{2})+/g, (run) =>
    Buffer.from(run.replaceAll("%", ""), "hex").toString("utf8"),
  );
}

/** One to one: two keys never share a name. */
export function encodeName(key: string): string {
  if (PLAIN.test(key)) return key;
  return key
    .replace(/%(?=[0-9A-Fa-f]{2})/g, "%25")
    .replace(NOT_IN_A_PATH, percent)
    .replace(/(?<=^|\/)\/|\/$/g, "%2F")
    .replace(/\.(?=\/|$|%2F$)/g, "%2E");
}

/** As most keys are: words with single dots and slashes between them. */
const PLAIN = /^[\w-]+(?:[./][\w-]+)*$/;

/** Backslash, C0, DEL and C1 controls, private use, noncharacters and specials: all that RFC 3987 leaves out of ucschar. */
const NOT_IN_A_PATH =
  /[\\\u0000-\u001F\u007F-\u009F\uE000-\uF8FF\uFDD0-\uFDEF\uFFF0-\uFFFF]|[\u{1FFFE}\u{1FFFF}\u{2FFFE}\u{2FFFF}\u{3FFFE}\u{3FFFF}\u{4FFFE}\u{4FFFF}\u{5FFFE}\u{5FFFF}\u{6FFFE}\u{6FFFF}\u{7FFFE}\u{7FFFF}\u{8FFFE}\u{8FFFF}\u{9FFFE}\u{9FFFF}\u{AFFFE}\u{AFFFF}\u{BFFFE}\u{BFFFF}\u{CFFFE}\u{CFFFF}\u{DFFFE}-\u{E0FFF}\u{EFFFE}-\u{10FFFF}]/gu;

function percent(text: string): string {
  return Buffer.from(text, "utf8")
    .toString("hex")
    .toUpperCase()
    .replace(/../g, (byte) => `%${byte}`);
}

function refuse(reason: string): TargetName {
  return { ok: false, class: "InvalidName", reason };
}
