import { BadJob, CloudError } from "../errors.ts";
import type { Asked } from "../http/failure.ts";
import { keepSecret } from "../secrets.ts";
import type { Credentials } from "./sign.ts";

export interface CredentialSource {
  /** The same object for the same credentials. Not a promise where they are at hand: every request asks. */
  get(asked: Asked): Credentials | Promise<Credentials>;
  /** Fetches them again, whatever their expiry; true when others came. */
  refresh(): Promise<boolean>;
}

/** Credentials are fetched again when they have less than this left. */
const MARGIN_MS = 5 * 60_000;

/**
 * Keys of the environment, else what the SDK's default chain finds: profile, web identity, the container's endpoint, the instance. A profile that is given by
 * name comes before the environment.
 */
export function defaultCredentials(
  profile?: string,
  env: NodeJS.ProcessEnv = process.env,
): CredentialSource {
  const own = profile === undefined ? environmentKeys(env) : undefined;
  if (own !== undefined) return fixedCredentials(own);
  return fetchedCredentials(chain(profile));
}

/** Keys that do not change. */
export function fixedCredentials(credentials: Credentials): CredentialSource {
  const kept = keep(undefined, credentials);
  return { get: () => kept, refresh: () => Promise.resolve(false) };
}

/**
 * Keys of an S3 that is not AWS's, kept as the JSON text of a secret. `name` is the secret's, for messages; `read` is called when they are first needed and when
 * the server refuses them.
 */
export function secretCredentials(name: string, read: () => Promise<string>): CredentialSource {
  return fetchedCredentials(async () => parseCredentials(await read(), name));
}

/** Kept until they are about to expire; however many ask, they are fetched once. */
export function fetchedCredentials(
  fetchOthers: (forceRefresh: boolean) => Promise<Credentials>,
): CredentialSource {
  let held: Credentials | undefined;
  let fetching: Promise<Credentials> | undefined;
  const fetch = (forceRefresh: boolean): Promise<Credentials> => {
    fetching ??= fetchOthers(forceRefresh)
      .then((fetched) => (held = keep(held, fetched)))
      .finally(() => (fetching = undefined));
    return fetching;
  };
  const fetchFor = async (asked: Asked): Promise<Credentials> => {
    try {
      return await fetch(false);
    } catch (error) {
      throw error instanceof BadJob || error instanceof CloudError
        ? error
        : noCredentials(asked, error);
    }
  };
  return {
    get: (asked) => (held !== undefined && fresh(held) ? held : fetchFor(asked)),
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

/** `{"accessKeyId", "secretAccessKey", "sessionToken"?}`, or the same names in AWS's or Data Transfer Hub's spelling. */
export function parseCredentials(text: string, name: string): Credentials {
  const fields = fieldsOf(text);
  const accessKeyId = fields.get("accesskeyid");
  const secretAccessKey = fields.get("secretaccesskey");
  const sessionToken = fields.get("sessiontoken");
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    throw new BadJob(
      `The secret ${name} holds no credentials: it must be JSON with accessKeyId and secretAccessKey.`,
    );
  }
  return { accessKeyId, secretAccessKey, sessionToken };
}

/** Strings by name, in lower case and without underscores. Nothing of the text goes into an error. */
function fieldsOf(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return fields;
  }
  if (typeof parsed !== "object" || parsed === null) return fields;
  for (const [name, value] of Object.entries(parsed)) {
    if (typeof value === "string" && value !== "") {
      fields.set(name.toLowerCase().replaceAll("_", ""), value);
    }
  }
  return fields;
}

function environmentKeys(env: NodeJS.ProcessEnv): Credentials | undefined {
  const accessKeyId = env["AWS_ACCESS_KEY_ID"] ?? "";
  const secretAccessKey = env["AWS_SECRET_ACCESS_KEY"] ?? "";
  if (accessKeyId === "" || secretAccessKey === "") return undefined;
  const sessionToken = env["AWS_SESSION_TOKEN"] ?? "";
  return { accessKeyId, secretAccessKey, ...(sessionToken === "" ? {} : { sessionToken }) };
}

/** The SDK's chain is loaded when it is first needed: that takes longer than all the rest of a start. */
function chain(profile: string | undefined): (forceRefresh: boolean) => Promise<Credentials> {
  type Provider = (options: { forceRefresh: boolean }) => Promise<Credentials>;
  let provider: Promise<Provider> | undefined;
  return async (forceRefresh) => {
    provider ??= import("@aws-sdk/credential-providers").then(({ fromNodeProviderChain }) =>
      fromNodeProviderChain(profile === undefined ? {} : { profile }),
    );
    return (await provider)({ forceRefresh });
  };
}

/** The same object for the same credentials, so that a change can be told. */
function keep(before: Credentials | undefined, fetched: Credentials): Credentials {
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = fetched;
  const same =
    before?.accessKeyId === accessKeyId &&
    before.secretAccessKey === secretAccessKey &&
    before.sessionToken === sessionToken &&
    before.expiration?.getTime() === expiration?.getTime();
  if (same) return before;
  keepSecret(secretAccessKey);
  if (sessionToken !== undefined) keepSecret(sessionToken);
  return { accessKeyId, secretAccessKey, sessionToken, expiration };
}

function fresh(held: Credentials): boolean {
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
