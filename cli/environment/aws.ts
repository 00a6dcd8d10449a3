import { NoAccess } from "../errors.ts";
import type { S3Address } from "../address/address.ts";

/** `--source-endpoint` and its like, for one side. */
export interface SideOptions {
  readonly endpoint?: string | undefined;
  readonly region?: string | undefined;
  readonly profile?: string | undefined;
  readonly addressing?: "auto" | "path" | "virtual" | undefined;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where a bucket is and who asks. */
export interface S3Access {
  readonly bucket: string;
  readonly region: string;
  /** Undefined: Amazon's own. */
  readonly endpoint: string | undefined;
  readonly addressing: "auto" | "path" | "virtual";
  /** Keys from the environment; `chain`: the SDK's chain finds them (profile, SSO, web identity, container, instance). */
  readonly credentials:
    | {
        readonly from: "environment";
        readonly accessKeyId: string;
        readonly secretAccessKey: string;
        readonly sessionToken: string | undefined;
      }
    | { readonly from: "chain"; readonly profile: string | undefined };
}

/** Reads the variables that the AWS CLI and the SDKs read, in their order: options, then the address, then the environment. */
export function s3Access(address: S3Address, options: SideOptions, env: Environment): S3Access {
  const endpoint =
    options.endpoint ?? address.endpoint ?? first(env, "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL");
  return {
    bucket: address.bucket,
    region:
      options.region ??
      address.region ??
      first(env, "AWS_REGION", "AWS_DEFAULT_REGION") ??
      "us-east-1",
    endpoint: endpoint === undefined ? undefined : endpointUrl(endpoint),
    addressing: options.addressing ?? address.style ?? "auto",
    credentials: credentialsOf(options, env),
  };
}

/** Amazon's own, or another server that speaks S3. */
export function isAmazon({ endpoint }: S3Access): boolean {
  return endpoint === undefined || /\.amazonaws\.com(\.cn)?$/.test(new URL(endpoint).hostname);
}

function credentialsOf(options: SideOptions, env: Environment): S3Access["credentials"] {
  const profile = options.profile ?? first(env, "AWS_PROFILE");
  const accessKeyId = first(env, "AWS_ACCESS_KEY_ID");
  const secretAccessKey = first(env, "AWS_SECRET_ACCESS_KEY");
  // A profile that was named wins, as it does in the SDKs.
  if (profile === undefined && accessKeyId !== undefined) {
    if (secretAccessKey === undefined) {
      throw new NoAccess(
        "AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY is not. Set both, or neither and name a profile with AWS_PROFILE.",
      );
    }
    const sessionToken = first(env, "AWS_SESSION_TOKEN");
    return { from: "environment", accessKeyId, secretAccessKey, sessionToken };
  }
  return { from: "chain", profile };
}

function endpointUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new NoAccess(
      `${JSON.stringify(text)} is no endpoint. Expected a URL such as "https://oss-eu-central-1.aliyuncs.com".`,
    );
  }
  return `${url.origin}${url.pathname.replace(/\/$/, "")}`;
}

export function first(env: Environment, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = env[name];
    if (value !== undefined && value !== "") return value;
  }
  return undefined;
}
