import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Reference } from "../../../../runtime/stores/contract.ts";
import { serve, type TestServer } from "../../local/azure/fixture.ts";

/** A server with one object per path, as S3 serves them by URL: conditions, ranges, and whatever trouble a test makes. */
export class ObjectServer {
  readonly #objects = new Map<string, Buffer>();
  readonly #server: TestServer;
  /** Request headers, in order. */
  readonly asked: IncomingMessage["headers"][] = [];
  /** Statuses that the next requests get instead of an answer; 0: the connection is reset. */
  readonly trouble: number[] = [];

  private constructor(server: TestServer) {
    this.#server = server;
  }

  static async start(): Promise<ObjectServer> {
    const own: { server?: ObjectServer } = {};
    own.server = new ObjectServer(await serve((req, res) => own.server?.answer(req, res)));
    return own.server;
  }

  put(key: string, content: Buffer): Reference {
    this.#objects.set(`/${key}`, content);
    return this.reference(key, etagOf(content));
  }

  delete(key: string): void {
    this.#objects.delete(`/${key}`);
  }

  reference(key: string, etag: string): Reference {
    return {
      key,
      pin: { etag, text: etag },
      url: () => Promise.resolve(`${this.#server.url}/${key}?signature=${Math.random()}`),
      s3: { origin: this.#server.url, bucket: "source", region: "us-east-1" },
    };
  }

  answer(req: IncomingMessage, res: ServerResponse): void {
    this.asked.push(req.headers);
    const trouble = this.trouble.shift();
    if (trouble === 0) {
      req.socket.resetAndDestroy();
      return;
    }
    const content = this.#objects.get(decodeURI((req.url ?? "").split("?")[0] ?? ""));
    const status = trouble ?? statusOf(req, content);
    if (content === undefined || status >= 300) {
      res.writeHead(status).end();
      return;
    }
    const range = /^bytes=(\d+)-(\d+)$/.exec(req.headers.range ?? "");
    const body =
      range === null ? content : content.subarray(Number(range[1]), Number(range[2]) + 1);
    res.writeHead(range === null ? 200 : 206, {
      etag: `"${etagOf(content)}"`,
      "content-length": body.length,
      ...(range === null
        ? {}
        : { "content-range": `bytes ${range[1]}-${range[2]}/${content.length}` }),
    });
    res.end(body);
  }

  close(): Promise<void> {
    return this.#server.close();
  }
}

export function etagOf(content: Buffer): string {
  return createHash("md5").update(content).digest("hex");
}

function statusOf(req: IncomingMessage, content: Buffer | undefined): number {
  if (content === undefined) return 404;
  const expected = req.headers["if-match"];
  return expected !== undefined && expected !== `"${etagOf(content)}"` ? 412 : 200;
}
