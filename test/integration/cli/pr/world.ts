import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { GitHubServer } from "../../../support/github/server.ts";
import { platform } from "../platform/service.ts";

const run = promisify(execFile);

export function spec(prefix: string): string {
  return `kind: copy\nsource:\n  type: s3\n  prefix: ${prefix}\ntargets:\n  - type: azure-blob\n`;
}

/** A repository of specs, a GitHub with its pull requests, and a service. */
export async function pullWorld() {
  const folder = await mkdtemp(join(tmpdir(), "causeway-specs-"));
  const github = new GitHubServer();
  const [service] = await Promise.all([platform(), github.listen()]);
  const git = async (...args: string[]): Promise<string> => {
    const who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"];
    return (await run("git", [...who, ...args], { cwd: folder })).stdout.trim();
  };
  const write = async (files: Readonly<Record<string, string | null>>): Promise<void> => {
    for (const [name, content] of Object.entries(files)) {
      const path = join(folder, name);
      await mkdir(dirname(path), { recursive: true });
      if (content === null) await rm(path);
      else await writeFile(path, content);
    }
  };
  const commit = async (files: Readonly<Record<string, string | null>>): Promise<string> => {
    await write(files);
    await git("add", "-A");
    await git("commit", "-q", "--allow-empty", "-m", "change");
    return git("rev-parse", "HEAD");
  };
  await git("init", "-q", "-b", "main");
  await commit({ "README.md": "specs" });
  let number = 0;

  const event = async (content: unknown): Promise<string> => {
    const path = join(folder, ".git", `event-${(number += 1)}.json`);
    await writeFile(path, JSON.stringify(content));
    return path;
  };
  const env = {
    GITHUB_TOKEN: "ghs_workflow",
    GITHUB_REPOSITORY: "octo/specs",
    GITHUB_API_URL: github.url,
  };
  return {
    ...service,
    github,
    folder,
    git,
    commit,
    env,
    event,
    /** A branch with these changes, and its pull request. */
    async open(files: Readonly<Record<string, string | null>>) {
      const base = await git("rev-parse", "main");
      const pull = (number += 1);
      await git("checkout", "-q", "-b", `branch-${pull}`, "main");
      const head = await commit(files);
      github.pulls.set(pull, { number: pull, head, base, merged: null });
      return { pull, head };
    },
    /** More commits on the branch of a pull request. */
    async push(pull: number, files: Readonly<Record<string, string | null>>): Promise<string> {
      const head = await commit(files);
      github.pulls.get(pull)!.head = head;
      return head;
    },
    /** Squashes a pull request into main, as people do. */
    async merge(pull: number) {
      const before = await git("rev-parse", "main");
      await git("checkout", "-q", "main");
      await git("merge", "-q", "--squash", `branch-${pull}`);
      const after = await commit({});
      github.pulls.get(pull)!.merged = after;
      return { before, after, path: await event({ before, after }) };
    },
    async preview(pull: number, more: Record<string, string> = {}) {
      const path = await event({ pull_request: { number: pull } });
      return service.command.run(
        ["preview", "--pr"],
        { ...env, GITHUB_EVENT_PATH: path, ...more },
        folder,
      );
    },
    async apply(path: string) {
      return service.command.run(
        ["apply", "--merged"],
        { ...env, GITHUB_EVENT_PATH: path },
        folder,
      );
    },
    comments: (pull: number) => github.comments.get(pull) ?? [],
    async closeAll(): Promise<void> {
      await service.close();
      await github.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
