import type { CredentialSource } from "../../runtime/aws/credentials.ts";
import { keepSecret } from "../../runtime/secrets.ts";
import type { S3Access } from "./aws.ts";

/** Keys of the environment as they are; only where there are none is the SDK's chain loaded, which takes longer than all the rest of a start. */
export async function credentialSource(access: S3Access): Promise<CredentialSource> {
  const { credentials } = access;
  if (credentials.from === "chain") {
    const { defaultCredentials } = await import("../../runtime/aws/credentials.ts");
    return defaultCredentials(credentials.profile);
  }
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  keepSecret(secretAccessKey);
  if (sessionToken !== undefined) keepSecret(sessionToken);
  const keys = { accessKeyId, secretAccessKey, sessionToken };
  return { get: () => keys, refresh: () => Promise.resolve(false) };
}
