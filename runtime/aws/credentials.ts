import { fromNodeProviderChain } from "@aws-sdk/credential-providers";
import { CloudError } from "../errors.ts";
import type { Asked } from "../http/failure.ts";
import { keepSecret } from "../secrets.ts";
import type { Credentials } from "./sign.ts";

export interface CredentialSource {
  get(asked: Asked): Promise<Credentials>;
  /** Fetches them again, whatever their expiry; true when others came. */
  refresh(): Promise<boolean>;
}

/** Credentials by the SDK's default chain: environment, profile, web identity, the container's endpoint, the instance. Kept until they expire. */
export function defaultCredentials(): CredentialSource {
  const chain = fromNodeProviderChain();
  let last: Credentials | undefined;
  const fetch = async (forceRefresh: boolean): Promise<Credentials> => {
    const { accessKeyId, secretAccessKey, sessionToken } = await chain({ forceRefresh });
    if (last?.accessKeyId === accessKeyId && last.sessionToken === sessionToken) return last;
    keepSecret(secretAccessKey);
    if (sessionToken !== undefined) keepSecret(sessionToken);
    last = { accessKeyId, secretAccessKey, sessionToken };
    return last;
  };
  return {
    get: async (asked) => {
      try {
        return await fetch(false);
      } catch (error) {
        throw noCredentials(asked, error);
      }
    },
    refresh: async () => {
      const before = last;
      try {
        return (await fetch(true)) !== before;
      } catch {
        return false;
      }
    },
  };
}

function noCredentials(asked: Asked, cause: unknown): CloudError {
  return new CloudError(
    {
      ...asked,
      code: "NoCredentials",
      // A credentials endpoint that does not answer is usually back soon.
      status: 503,
      said: cause instanceof Error ? cause.message : String(cause),
      remedy: "Run the worker with a task role, a profile or AWS_ACCESS_KEY_ID.",
    },
    { cause },
  );
}
