import assert from "node:assert/strict";
import { Readable } from "node:stream";
import fc from "fast-check";
import { Client } from "../../../../service/client/client.ts";
import { followOperation } from "../../../../service/client/follow.ts";
import { readServerSentEvents } from "../../../../service/client/server-sent-events.ts";
import { json, problem, scripted, type Script } from "./server.ts";

async function idsOf(url: string, options: Parameters<typeof followOperation>[2] = {}) {
  const client = new Client({ url, sleep: () => Promise.resolve() });
  const ids: number[] = [];
  for await (const { seq } of followOperation(client, "op", options)) ids.push(seq);
  return ids;
}

/** A stream of these events that ends well, or breaks off. */
function stream(seqs: readonly number[], end: "settled" | "broken" | "silent"): Script {
  return (_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const seq of seqs) response.write(`id: ${seq}\nevent: note\ndata: {"seq":${seq}}\n\n`);
    if (end === "settled") response.end('event: settled\ndata: {"state":"succeeded"}\n\n');
    else if (end === "broken") setTimeout(() => response.destroy(), 20);
    else response.write(": still here\n\n");
  };
}

describe("following an operation", () => {
  it("goes on where a stream broke off, and tells each event once", async () => {
    await using server = await scripted(stream([1, 2], "broken"), stream([2, 3], "settled"));
    assert.deepEqual(await idsOf(server.url), [1, 2, 3]);
    assert.equal(server.seen[1]?.headers["last-event-id"], "2");
  });

  it("leaves a stream that has fallen silent", async () => {
    await using server = await scripted(stream([1], "silent"), stream([2], "settled"));
    assert.deepEqual(await idsOf(server.url, { silenceMs: 100 }), [1, 2]);
  });

  it("looks again and again where no stream comes through", async () => {
    const page = (seqs: number[], nextCursor: string | null): Script =>
      json(200, { items: seqs.map((seq) => ({ seq })), nextCursor });
    await using server = await scripted(
      page([], null),
      page([], null),
      json(200, { done: false }),
      page([1], "more"),
      json(200, { done: true }),
      page([2, 3], null),
    );
    assert.deepEqual(await idsOf(server.url, { pollMs: 1 }), [1, 2, 3]);
    assert.match(server.seen.at(-1)?.url ?? "", /after=1/);
  });

  it("says so when there is no such operation", async () => {
    await using server = await scripted(problem(404, "not-found"));
    await assert.rejects(idsOf(server.url), { kind: "not-found" });
    assert.equal(server.seen.length, 1);
  });
});

describe("server-sent events", () => {
  it("are read alike however the bytes are cut", async () => {
    const text =
      ':hi\r\n\r\nid: 7\r\nevent: note\r\ndata: ä€\r\ndata: b\r\n\r\ndata:{"x":1}\n\nid\ndata\n\ndata: cut off';
    const bytes = Buffer.from(text);
    const wanted = [
      { id: "7", event: "note", data: "ä€\nb" },
      { id: "7", event: "message", data: '{"x":1}' },
      { id: "", event: "message", data: "" },
    ];
    const cuts = fc.array(fc.nat(bytes.length), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(cuts, async (at) => {
        const edges = [0, ...at.sort((a, b) => a - b), bytes.length];
        const chunks = edges.slice(1).map((end, index) => bytes.subarray(edges[index], end));
        const got = await Readable.from(readServerSentEvents(Readable.from(chunks))).toArray();
        assert.deepEqual(got, wanted);
      }),
    );
  });
});
