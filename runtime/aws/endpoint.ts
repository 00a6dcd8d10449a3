export type AwsService = "s3" | "sqs" | "ssm";

/** Where a service is reached: the ecosystem's own variables, else the partition's public endpoint. */
export function endpointOf(service: AwsService, region: string, env: NodeJS.ProcessEnv): URL {
  const custom = customEndpoint(service, env);
  if (custom !== undefined) return new URL(custom);
  const suffix = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  return new URL(`https://${service}.${region}.${suffix}`);
}

/** AWS_ENDPOINT_URL_S3 and its like, AWS_ENDPOINT_URL. */
export function customEndpoint(service: AwsService, env: NodeJS.ProcessEnv): string | undefined {
  const own = env[`AWS_ENDPOINT_URL_${service.toUpperCase()}`];
  const any = env["AWS_ENDPOINT_URL"];
  return [own, any].find((value) => value !== undefined && value !== "");
}

/** A bucket's origin and the path its keys begin with: by host name where TLS certificates and the endpoint allow it, else by path. */
export function bucketAddress(
  bucket: string,
  region: string,
  env: NodeJS.ProcessEnv,
): { readonly origin: string; readonly base: string } {
  const endpoint = endpointOf("s3", region, env);
  const byPath = customEndpoint("s3", env) !== undefined || bucket.includes(".");
  if (byPath) {
    const base = endpoint.pathname.replace(/\/$/, "");
    return { origin: endpoint.origin, base: `${base}/${bucket}` };
  }
  return { origin: `https://${bucket}.${endpoint.host}`, base: "" };
}
