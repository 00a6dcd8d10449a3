import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { readSchema } from "../schema/schema.ts";
import type { ComponentPackage } from "./construct.ts";
import { imageBuilder, type ImageBuilder } from "./image.ts";
import { buildRepository } from "./repository.ts";
import { buildVpc } from "./vpc.ts";

/** The stand-in for pulumi-awsx: the components that it serves. */
export function awsxPackage(images: ImageBuilder): ComponentPackage {
  return {
    schema: { name: "awsx", version: installedVersion("@pulumi/awsx") },
    awsVersion: readSchema("aws").version,
    types: {
      "awsx:ec2:Vpc": buildVpc,
      "awsx:ecr:Repository": buildRepository,
      "awsx:ecr:Image": imageBuilder(images),
    },
  };
}

function installedVersion(packageName: string): string {
  const require = createRequire(import.meta.url);
  const manifest = readFileSync(require.resolve(`${packageName}/package.json`), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}
