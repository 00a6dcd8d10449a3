import { azblobObjects } from "./azblob-objects.ts";
import { fileObjects } from "./file-objects.ts";
import { s3Objects } from "./s3-objects.ts";
import { parseBackend } from "./url.ts";

/** What a state backend holds, as far as we look into it: the engine's own commands do not tell who holds a lock. */
export interface BackendObjects {
  /** Keys that begin with a prefix, without the backend's own prefix. */
  list(prefix: string): Promise<string[]>;
  /** Undefined when there is no such object. */
  read(key: string): Promise<string | undefined>;
  close(): void;
}

/** Undefined where we have no client: Google's storage, Azure without a key or a SAS, and a Pulumi service, which has leases of its own. */
export function openObjects(
  address: string | undefined,
  env: NodeJS.ProcessEnv,
): BackendObjects | undefined {
  if (address === undefined) return undefined;
  const { kind, url } = readable(address);
  if (kind === undefined || url === undefined) return undefined;
  if (kind === "file") return fileObjects(url);
  if (kind === "s3") return s3Objects(url, env);
  return kind === "azblob" ? azblobObjects(url, env) : undefined;
}

/** The engine reads more forms than we do, such as file://~. */
function readable(address: string): Partial<ReturnType<typeof parseBackend>> {
  try {
    return parseBackend(address, "PULUMI_BACKEND_URL");
  } catch {
    return {};
  }
}
