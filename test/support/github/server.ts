import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** Longest body of a comment that GitHub takes. */
const LONGEST = 65_536;

export interface FakeComment {
  readonly id: number;
  body: string;
  readonly user: { readonly login: string };
}

export interface FakePull {
  readonly number: number;
  head: string;
  readonly base: string;
  merged: string | null;
}

export interface FakeStatus {
  readonly sha: string;
  readonly state: string;
  readonly context: string;
  readonly description: string;
}

type Answer = readonly [status: number, body: unknown, headers?: Record<string, string>];

/**
 * As much of GitHub's REST API as a pull request's comment needs, with what it refuses: no token (401), a token without the right (403), a body
 * that is too long (422), a comment of somebody else (403); pages of 30 to 100 with Link headers; secondary rate limits (403 with Retry-After).
 */
export class GitHubServer {
  readonly comments = new Map<number, FakeComment[]>();
  readonly pulls = new Map<number, FakePull>();
  readonly statuses: FakeStatus[] = [];
  readonly asked: string[] = [];
  /** Token to login; a workflow's own token may not ask who it is. */
  readonly tokens = new Map([["ghs_workflow", "github-actions[bot]"]]);
  /** So many changes are refused by the secondary rate limit before one is let through. */
  limited = 0;
  /** No token may write. */
  readOnly = false;
  /** Held back until so many have arrived: jobs that look at the same moment. */
  #together: { count: number; waiting: (() => void)[] } | undefined;
  #last = 100;
  readonly #server = createServer((request, response) => void this.#serve(request, response));

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** A comment by somebody else. */
  say(pull: number, login: string, body: string): FakeComment {
    const comment = { id: (this.#last += 1), body, user: { login } };
    this.comments.set(pull, [...(this.comments.get(pull) ?? []), comment]);
    return comment;
  }

  /** The next comments are made only when so many were asked for. */
  meetAtCreate(count: number): void {
    this.#together = { count, waiting: [] };
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const sent = await text(request);
    const url = new URL(request.url ?? "/", this.url);
    const method = request.method ?? "GET";
    this.asked.push(`${method} ${url.pathname}`);
    const body = sent === "" ? {} : (JSON.parse(sent) as Record<string, string>);
    const [status, answer, headers] = await this.#answer(method, url, body, request);
    response.writeHead(status, { "content-type": "application/json; charset=utf-8", ...headers });
    response.end(answer === undefined ? undefined : JSON.stringify(answer));
  }

  async #answer(
    method: string,
    url: URL,
    body: Record<string, string>,
    request: IncomingMessage,
  ): Promise<Answer> {
    const token = /^(?:token|Bearer) (\S+)$/i.exec(request.headers.authorization ?? "")?.[1] ?? "";
    const login = this.tokens.get(token);
    if (login === undefined) return [401, { message: "Bad credentials" }];
    if (method !== "GET" && this.readOnly) return forbidden;
    if (method !== "GET" && (this.limited -= 1) >= 0) {
      const message = "You have exceeded a secondary rate limit. Please wait a few minutes.";
      return [403, { message }, { "retry-after": "1" }];
    }
    const { pathname } = url;
    if (pathname === "/user") return login.endsWith("[bot]") ? forbidden : [200, { login }];
    const [, part = ""] = /^\/repos\/octo\/specs\/(.*)$/.exec(pathname) ?? [];
    const [, number] = /^issues\/(\d+)\/comments$/.exec(part) ?? [];
    if (number !== undefined) {
      if (method === "GET") return this.#page(url, this.comments.get(Number(number)) ?? []);
      return this.#create(Number(number), login, body);
    }
    const [, id] = /^issues\/comments\/(\d+)$/.exec(part) ?? [];
    if (id !== undefined) return this.#change(method, Number(id), login, body);
    const [, pull] = /^pulls\/(\d+)$/.exec(part) ?? [];
    if (pull !== undefined) {
      const found = this.pulls.get(Number(pull));
      return found === undefined ? missing : [200, shown(found)];
    }
    const [, commit] = /^commits\/(\w+)\/pulls$/.exec(part) ?? [];
    if (commit !== undefined) {
      return this.#page(
        url,
        [...this.pulls.values()]
          .filter(({ merged, head }) => merged === commit || head === commit)
          .map(shown),
      );
    }
    const [, sha] = /^statuses\/(\w+)$/.exec(part) ?? [];
    return sha === undefined ? missing : this.#status(sha, body);
  }

  async #create(
    pull: number,
    login: string,
    { body = "" }: Record<string, string>,
  ): Promise<Answer> {
    if (body.length > LONGEST) return tooLong;
    const together = this.#together;
    if (together !== undefined) {
      await new Promise<void>((resolve) => {
        together.waiting.push(resolve);
        if (together.waiting.length >= together.count) for (const go of together.waiting) go();
      });
    }
    return [201, this.say(pull, login, body)];
  }

  #change(
    method: string,
    id: number,
    login: string,
    { body = "" }: Record<string, string>,
  ): Answer {
    for (const [pull, comments] of this.comments) {
      const comment = comments.find((one) => one.id === id);
      if (comment === undefined) continue;
      if (comment.user.login !== login) return forbidden;
      if (method === "DELETE") {
        this.comments.set(
          pull,
          comments.filter((one) => one !== comment),
        );
        return [204, undefined];
      }
      if (body.length > LONGEST) return tooLong;
      comment.body = body;
      return [200, comment];
    }
    return missing;
  }

  #status(sha: string, body: Record<string, string>): Answer {
    const { state = "", context = "", description = "" } = body;
    if (description.length > 140)
      return [422, { message: "description is too long (maximum is 140 characters)" }];
    this.statuses.push({ sha, state, context, description });
    return [201, {}];
  }

  #page(url: URL, rows: readonly unknown[]): Answer {
    const size = Math.min(100, Number(url.searchParams.get("per_page") ?? 30));
    const page = Number(url.searchParams.get("page") ?? 1);
    const last = Math.ceil(rows.length / size);
    const at = (number: number): string => {
      const next = new URL(url);
      next.searchParams.set("page", String(number));
      return next.href;
    };
    const link =
      page < last ? { link: `<${at(page + 1)}>; rel="next", <${at(last)}>; rel="last"` } : {};
    return [200, rows.slice((page - 1) * size, page * size), link];
  }
}

const missing: Answer = [404, { message: "Not Found" }];
const forbidden: Answer = [403, { message: "Resource not accessible by integration" }];
const tooLong: Answer = [
  422,
  {
    message: "Validation Failed",
    errors: [{ message: "body is too long (maximum is 65536 characters)" }],
  },
];

function shown({ number, head, base, merged }: FakePull) {
  return {
    number,
    head: { sha: head },
    base: { sha: base, ref: "main" },
    merged_at: merged === null ? null : "2026-11-21T12:00:00Z",
    merge_commit_sha: merged,
  };
}
