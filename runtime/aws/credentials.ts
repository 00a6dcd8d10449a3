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

/** Credentials are fetched again when they have less than this left. */
const MARGIN_MS = 5 * 60_000;

interface Held extends Credentials {
  readonly expiration?: Date | undefined;
}

/**
 * Credentials by the SDK's default chain: environment, profile, web identity, the container's endpoint, the instance. Kept until they are
 * about to expire; however many ask, they are fetched once.
 */
export function defaultCredentials(profile?: string): CredentialSource {
  const chain = fromNodeProviderChain(profile === undefined ? {} : { profile });
  let held: Held | undefined;
  let fetching: Promise<Held> | undefined;
  const fetch = (forceRefresh: boolean): Promise<Held> => {
    fetching ??= chain({ forceRefresh })
      .then((fetched) => (held = keep(held, fetched)))
      .finally(() => (fetching = undefined));
    return fetching;
  };
  return {
    get: async (asked) => {
      if (held !== undefined && fresh(held)) return held;
      try {
        return await fetch(false);
      } catch (error) {
        throw noCredentials(asked, error);
      }
    },
    refresh: async () => {
      const before = held;
      try {
        return (await fetch(true)) !== before;
      } catch {
        return false;
      }
    },
  };
}

/** The same object for the same credentials, so that a change can be told. */
function keep(before: Held | undefined, fetched: Held): Held {
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = fetched;
  const sameKeys = before?.accessKeyId === accessKeyId && before.sessionToken === sessionToken;
  if (sameKeys && before.expiration?.getTime() === expiration?.getTime()) return before;
  keepSecret(secretAccessKey);
  if (sessionToken !== undefined) keepSecret(sessionToken);
  return { accessKeyId, secretAccessKey, sessionToken, expiration };
}

function fresh(held: Held): boolean {
  return held.expiration === undefined || held.expiration.getTime() - Date.now() > MARGIN_MS;
}

function noCredentials(asked: Asked, cause: unknown): CloudError {
  return new CloudError(
    {
      ...asked,
      code: "NoCredentials",
      status: 0,
      said: cause instanceof Error ? cause.message : String(cause),
      remedy: "Run the worker with a task role, a profile or AWS_ACCESS_KEY_ID.",
    },
    { cause },
  );
}
