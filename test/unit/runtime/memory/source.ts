import { createHash } from "node:crypto";
import { crc64 } from "../../../../runtime/checksum/crc64.ts";
import type {
  KeyRange,
  ListedObject,
  Pin,
  Range,
  Reference,
  Source,
  SourceObject,
  SourceSide,
} from "../../../../runtime/stores/contract.ts";
import { Wire, cloudError } from "./wire.ts";

export function sourceObject(
  key: string,
  body: string | Buffer,
  over: Partial<SourceObject> = {},
): SourceObject {
  const bytes = Buffer.from(body);
  const md5 = createHash("md5").update(bytes).digest();
  const etag = md5.toString("hex");
  return {
    key,
    pin: { etag, text: etag },
    size: bytes.length,
    modified: "2026-01-31T00:00:00.000Z",
    content: {},
    metadata: {},
    crc64: crc64(bytes),
    md5,
    ...over,
  };
}

/** The same object as a source without that knowledge shows it. */
export function without(
  object: SourceObject,
  ...names: readonly ("crc64" | "crc32" | "md5")[]
): SourceObject {
  return Object.fromEntries(
    Object.entries(object).filter(([name]) => !(names as readonly string[]).includes(name)),
  ) as unknown as SourceObject;
}

/** What the target's cloud reads when it is given a reference: what is there now, unless a version pins it. */
export interface MemoryReference extends Reference {
  bytes(): { readonly etag: string; readonly bytes: Buffer };
}

interface Held {
  readonly object: SourceObject;
  readonly bytes: Buffer;
}

/** A bucket in memory. With versions, what was overwritten or deleted can still be read under its pin. */
export class FakeSource implements Source {
  readonly label = "s3://memory";
  readonly wire: Wire;
  readonly objects = new Map<string, Held>();
  /** Everything that ever was there, by key: what a target may hold. */
  readonly history = new Map<string, Buffer[]>();
  readonly asked: { readonly restored: string[] } = { restored: [] };
  readonly tagsOf = new Map<string, Record<string, string>>();
  referenceable = true;
  /** What a source without some checksums shows. */
  shows: (object: SourceObject) => SourceObject = (object) => object;
  readonly #versioned: boolean;
  readonly #versions = new Map<string, Held>();
  #clock = 0;

  constructor(bucket: "plain" | "versioned" = "plain", wire = new Wire()) {
    this.#versioned = bucket === "versioned";
    this.wire = wire;
  }

  put(key: string, body: string | Buffer, over: Partial<SourceObject> = {}): SourceObject {
    this.#clock += 1;
    const bytes = Buffer.from(body);
    const modified = new Date(Date.UTC(2026, 0, 1) + this.#clock * 1000).toISOString();
    const plain = sourceObject(key, bytes, { modified, ...over });
    const text = `v${this.#clock}`;
    const pin = { version: text, etag: plain.pin.etag, text };
    const object = this.shows(this.#versioned ? { ...plain, pin } : plain);
    const held = { object, bytes };
    if (this.#versioned) this.#versions.set(text, held);
    this.objects.set(key, held);
    this.history.set(key, [...(this.history.get(key) ?? []), bytes]);
    return object;
  }

  delete(key: string): void {
    this.objects.delete(key);
  }

  async *list(range: KeyRange): AsyncIterable<readonly ListedObject[]> {
    yield await this.wire.through({ side: "source", op: "list", key: range.prefix }, () =>
      [...this.objects.values()]
        .filter(({ object: { key } }) => within(key, range))
        .map(({ object }) => listed(object))
        .sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key))),
    );
  }

  look(key: string): Promise<SourceSide> {
    return this.wire.through({ side: "source", op: "look", key }, () => this.#now(key));
  }

  fetch(key: string, etag: string | undefined, into: Buffer): Promise<SourceSide> {
    const call = { side: "source", op: "fetch", key } as const;
    return this.wire.through(call, () => {
      const held = this.objects.get(key);
      if (held === undefined) return { state: "absent" } as const;
      const { object, bytes } = held;
      if (etag !== undefined && etag !== object.pin.etag) throw changed();
      if (object.archived !== undefined) {
        throw cloudError("s3", "s3:GetObject", "InvalidObjectState", 403);
      }
      if (bytes.length > into.length) throw cloudError("s3", "s3:GetObject", "TooLong", 200);
      this.#body(call, bytes, into);
      return { state: "present", object } as const;
    });
  }

  read(key: string, pin: Pin, range: Range, into: Buffer): Promise<void> {
    const call = { side: "source", op: "read", key, start: range.start } as const;
    return this.wire.through(call, () => {
      this.#body(call, this.#pinned(key, pin).bytes.subarray(range.start, range.end), into);
    });
  }

  reference(key: string, pin: Pin): MemoryReference | undefined {
    if (!this.referenceable) return undefined;
    return {
      key,
      pin,
      url: () => Promise.resolve(`https://memory.example/${encodeURIComponent(key)}`),
      s3: { origin: "https://memory.example", bucket: "memory", region: "eu-west-1" },
      bytes: () => {
        const held = this.#versions.get(pin.version ?? "") ?? this.objects.get(key);
        if (held === undefined) throw cloudError("azure", "blob:PutBlock", "CannotReadSource", 404);
        return { etag: held.object.pin.etag, bytes: held.bytes };
      },
    };
  }

  tags(key: string): Promise<Readonly<Record<string, string>>> {
    const call = { side: "source", op: "tags", key } as const;
    return this.wire.through(call, () => this.tagsOf.get(key) ?? {});
  }

  restore(key: string): Promise<void> {
    return this.wire.through({ side: "source", op: "restore", key }, () => {
      this.asked.restored.push(key);
    });
  }

  #now(key: string): SourceSide {
    const found = this.objects.get(key);
    return found === undefined ? { state: "absent" } : { state: "present", object: found.object };
  }

  #pinned(key: string, pin: Pin): Held {
    const now = this.objects.get(key);
    const current = now?.object.pin.text === pin.text ? now : undefined;
    const held = this.#versions.get(pin.version ?? "") ?? current;
    if (held === undefined) throw changed();
    return held;
  }

  #body(call: Parameters<Wire["through"]>[0], bytes: Buffer, into: Buffer): void {
    const arrive = this.wire.cutOff?.(call, bytes.length) ?? bytes.length;
    bytes.copy(into, 0, 0, arrive);
    if (arrive < bytes.length) throw cloudError("s3", "s3:GetObject", "Truncated", 0, arrive);
  }
}

export function listed(object: SourceObject): ListedObject {
  const { key, size, pin, modified, storageClass } = object;
  return { key, size, etag: pin.etag, modified: Date.parse(modified), storageClass };
}

/** Whether a key is of a range, by the bytes of its UTF-8. */
export function within(key: string, { prefix, after, upTo }: KeyRange): boolean {
  const compare = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
  return (
    key.startsWith(prefix) &&
    (after === undefined || compare(key, after) > 0) &&
    (upTo === undefined || compare(key, upTo) <= 0)
  );
}

function changed(): Error {
  return cloudError("s3", "s3:GetObject", "PreconditionFailed", 412);
}
