import { status } from "@grpc/grpc-js";
import { ProviderError } from "../wire/errors.ts";

/** Runs a step; what the cloud answers to it becomes an error that says which step it was, in the cloud's words. */
export async function worded<T>(step: string, run: () => Promise<T> | T): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof ProviderError) throw error;
    throw new ProviderError(`${step}: ${inCloudWords(error)}`, {
      code: codeOf(error),
      cause: error,
    });
  }
}

interface CloudError {
  readonly name: string;
  readonly message: string;
  readonly code?: unknown;
  readonly status?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
}

/** `EntityAlreadyExists: Role with name x already exists. (HTTP 409, request 1f0c...)`. */
function inCloudWords(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { name, message, code, status: http, $metadata } = error as CloudError;
  const title = typeof code === "string" ? code : name === "Error" ? undefined : name;
  const answered = $metadata?.httpStatusCode ?? (typeof http === "number" ? http : undefined);
  const request = $metadata?.requestId === undefined ? "" : `, request ${$metadata.requestId}`;
  const tail = answered === undefined ? "" : ` (HTTP ${answered}${request})`;
  return `${title === undefined ? "" : `${title}: `}${message}${tail}`;
}

function codeOf(error: unknown): status {
  const missing = error instanceof Error && /NotFound|NoSuch/.test(error.name);
  return missing ? status.NOT_FOUND : status.UNKNOWN;
}
