import { createHash } from "node:crypto";
import { glob, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
/** What decides what is built. (It takes only types of the runtime; a new version of a provider shows in the plan.) */
const patterns = ["infra/**/*.ts"];

/**
 * Tells one program from another: sha256:… of its files.
 * @param program - Another module than the product's own.
 */
export async function programDigest(program?: string): Promise<string> {
  const product = productRoot(program);
  const files = product === undefined ? [program ?? ""] : await productFiles(product);
  const base = product ?? dirname(program ?? "");
  const hash = createHash("sha256");
  for (const file of files) {
    const text = await readFile(file);
    hash.update(`${file.slice(base.length)}\0${text.length}\0`).update(text);
  }
  return `sha256:${hash.digest("hex")}`;
}

const goodForMs = 5_000;
const known = new Map<string | undefined, { digest: Promise<string>; until: number }>();

/** The same, asked at most every few seconds: a new version may be put in place under a running service. */
export function currentProgram(program: string | undefined): Promise<string> {
  const last = known.get(program);
  if (last !== undefined && Date.now() < last.until) return last.digest;
  const digest = programDigest(program);
  known.set(program, { digest, until: Date.now() + goodForMs });
  return digest;
}

/** A copy of the product's program is told by its files, wherever it lies: the same files are the same program. */
function productRoot(program: string | undefined): string | undefined {
  if (program === undefined) return root;
  return program.endsWith("/infra/program.ts") ? join(program, "../../") : undefined;
}

async function productFiles(folder: string): Promise<string[]> {
  const files: string[] = [];
  for await (const file of glob(patterns, { cwd: folder })) files.push(file);
  return files.sort().map((file) => join(folder, file));
}
