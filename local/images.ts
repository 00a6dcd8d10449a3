import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bundleRuntime } from "../runtime/build.ts";

/** What a container image is here: a folder that stands for the container's /app, and what it starts. */
export interface Image {
  readonly folder: string;
  /** As in a Dockerfile, for example `["node", "/app/worker.mjs"]`. */
  readonly entrypoint: readonly string[];
}

/**
 * Stands for the container registry and the builder: an "image" is the bundled runtime in a folder named by
 * its digest, so unchanged code has an unchanged image URI and an old task definition finds its old code.
 */
export class ImageStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Bundles runtime/ and returns `REPOSITORY@sha256:DIGEST`. */
  async build(repositoryUrl: string): Promise<{ imageUri: string }> {
    const aside = join(this.#folder, `.building-${process.pid}-${Date.now()}`);
    await mkdir(aside, { recursive: true });
    try {
      const { digest, entrypoint } = await bundleRuntime(aside);
      await writeFile(join(aside, "image.json"), JSON.stringify({ entrypoint }));
      await this.#keep(aside, digest);
      return { imageUri: `${repositoryUrl}@sha256:${digest}` };
    } finally {
      await rm(aside, { recursive: true, force: true });
    }
  }

  /** The image's folder and entry point; undefined when nothing was ever built under that digest. */
  async resolve(imageUri: string): Promise<Image | undefined> {
    const digest = /@sha256:([0-9a-f]{64})$/.exec(imageUri)?.[1];
    if (digest === undefined) return undefined;
    const folder = this.#path(digest);
    if (!existsSync(join(folder, "image.json"))) return undefined;
    const text = await readFile(join(folder, "image.json"), "utf8");
    return { folder, ...(JSON.parse(text) as { entrypoint: string[] }) };
  }

  async #keep(aside: string, digest: string): Promise<void> {
    if (existsSync(join(this.#path(digest), "image.json"))) return;
    await rm(this.#path(digest), { recursive: true, force: true });
    await rename(aside, this.#path(digest));
  }

  #path(digest: string): string {
    return join(this.#folder, `sha256-${digest}`);
  }
}
