import { CloudError } from "../../errors.ts";
import type { KeyRange, ListedTarget } from "../contract.ts";
import type { BlobCall, BlobClient } from "./client.ts";
import { byPrefixes, compareNames, fromPoint, inRange, type Span } from "./list-range.ts";
import { parseBlobPage, type BlobPage } from "./list-xml.ts";

/** The version that knows `startFrom`. */
const STARTS_ANYWHERE = "2026-02-06";

/**
 * How this account lists. `anywhere`: in order, beginning at any name. `ordered`: in order; the service is too old to begin anywhere. `by path`: an account with a
 * hierarchical namespace lists a folder's content before the names that sort between, so that a bound says nothing of what comes behind it.
 */
type Way = "anywhere" | "ordered" | "by path";

/** Names of a page, as many as S3 lists. Azure gives up to 5,000, some 5 MB: with several listings at once that is memory, while requests are few either way. */
const PAGE = 1000;

/** Where a listing's pages go, one after the other: megabytes each, which would pile up faster than they are collected. */
interface Room {
  bytes?: Buffer;
}

/** The blobs of a container, without snapshots, versions and uncommitted ones, with what marks them. */
export class BlobListing {
  readonly #client: BlobClient;
  /** Those that no listing uses now. */
  readonly #rooms: Room[] = [];
  #way: Promise<Way> | undefined;

  constructor(client: BlobClient) {
    this.#client = client;
  }

  async *list(range: KeyRange, signal: AbortSignal): AsyncGenerator<readonly ListedTarget[]> {
    const bounded = range.after !== undefined || range.upTo !== undefined;
    const way = bounded ? await this.#findWay(signal) : "ordered";
    const spans = way === "anywhere" ? [fromPoint(range)] : byPrefixes(range);
    for (const span of spans) yield* this.#pages(span, range, way, signal);
  }

  /** The next page is fetched while one is worked on. */
  async *#pages(
    span: Span,
    range: KeyRange,
    way: Way,
    signal: AbortSignal,
  ): AsyncGenerator<readonly ListedTarget[]> {
    const { after, upTo } = range;
    const whole = after === undefined && upTo === undefined;
    const room = this.#rooms.pop() ?? {};
    let page: Promise<BlobPage> | undefined = this.#page(span, undefined, room, signal);
    while (page !== undefined) {
      const { blobs, next }: BlobPage = await page;
      const done: boolean = next === undefined || (way !== "by path" && endsBehind(blobs, upTo));
      page = done ? undefined : this.#page(span, next, room, signal);
      // Whoever stops listing never asks for it.
      page?.catch(() => undefined);
      const wanted = whole ? blobs : blobs.filter(({ name }) => inRange(name, range));
      if (wanted.length > 0) yield wanted;
    }
    this.#rooms.push(room);
  }

  async #page(
    { prefix, startFrom }: Span,
    marker: string | undefined,
    room: Room,
    signal: AbortSignal,
  ): Promise<BlobPage> {
    const call: BlobCall = {
      action: "blob:ListBlobs",
      method: "GET",
      query:
        `restype=container&comp=list&include=metadata&maxresults=${PAGE}` +
        parameter("prefix", prefix) +
        parameter("startFrom", startFrom) +
        parameter("marker", marker),
      ...(startFrom === undefined ? {} : { version: STARTS_ANYWHERE }),
      signal,
      timeoutMs: 60_000,
    };
    const fitting = await this.#client.request({ ...call, into: room.bytes });
    const { body } = fitting.tooLong === true ? await this.#client.request(call) : fitting;
    const page = parseBlobPage(body);
    if (page.next !== undefined && body.length > (room.bytes?.length ?? 0)) {
      room.bytes = Buffer.allocUnsafeSlow(Math.ceil(body.length * 1.2));
    }
    return page;
  }

  #findWay(signal: AbortSignal): Promise<Way> {
    this.#way ??= this.#askWay(signal).catch((error: unknown) => {
      this.#way = undefined;
      throw error;
    });
    return this.#way;
  }

  /** One request in the life of a client. A SAS that may not ask (no SAS should) tells nothing: most accounts list in order. */
  async #askWay(signal: AbortSignal): Promise<Way> {
    try {
      const { headers } = await this.#client.request({
        action: "blob:GetAccountInformation",
        method: "GET",
        query: "restype=account&comp=properties",
        accept: [403, 404],
        version: STARTS_ANYWHERE,
        signal,
        timeoutMs: 20_000,
      });
      return headers["x-ms-is-hns-enabled"] === "true" ? "by path" : "anywhere";
    } catch (error) {
      // A cloud that does not have the version yet (a sovereign one, say) refuses the header.
      if (error instanceof CloudError && error.facts.status === 400) return "ordered";
      throw error;
    }
  }
}

function endsBehind(blobs: readonly ListedTarget[], upTo: string | undefined): boolean {
  const last = blobs.at(-1)?.name;
  return last !== undefined && upTo !== undefined && compareNames(last, upTo) > 0;
}

function parameter(name: string, value: string | undefined): string {
  return value === undefined || value === "" ? "" : `&${name}=${encodeURIComponent(value)}`;
}
