import {
  GetObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  S3Client,
  type S3ClientConfig,
} from "@aws-sdk/client-s3";
import { fromIni } from "@aws-sdk/credential-providers";
import type { BackendObjects } from "./objects.ts";

/** An S3 bucket, by the parameters that gocloud.dev reads from its address. */
export function s3Objects(url: URL, env: NodeJS.ProcessEnv): BackendObjects {
  const s3 = new S3Client(configOf(url, env));
  const Bucket = url.hostname;
  const under = url.pathname.replace(/^\/|\/$/g, "");
  const full = (key: string): string => (under === "" ? key : `${under}/${key}`);
  return {
    list: async (prefix) => {
      const keys: string[] = [];
      let token: string | undefined;
      do {
        const page = await s3.send(
          new ListObjectsV2Command({ Bucket, Prefix: full(prefix), ContinuationToken: token }),
        );
        for (const { Key = "" } of page.Contents ?? []) keys.push(Key.slice(full("").length));
        token = page.NextContinuationToken;
      } while (token !== undefined);
      return keys;
    },
    read: async (key) => {
      try {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: full(key) }));
        return await Body?.transformToString();
      } catch (error) {
        if (error instanceof NoSuchKey) return undefined;
        throw error;
      }
    },
    close: () => s3.destroy(),
  };
}

function configOf(url: URL, env: NodeJS.ProcessEnv): S3ClientConfig {
  const given = (name: string): string | undefined => url.searchParams.get(name) ?? undefined;
  const is = (...names: string[]): boolean => names.some((name) => given(name) === "true");
  const endpoint = given("endpoint") ?? env.AWS_ENDPOINT_URL_S3 ?? env.AWS_ENDPOINT_URL;
  const region = given("region") ?? env.AWS_REGION ?? env.AWS_DEFAULT_REGION;
  const profile = given("profile");
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = env;
  const sessionToken = env.AWS_SESSION_TOKEN;
  return {
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    // An endpoint of one's own has no bucket subdomains.
    forcePathStyle: endpoint !== undefined || is("s3ForcePathStyle", "use_path_style"),
    useDualstackEndpoint: is("dualstack"),
    useFipsEndpoint: is("fips"),
    requestHandler: { requestTimeout: 30_000, connectionTimeout: 5_000 },
    ...(profile !== undefined
      ? { credentials: fromIni({ profile }) }
      : accessKeyId !== undefined && secretAccessKey !== undefined
        ? {
            credentials: {
              accessKeyId,
              secretAccessKey,
              ...(sessionToken === undefined ? {} : { sessionToken }),
            },
          }
        : {}),
  };
}
