import assert from "node:assert/strict";
import type { HttpRequest, HttpResponse } from "../../../../../runtime/http/send.ts";
import { BlobClient } from "../../../../../runtime/stores/azure/client.ts";
import { BlobListing } from "../../../../../runtime/stores/azure/list.ts";
import { GivenSas } from "../../../../../runtime/stores/azure/sas.ts";
import type { KeyRange } from "../../../../../runtime/stores/contract.ts";
import { never } from "../../fakes.ts";

/** What accounts are like that the embedded Azure is not: with a hierarchical namespace, or of an older service. */
interface Account {
  readonly names: readonly string[];
  readonly hierarchical?: true;
  readonly old?: true;
}

const PAGE = 2;

/** Names as the account lists them: a hierarchical one takes a slash for less than any character. */
function ordered({ names, hierarchical }: Account): string[] {
  const rank = (name: string): string => (hierarchical ? name.replaceAll("/", "\0") : name);
  return names.toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1));
}

function serve(account: Account) {
  const queries: URLSearchParams[] = [];
  const answer = (request: HttpRequest): HttpResponse => {
    const query = new URLSearchParams(request.path.split("?")[1]);
    queries.push(query);
    if (account.old && request.headers["x-ms-version"] !== "2023-11-03") {
      return respond(400, "", { "x-ms-error-code": "InvalidHeaderValue" });
    }
    if (query.get("restype") === "account") {
      return respond(200, "", { "x-ms-is-hns-enabled": String(account.hierarchical ?? false) });
    }
    const from = query.get("startFrom") ?? "";
    const listed = ordered(account).filter(
      (name) =>
        name.startsWith(query.get("prefix") ?? "") && (account.hierarchical || name >= from),
    );
    const start = Number(query.get("marker") ?? 0);
    const more = start + PAGE < listed.length ? String(start + PAGE) : "";
    const blobs = listed
      .slice(start, start + PAGE)
      .map(
        (name) =>
          `<Blob><Name>${name}</Name><Properties><Last-Modified>Sat, 31 Jan 2026 12:00:00 GMT</Last-Modified>` +
          `<Etag>0x1</Etag><Content-Length>1</Content-Length></Properties></Blob>`,
      );
    return respond(200, `<Blobs>${blobs.join("")}</Blobs><NextMarker>${more}</NextMarker>`);
  };
  const sas = new GivenSas({ token: "sig=x", expires: undefined });
  const client = new BlobClient((request) => Promise.resolve(answer(request)), sas, {
    endpoint: "https://acct.blob.core.windows.net",
    account: "acct",
    container: "data",
  });
  const listing = new BlobListing(client);
  const list = async (range: KeyRange): Promise<string[]> => {
    const found: string[] = [];
    for await (const page of listing.list(range, never))
      found.push(...page.map(({ name }) => name));
    return found;
  };
  return { list, queries };
}

function respond(status: number, text: string, headers: Record<string, string> = {}): HttpResponse {
  return { status, headers, body: Buffer.from(text), text: () => text };
}

const names = ["a-1", "a/1", "a/2", "a/3", "a0", "b-1", "b/1", "b/2", "c"];

describe("a listing of part of a container", () => {
  it("begins where it is asked to, and ends there, without pages before or behind", async () => {
    const { list, queries } = serve({ names });
    assert.deepEqual(await list({ prefix: "", after: "a/1", upTo: "a0" }), ["a/2", "a/3", "a0"]);
    const pages = queries.filter((query) => query.get("comp") === "list");
    assert.equal(pages[0]?.get("startFrom"), "a/1");
    assert.ok(pages.length <= 3);
    await list({ prefix: "b/", after: "b/1" });
    const asked = queries.filter((query) => query.get("restype") === "account");
    assert.equal(asked.length, 1, "an account is asked once what it is");
  });

  it("of a hierarchical namespace loses nothing to the order that folders give it", async () => {
    const { list, queries } = serve({ names, hierarchical: true });
    const range = { prefix: "", after: "a-1", upTo: "b-1" };
    const found = await list(range);
    assert.deepEqual(found.toSorted(), ["a/1", "a/2", "a/3", "a0", "b-1"]);
    assert.ok(queries.every((query) => !query.has("startFrom")));
  });

  it("of a service that cannot begin anywhere is narrowed by prefixes", async () => {
    const { list, queries } = serve({ names, old: true });
    assert.deepEqual(await list({ prefix: "", after: "a/1", upTo: "b-1" }), [
      "a/2",
      "a/3",
      "a0",
      "b-1",
    ]);
    const prefixes = new Set(queries.map((query) => query.get("prefix")));
    assert.deepEqual(
      [...prefixes].filter((prefix) => prefix !== null),
      ["a", "b"],
    );
  });

  it("asks nothing of the account when all is listed", async () => {
    const { list, queries } = serve({ names });
    assert.deepEqual(await list({ prefix: "a/" }), ["a/1", "a/2", "a/3"]);
    assert.deepEqual(
      queries.map((query) => [query.get("marker"), query.get("include")]),
      [
        [null, "metadata"],
        ["2", "metadata"],
      ],
    );
  });
});
