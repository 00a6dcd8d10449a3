import { delimiter, dirname, join } from "node:path";
import type { Image } from "./image.ts";
import type { ContainerDefinition, Overrides } from "./rows.ts";

export interface Surroundings {
  readonly region: string;
  /** The AWS endpoint that the task reaches by its own way out. */
  readonly endpoint: string;
  readonly credentialsUri?: string | undefined;
  readonly credentialsToken?: string | undefined;
  readonly metadataUri: string;
}

/**
 * A container's environment: what the definition says, what ECS adds, and nothing of ours. What ECS adds for
 * credentials wins, as in the agent.
 */
export function containerEnvironment(
  container: ContainerDefinition,
  overrides: Overrides,
  secrets: Readonly<Record<string, string>>,
  around: Surroundings,
): Record<string, string> {
  const own = overrides.containers.find(({ name }) => name === container.name)?.environment ?? [];
  return {
    PATH: [dirname(process.execPath), "/usr/local/bin", "/usr/bin", "/bin"].join(delimiter),
    HOME: "/tmp",
    AWS_EXECUTION_ENV: "AWS_ECS_FARGATE",
    AWS_REGION: around.region,
    AWS_DEFAULT_REGION: around.region,
    AWS_ENDPOINT_URL: around.endpoint,
    AWS_EC2_METADATA_DISABLED: "true",
    ...Object.fromEntries(
      [...container.environment, ...own].map(({ name, value }) => [name, value]),
    ),
    ...secrets,
    ECS_CONTAINER_METADATA_URI_V4: around.metadataUri,
    ...(around.credentialsUri === undefined
      ? {}
      : { AWS_CONTAINER_CREDENTIALS_FULL_URI: around.credentialsUri }),
    ...(around.credentialsToken === undefined
      ? {}
      : { AWS_CONTAINER_AUTHORIZATION_TOKEN: around.credentialsToken }),
  };
}

/** What a container runs: as in Docker, an entry point of its own drops the image's, a command follows. */
export function containerArgv(
  container: ContainerDefinition,
  overrides: Overrides,
  image: Image,
): string[] {
  const changed = overrides.containers.find(({ name }) => name === container.name)?.command;
  const argv = [
    ...(container.entryPoint ?? image.entrypoint),
    ...(changed ?? container.command ?? []),
  ];
  return localArgv(argv, image);
}

/** The program of a health check; undefined when there is none. */
export function healthArgv(container: ContainerDefinition, image: Image): string[] | undefined {
  const [kind, ...rest] = container.healthCheck?.command ?? ["NONE"];
  switch (kind) {
    case "CMD":
      return localArgv(rest, image);
    case "CMD-SHELL":
      return ["/bin/sh", "-c", (rest[0] ?? "").replaceAll("/app/", `${image.folder}/`)];
    default:
      return undefined;
  }
}

/** `/app` is the image's folder, and `node` the Node that we run on. */
function localArgv(argv: readonly string[], image: Image): string[] {
  return argv.map((part, index) => {
    if (index === 0 && part === "node") return process.execPath;
    if (part === "/app") return image.folder;
    return part.startsWith("/app/") ? join(image.folder, part.slice("/app/".length)) : part;
  });
}
