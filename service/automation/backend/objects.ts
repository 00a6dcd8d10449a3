import { fileObjects } from "./file-objects.ts";
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
export async function openObjects(
  address: string | undefined,
  env: NodeJS.ProcessEnv,
): Promise<BackendObjects | undefined> {
  if (address === undefined) return undefined;
  const { kind, url } = readable(address);
  if (kind === undefined || url === undefined) return undefined;
  if (kind === "file") return fileObjects(url);
  // The clouds' clients are large, and every operation loads what stands at the head of a file.
  if (kind === "s3") return (await import("./s3-objects.ts")).s3Objects(url, env);
  if (kind === "azblob") return (await import("./azblob-objects.ts")).azblobObjects(url, env);
  return undefined;
}

/** The engine reads more forms than we do, such as file://~. */
function readable(address: string): Partial<ReturnType<typeof parseBackend>> {
  try {
    return parseBackend(address, "PULUMI_BACKEND_URL");
  } catch {
    return {};
  }
}
