import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type * as pulumi from "@pulumi/pulumi";
import { Image } from "@pulumi/awsx/ecr/image.js";
import { Repository } from "@pulumi/awsx/ecr/repository.js";
import { repositoryName } from "../names.ts";
import type { Tags } from "../tags.ts";

/** Builders without emulation are mostly x86, so the image is too. */
export const IMAGE_PLATFORM = "linux/amd64";
export const CPU_ARCHITECTURE = "X86_64";

const KEPT_IMAGES = 20;

/** The repository of worker images; destroying it deletes them, they can be built again. */
export function workerRepository(
  name: string,
  environment: string,
  tags: Tags,
  parent: pulumi.Resource,
): Repository {
  return new Repository(
    name,
    {
      name: repositoryName(environment),
      forceDelete: true,
      imageScanningConfiguration: { scanOnPush: true },
      lifecyclePolicy: { rules: [{ tagStatus: "any", maximumNumberOfImages: KEPT_IMAGES }] },
      tags: { ...tags },
    },
    { parent },
  );
}

/** The worker, built from this repository's runtime/ and named by its digest. */
export function workerImage(name: string, repository: Repository, parent: pulumi.Resource): Image {
  const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
  return new Image(
    name,
    {
      repositoryUrl: repository.url,
      context: root,
      dockerfile: `${root}/runtime/Dockerfile`,
      platform: IMAGE_PLATFORM,
    },
    { parent },
  );
}
