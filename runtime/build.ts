import { createHash } from "node:crypto";
import { cp, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build, stop, type BuildOptions, type OutputFile } from "esbuild";
import { platformFolder } from "./checksum/crc64.ts";

export interface Bundle {
  /** SHA-256 in hex over names and contents: the same sources on the same platform give the same digest. */
  readonly digest: string;
  /** How a container starts it, the folder being `/app`. */
  readonly entrypoint: string[];
}

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, "..");
const VIRTUAL_FOLDER = join(root, "bundle");

/**
 * Bundles the worker into a folder that runs alone, `node FOLDER/worker.mjs`: the program, what it loads when it needs it (the rarer
 * sources of credentials), their source maps, and the native checksum for this platform. What the folder held before is replaced.
 */
export async function bundleRuntime(outFolder: string): Promise<Bundle> {
  await rm(outFolder, { recursive: true, force: true });
  await mkdir(outFolder, { recursive: true });
  const outputFiles = await bundled({
    absWorkingDir: root,
    entryPoints: { worker: join(here, "worker.ts") },
    // Names and source maps depend on where the output lies: it always lies here, and is then written where it is wanted.
    outdir: VIRTUAL_FOLDER,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node24",
    mainFields: ["module", "main"],
    outExtension: { ".js": ".mjs" },
    chunkNames: "chunk-[hash]",
    sourcemap: true,
    sourcesContent: false,
    legalComments: "none",
    logLevel: "error",
    // Packages in CommonJS ask for `require`, which a module does not have.
    banner: {
      js: `import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);`,
    },
  });
  for (const file of outputFiles) {
    await writeFile(join(outFolder, relative(VIRTUAL_FOLDER, file.path)), file.contents);
  }
  await copyNative(outFolder);
  return { digest: await digestOf(outFolder), entrypoint: ["node", "/app/worker.mjs"] };
}

let building = 0;

/** Builds in memory, and ends esbuild's own process after the last build: it would stay, with 100 MB. */
async function bundled(options: BuildOptions): Promise<OutputFile[]> {
  building += 1;
  try {
    return (await build({ ...options, write: false })).outputFiles;
  } finally {
    building -= 1;
    if (building === 0) await stop();
  }
}

/** Where checksum/crc64.ts looks for it. */
async function copyNative(outFolder: string): Promise<void> {
  const installed = dirname(createRequire(import.meta.url).resolve("aws-crt/package.json"));
  const from = join(installed, "dist", "bin", platformFolder());
  await cp(from, join(outFolder, "aws-crt", platformFolder()), { recursive: true });
}

async function digestOf(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
  const hash = createHash("sha256");
  for (const file of files) {
    const bytes = await readFile(join(folder, file));
    hash.update(`${file}\n${bytes.length}\n`).update(bytes);
  }
  return hash.digest("hex");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const out = process.argv[2] ?? join(root, ".causeway", "runtime");
  const { digest } = await bundleRuntime(out);
  console.log(`${out} sha256:${digest}`);
}
