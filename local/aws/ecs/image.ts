import { cannotInitialize, cannotPull } from "./failure.ts";
import type { TaskRole } from "./roles.ts";

/** An image, ready to run: a folder that stands for the container's /app, and what it starts. */
export interface Image {
  readonly folder: string;
  readonly entrypoint: readonly string[];
}

/** Where images come from; nothing is known by a URI that was never built. */
export interface Images {
  resolve(imageUri: string): Promise<Image | undefined> | Image | undefined;
}

const ECR = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com\/([^:@]+)/;
const PULL = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];

export function isEcrImage(imageUri: string): boolean {
  return ECR.test(imageUri);
}

/**
 * Pulls an image: with the execution role's permissions when it lies in ECR.
 * @throws StartFailure
 */
export async function pullImage(
  images: Images,
  container: string,
  imageUri: string,
  role: TaskRole | undefined,
): Promise<Image> {
  const [, account = "", region = "", repository = ""] = ECR.exec(imageUri) ?? [];
  if (repository !== "")
    checkPull(role, container, `arn:aws:ecr:${region}:${account}:repository/${repository}`);
  const image = await images.resolve(imageUri);
  if (image === undefined)
    throw cannotPull(
      container,
      `pull image manifest has been retried 1 time(s): failed to resolve ref ${imageUri}: ${imageUri}: not found`,
    );
  return image;
}

function checkPull(role: TaskRole | undefined, container: string, repositoryArn: string): void {
  const token = role?.may("ecr:GetAuthorizationToken", "*");
  if (token?.allowed !== true)
    throw cannotInitialize(
      "unable to pull secrets or registry auth",
      `execution resource retrieval failed: unable to retrieve ecr registry auth: service call has been retried 1 time(s): AccessDeniedException: ${token?.message ?? "the task has no execution role"}`,
    );
  for (const action of PULL) {
    const decision = role?.may(action, repositoryArn);
    if (decision?.allowed === false)
      throw cannotPull(
        container,
        `pull image manifest has been retried 1 time(s): failed to resolve ref: unexpected status from HEAD request: 403 Forbidden: ${decision.message}`,
      );
  }
}
