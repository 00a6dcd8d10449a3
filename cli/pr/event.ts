import { readFile } from "node:fs/promises";
import { keepSecret } from "../../runtime/secrets.ts";
import { BadUsage, NoAccess } from "../errors.ts";
import type { RawOptions } from "../options.ts";
import type { Environment } from "../platform/config-file.ts";
import { textOf } from "../platform/settings.ts";

/** What a job knows of where it runs; the names are those of GitHub Actions. */
export interface Job {
  readonly token: string;
  readonly owner: string;
  readonly repo: string;
  readonly api: string;
  /** Of the event; undefined outside of a pull request's. */
  readonly pull: number | undefined;
  /** Of a push: the commits before and after it. */
  readonly pushed: { readonly before: string; readonly after: string } | undefined;
  /** Who our comments are from, where it was said. */
  readonly commentAs: string | undefined;
  /** A file that GitHub shows with the job. */
  readonly summary: string | undefined;
}

export async function readJob(raw: RawOptions, env: Environment): Promise<Job> {
  const token = need(env, "GITHUB_TOKEN", "a token that may write comments and commit statuses");
  keepSecret(token);
  const repository = need(env, "GITHUB_REPOSITORY", "OWNER/NAME");
  const [owner = "", repo = "", ...more] = repository.split("/");
  if (owner === "" || repo === "" || more.length > 0) {
    throw new BadUsage(`GITHUB_REPOSITORY is ${JSON.stringify(repository)}. Expected OWNER/NAME.`);
  }
  const event = await readEvent(textOf(env["GITHUB_EVENT_PATH"]));
  return {
    token,
    owner,
    repo,
    api: (textOf(env["GITHUB_API_URL"]) ?? "https://api.github.com").replace(/\/+$/, ""),
    pull: pullOf(textOf(raw["pull"]), event),
    pushed:
      isCommit(event.before) && isCommit(event.after)
        ? { before: event.before, after: event.after }
        : undefined,
    commentAs: textOf(raw["commentAs"]),
    summary: textOf(env["GITHUB_STEP_SUMMARY"]),
  };
}

interface Event {
  readonly pull_request?: { readonly number?: number };
  readonly before?: unknown;
  readonly after?: unknown;
}

async function readEvent(path: string | undefined): Promise<Event> {
  if (path === undefined) return {};
  try {
    return JSON.parse(await readFile(path, "utf8")) as Event;
  } catch (error) {
    throw new BadUsage(`GITHUB_EVENT_PATH=${path} cannot be read as an event.`, { cause: error });
  }
}

function pullOf(given: string | undefined, event: Event): number | undefined {
  if (given === undefined) return event.pull_request?.number;
  if (/^[1-9]\d{0,9}$/.test(given)) return Number(given);
  throw new BadUsage(`--pull ${given} is no pull request. Expected its number.`);
}

export function isCommit(text: unknown): text is string {
  return typeof text === "string" && /^[0-9a-f]{40}([0-9a-f]{24})?$/.test(text);
}

function need(env: Environment, name: string, what: string): string {
  const value = textOf(env[name]);
  if (value !== undefined) return value;
  throw new NoAccess(
    `${name} is not set. Expected ${what}; docs/pull-requests.md shows a workflow.`,
  );
}
