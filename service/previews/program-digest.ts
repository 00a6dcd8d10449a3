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
  const files = program === undefined ? await productFiles() : [program];
  const base = program === undefined ? root : dirname(program);
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

async function productFiles(): Promise<string[]> {
  const files: string[] = [];
  for await (const file of glob(patterns, { cwd: root })) files.push(file);
  return files.sort().map((file) => join(root, file));
}
