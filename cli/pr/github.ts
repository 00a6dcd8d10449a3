import { Octokit } from "@octokit/core";
import { paginateRest } from "@octokit/plugin-paginate-rest";
import { throttling } from "@octokit/plugin-throttling";
import { NoAccess } from "../errors.ts";
import type { Job } from "./event.ts";

const Base = Octokit.plugin(paginateRest, throttling);
const mostRetries = 3;
/** Longer than this no job should hold its runner. */
const longestWaitSeconds = 120;

export interface Comment {
  readonly id: number;
  readonly body: string;
  readonly author: string;
}

export interface Pull {
  readonly number: number;
  readonly head: string;
  readonly base: string;
  /** The commit that merged it; null before. */
  readonly merged: string | null;
}

export type StatusState = "pending" | "success" | "failure" | "error";

/** The little of GitHub that this needs, in our words. Waits where GitHub asks for patience. */
export class GitHub {
  readonly #kit: InstanceType<typeof Base>;
  readonly #where: { readonly owner: string; readonly repo: string };
  readonly #job: Job;
  #self: string | undefined;

  constructor(job: Job, note: (text: string) => void) {
    this.#job = job;
    this.#where = { owner: job.owner, repo: job.repo };
    const patience = (seconds: number, what: string, retries: number): boolean => {
      const again = retries < mostRetries && seconds <= longestWaitSeconds;
      note(`GitHub's ${what} is reached; ${again ? `again in ${seconds} s` : "giving up"}.`);
      return again;
    };
    this.#kit = new Base({
      auth: job.token,
      baseUrl: job.api,
      userAgent: "causeway-cli",
      log: { debug: silent, info: silent, warn: silent, error: silent },
      throttle: {
        ...(isHere(job.api) ? (unpaced as object) : {}),
        onRateLimit: (seconds, _options, _kit, retries) => patience(seconds, "rate limit", retries),
        onSecondaryRateLimit: (seconds, _options, _kit, retries) =>
          patience(seconds, "secondary rate limit", retries),
      },
    });
  }

  async pull(number: number): Promise<Pull> {
    const { data } = await this.#ask("read the pull request", () =>
      this.#kit.request("GET /repos/{owner}/{repo}/pulls/{pull_number}", {
        ...this.#where,
        pull_number: number,
      }),
    );
    return toPull(data);
  }

  /** Pull requests that a commit belongs to. */
  async pullsOf(commit: string): Promise<Pull[]> {
    const pulls = await this.#ask("read the commit's pull requests", () =>
      this.#kit.paginate("GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls", {
        ...this.#where,
        commit_sha: commit,
        per_page: 100,
      }),
    );
    return pulls.map(toPull);
  }

  /** All comments, oldest first. */
  async comments(pull: number): Promise<Comment[]> {
    const comments = await this.#ask("read the comments", () =>
      this.#kit.paginate("GET /repos/{owner}/{repo}/issues/{issue_number}/comments", {
        ...this.#where,
        issue_number: pull,
        per_page: 100,
      }),
    );
    return comments.map(({ id, body, user }) => ({
      id: Number(id),
      body: body ?? "",
      author: user?.login ?? "",
    }));
  }

  async createComment(pull: number, body: string): Promise<number> {
    const { data } = await this.#ask("write a comment", () =>
      this.#kit.request("POST /repos/{owner}/{repo}/issues/{issue_number}/comments", {
        ...this.#where,
        issue_number: pull,
        body,
      }),
    );
    return Number(data.id);
  }

  /** @returns whether it was still there. */
  async updateComment(id: number, body: string): Promise<boolean> {
    return this.#unlessGone("change a comment", () =>
      this.#kit.request("PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}", {
        ...this.#where,
        comment_id: id,
        body,
      }),
    );
  }

  async deleteComment(id: number): Promise<boolean> {
    return this.#unlessGone("delete a comment", () =>
      this.#kit.request("DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}", {
        ...this.#where,
        comment_id: id,
      }),
    );
  }

  async setStatus(
    commit: string,
    status: { state: StatusState; context: string; description: string; url: string | undefined },
  ): Promise<void> {
    const { state, context, description, url } = status;
    await this.#ask("set the commit's status", () =>
      this.#kit.request("POST /repos/{owner}/{repo}/statuses/{sha}", {
        ...this.#where,
        sha: commit,
        state,
        context,
        description: description.slice(0, 140),
        ...(url === undefined ? {} : { target_url: url }),
      }),
    );
  }

  /** Whose comments are ours. A workflow's own token may not ask who it is; it writes as github-actions. */
  async self(): Promise<string> {
    this.#self ??= this.#job.commentAs ?? (await this.#askSelf());
    return this.#self;
  }

  async #askSelf(): Promise<string> {
    try {
      return (await this.#kit.request("GET /user")).data.login;
    } catch (error) {
      if (statusOf(error) === 403) return "github-actions[bot]";
      throw this.#explain("ask whose token it is", error);
    }
  }

  async #unlessGone(what: string, ask: () => Promise<unknown>): Promise<boolean> {
    try {
      await ask();
      return true;
    } catch (error) {
      if (statusOf(error) === 404) return false;
      throw this.#explain(what, error);
    }
  }

  async #ask<T>(what: string, ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      throw this.#explain(what, error);
    }
  }

  #explain(what: string, error: unknown): Error {
    const status = statusOf(error);
    const said = error instanceof Error ? error.message.split(" - https://")[0] : String(error);
    const where = `${this.#where.owner}/${this.#where.repo} at ${this.#job.api}`;
    const cure =
      status === 401
        ? "The token is not good any more, or is another server's."
        : status === 403 || status === 404
          ? "The job needs the permissions pull-requests: write, statuses: write and contents: read; a pull request from a fork has none of them."
          : "";
    return new NoAccess(
      `GitHub does not let us ${what} in ${where}: ${said ?? ""} ${cure}`.trim(),
      {
        cause: error,
      },
    );
  }
}

/** The plugin's limiter between writes, of a second and more, without its pause: for a server on this machine. */
const atOnce = {
  key: () => ({ schedule: (_options: unknown, then: () => unknown) => Promise.resolve(then()) }),
};
const unpaced = { write: atOnce, notifications: atOnce };

function isHere(api: string): boolean {
  const { hostname } = new URL(api);
  return hostname === "localhost" || hostname.startsWith("127.");
}

function silent(): void {
  // What matters is said by whoever asked.
}

function statusOf(error: unknown): number | undefined {
  return (error as { status?: number } | null)?.status;
}

function toPull(data: {
  number: number;
  head: { sha: string };
  base: { sha: string };
  merged_at: string | null;
  merge_commit_sha?: string | null;
}): Pull {
  const { number, head, base, merged_at: at, merge_commit_sha: merged } = data;
  return { number, head: head.sha, base: base.sha, merged: at === null ? null : (merged ?? null) };
}
