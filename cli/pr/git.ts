import { spawn } from "node:child_process";
import { buffer } from "node:stream/consumers";
import { BadUsage } from "../errors.ts";

/** A repository on this machine. */
export class Git {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The commit that a name stands for. */
  async commit(name: string): Promise<string> {
    const sha = await this.#run([
      "rev-parse",
      "--verify",
      "--quiet",
      "--end-of-options",
      `${name}^{commit}`,
    ]);
    return sha.toString().trim();
  }

  /** What differs between where two commits parted and the second: old and new names, null where there is none. */
  async changed(base: string, head: string): Promise<{ from: string | null; to: string | null }[]> {
    const out = await this.#run([
      "diff",
      "--name-status",
      "-z",
      "-M",
      "--no-ext-diff",
      `${base}...${head}`,
      "--",
    ]);
    return parseNameStatus(out.toString());
  }

  /** The names of all files below a folder at a commit. */
  async files(commit: string, folder: string): Promise<string[]> {
    const out = await this.#run(["ls-tree", "-r", "-z", "--name-only", commit, "--", folder]);
    return out
      .toString()
      .split("\0")
      .filter((name) => name !== "");
  }

  /** A file's bytes at a commit; undefined: it is not there. */
  async read(commit: string, path: string): Promise<Buffer | undefined> {
    const { code, out } = await this.#try(["cat-file", "blob", `${commit}:${path}`]);
    return code === 0 ? out : undefined;
  }

  /** Commits of a push, the first parent's line, oldest first. */
  async pushed(before: string, after: string): Promise<string[]> {
    const isNew = /^0+$/.test(before);
    const range = isNew ? ["-1", after] : [`${before}..${after}`];
    const out = await this.#run(["rev-list", "--first-parent", "--reverse", ...range, "--"]);
    return out
      .toString()
      .split("\n")
      .filter((line) => line !== "");
  }

  async #run(args: readonly string[]): Promise<Buffer> {
    const { code, out, err } = await this.#try(args);
    if (code === 0) return out;
    throw new BadUsage(
      `git ${args[0] ?? ""} failed: ${err.trim() || `exit code ${code}`}. The whole history is needed: with actions/checkout, set fetch-depth: 0.`,
    );
  }

  async #try(args: readonly string[]): Promise<{ code: number; out: Buffer; err: string }> {
    const child = spawn("git", ["-c", "core.quotePath=off", ...args], {
      cwd: this.#folder,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const ended = new Promise<number>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code) => resolve(code ?? 1));
    });
    const [code, out, err] = await Promise.all([ended, buffer(child.stdout), buffer(child.stderr)]);
    return { code, out, err: err.toString() };
  }
}

/** `M\0path\0`, `R090\0old\0new\0`, `C075\0old\0new\0`. */
export function parseNameStatus(text: string): { from: string | null; to: string | null }[] {
  const parts = text.split("\0");
  const changes: { from: string | null; to: string | null }[] = [];
  for (let index = 0; index + 1 < parts.length;) {
    const kind = parts[index]?.[0];
    const first = parts[index + 1] ?? "";
    if (kind === "R" || kind === "C") {
      changes.push({ from: kind === "R" ? first : null, to: parts[index + 2] ?? "" });
      index += 3;
    } else {
      changes.push({ from: kind === "A" ? null : first, to: kind === "D" ? null : first });
      index += 2;
    }
  }
  return changes;
}
