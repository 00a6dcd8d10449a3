import { createServer, type IncomingMessage, type Server } from "node:http";
import type { Blob } from "./blob.ts";
import { BLOB_MODIFIED, S3_MODIFIED } from "./blob-describe.ts";
import type { Conditions } from "./conditions.ts";
import type { PopulationSpec } from "./population.ts";
import type { S3 } from "./s3.ts";
import { bucketOf, verify, type Place } from "./verify.ts";

export interface Populate extends PopulationSpec {
  readonly side: "s3" | "blob";
  /** Or container; made when it is not there. */
  readonly bucket: string;
  readonly versioned?: boolean;
}

/** The rig's own orders, by name: `POST /name` with a JSON body, answered with JSON. */
export function orders(s3: S3, blob: Blob) {
  const side = (name: "s3" | "blob") => (name === "s3" ? s3 : blob);
  const bucket = (place: { side: "s3" | "blob"; bucket: string }) =>
    place.side === "s3" ? s3.bucket(place.bucket) : blob.container(place.bucket).bucket;
  return {
    /** Forgets everything. */
    reset: () => {
      s3.reset();
      blob.reset();
      return {};
    },
    /** Changes the conditions of a side; those not named stay. `{"side": "s3", "calm": true}` ends them all. */
    conditions: (asked: { side: "s3" | "blob"; calm?: boolean } & Partial<Conditions>) => {
      const { side: name, calm, ...change } = asked;
      const { weather } = side(name);
      if (calm === true) weather.clear();
      s3.forgetAsked();
      weather.set(change);
      return weather.conditions;
    },
    populate: (asked: Populate) => {
      const made = bucket(asked);
      made.versioned = asked.versioned ?? made.versioned;
      made.populate(asked, asked.side === "s3" ? S3_MODIFIED : BLOB_MODIFIED);
      return { keys: asked.count };
    },
    /** Makes the bucket if need be, and forgets what is under the prefix, uncommitted blocks too. */
    clear: (place: Place) => {
      bucket(place).clear(place.prefix);
      if (place.side === "blob") blob.container(place.bucket).blocks.clear(place.prefix);
      return {};
    },
    overwrite: ({ bucket: name, key }: { bucket: string; key: string }) => ({
      version: s3.bucket(name).overwrite(key)?.version,
    }),
    counters: () => ({ s3: s3.counters.counted, blob: blob.counters.counted }),
    "reset-counters": () => {
      s3.counters.reset();
      blob.counters.reset();
      return {};
    },
    /** Uncommitted blocks of a blob. */
    staged: (asked: { bucket: string; key: string }) =>
      blob.container(asked.bucket).blocks.staged(asked.key),
    /** What one object holds. `sha256` and `md5` are computed when asked for. */
    digest: (asked: { side: "s3" | "blob"; bucket: string; key: string; hashes?: boolean }) => {
      const stored = bucketOf(s3, blob, asked)?.get(asked.key);
      if (stored === undefined) return { exists: false };
      const { content } = stored;
      return {
        exists: true,
        size: stored.size,
        etag: stored.etag,
        version: stored.version,
        metadata: stored.metadata,
        headers: stored.headers,
        contentMd5: stored.contentMd5,
        /** The pattern when all bytes are of one version; absent when torn. */
        pattern: content.uniform,
        runs: content.runs.length,
        crc64: content.crc64().toString(16).padStart(16, "0"),
        ...(asked.hashes === true
          ? { md5: content.md5().toString("hex"), sha256: content.sha256().toString("hex") }
          : {}),
      };
    },
    verify: ({ source, target }: { source: Place; target: Place }) =>
      verify(s3, blob, source, target),
  };
}

export type Orders = ReturnType<typeof orders>;

export async function control(all: Orders, port: number): Promise<Server> {
  const server = createServer((request, response) => {
    void (async () => {
      const name = (request.url ?? "").slice(1);
      if (!(name in all)) {
        response.writeHead(404).end(`Orders: ${Object.keys(all).join(", ")}\n`);
        return;
      }
      try {
        const order = all[name as keyof Orders] as (asked: unknown) => unknown;
        const answer = JSON.stringify(order(await json(request)));
        response.writeHead(200, { "content-type": "application/json" }).end(answer);
      } catch (error) {
        response.writeHead(400).end(String(error));
      }
    })();
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return server;
}

async function json(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString("utf8");
  return text === "" ? {} : JSON.parse(text);
}
