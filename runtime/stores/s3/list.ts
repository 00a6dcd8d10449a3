import { CloudError } from "../../errors.ts";
import { compareUtf8 } from "../../scan/order.ts";
import type { KeyRange, ListedObject } from "../contract.ts";
import type { S3Bucket } from "./bucket.ts";
import { parsePage, type Page } from "./page.ts";

type Query = readonly (readonly [string, string])[];

/**
 * Pages of a listing. The next page is asked for before one is handed on, so that whoever compares them does not wait for the network. A server that
 * refuses or does not know ListObjectsV2 is listed by ListObjects.
 */
export async function* listPages(
  bucket: S3Bucket,
  range: KeyRange,
  signal: AbortSignal,
): AsyncGenerator<readonly ListedObject[]> {
  const room = takeRoom(bucket);
  const lister = new Lister(bucket, range, room, signal);
  let coming: Promise<Page | undefined> = lister.first();
  for (;;) {
    const page = await coming;
    // Whoever stops before leaves a request under way, which still writes there.
    if (page === undefined) {
      giveRoom(bucket, room);
      return;
    }
    const { objects } = page;
    const last = objects.at(-1);
    const beyond = last !== undefined && isBeyond(last.key, range.upTo);
    coming = beyond ? NOTHING_MORE : lister.after(page);
    // Whoever stops listening must not leave a rejection behind.
    coming.catch(() => undefined);
    const within = beyond ? objects.filter(({ key }) => !isBeyond(key, range.upTo)) : objects;
    if (within.length > 0) yield within;
  }
}

/** Where a listing's pages go, one after the other: hundreds of kilobytes each, which would pile up faster than they are collected. */
interface Room {
  bytes: Buffer;
}

/** A thousand keys of some 200 characters. */
const USUAL_PAGE = 512 * 1024;
/** A thousand keys of 1,024 bytes fit, each byte of which is three when it is encoded. */
const LONGEST_PAGE = 8 * 1024 * 1024;
const ROOMS = new WeakMap<S3Bucket, Room[]>();

function takeRoom(bucket: S3Bucket): Room {
  return ROOMS.get(bucket)?.pop() ?? { bytes: Buffer.allocUnsafeSlow(USUAL_PAGE) };
}

function giveRoom(bucket: S3Bucket, room: Room): void {
  const rooms = ROOMS.get(bucket);
  if (rooms === undefined) ROOMS.set(bucket, [room]);
  else rooms.push(room);
}

const NOTHING_MORE = Promise.resolve(undefined);

class Lister {
  readonly #bucket: S3Bucket;
  readonly #range: KeyRange;
  readonly #room: Room;
  readonly #signal: AbortSignal;
  #version: 1 | 2 = 2;

  constructor(bucket: S3Bucket, range: KeyRange, room: Room, signal: AbortSignal) {
    this.#bucket = bucket;
    this.#range = range;
    this.#room = room;
    this.#signal = signal;
  }

  async first(): Promise<Page> {
    const { after } = this.#range;
    try {
      const page = await this.#page2(after === undefined ? [] : [["start-after", after]]);
      if (!page.old) return page;
      this.#version = 1;
      // What it knew of the question is the same for both, unless it should have begun elsewhere.
      return after === undefined ? page : await this.#page1(after);
    } catch (error) {
      if (!(error instanceof CloudError) || error.code !== "NotImplemented") throw error;
      this.#version = 1;
      return this.#page1(after);
    }
  }

  async after(page: Page): Promise<Page | undefined> {
    if (!page.truncated) return undefined;
    const last = page.objects.at(-1)?.key;
    if (this.#version === 2 && page.next !== undefined) {
      return this.#page2([["continuation-token", page.next]]);
    }
    if (last === undefined) throw this.#stuck("an empty page that says there is more");
    const next =
      this.#version === 2 ? await this.#page2([["start-after", last]]) : await this.#page1(last);
    const first = next.objects[0]?.key;
    if (first === undefined || compareUtf8(first, last) > 0) return next;
    throw this.#stuck(`keys from ${first} on, asked for those after ${last}`);
  }

  #page2(more: Query): Promise<Page> {
    return this.#page([["list-type", "2"], ...more]);
  }

  #page1(after: string | undefined): Promise<Page> {
    return this.#page(after === undefined ? [] : [["marker", after]]);
  }

  async #page(more: Query): Promise<Page> {
    const { prefix } = this.#range;
    const call = {
      action: "s3:ListBucket",
      method: "GET",
      query: [
        ...more,
        ["encoding-type", "url"],
        ["max-keys", "1000"],
        ...(prefix === "" ? [] : [["prefix", prefix] as const]),
      ],
      signal: this.#signal,
      timeoutMs: 60_000,
    } as const;
    for (;;) {
      const response = await this.#bucket.request({ ...call, into: this.#room.bytes });
      if (response.tooLong !== true) return parsePage(response.body);
      const { length } = this.#room.bytes;
      if (length >= LONGEST_PAGE) throw this.#stuck("pages that are too long");
      this.#room.bytes = Buffer.allocUnsafeSlow(length * 4);
    }
  }

  /** Better no listing than one that begins again and again. */
  #stuck(what: string): CloudError {
    const asked = this.#bucket.asked("s3:ListBucket", undefined);
    const said = `the server lists ${what}`;
    return new CloudError({ ...asked, code: "ListingStuck", status: 200, said });
  }
}

function isBeyond(key: string, upTo: string | undefined): boolean {
  return upTo !== undefined && compareUtf8(key, upTo) > 0;
}
