import assert from "node:assert/strict";
import fc from "fast-check";
import { AnswerReader } from "../../../../runtime/http/wire/answer.ts";
import { answering, closeAll } from "./client.ts";

/** Where to cut a text: indices into it. */
const cuts = fc.array(fc.nat(400), { maxLength: 12 });
const texts = fc.string({ maxLength: 60 });

function cut(text: string, at: readonly number[]): Buffer[] {
  const whole = Buffer.from(text, "latin1");
  const points = [...new Set(at.map((point) => point % (whole.length + 1)))].sort((a, b) => a - b);
  return [0, ...points].map((start, index) => whole.subarray(start, points[index] ?? whole.length));
}

/** An answer with this body, framed in one of three ways, after an interim answer or none. */
const answers = fc
  .record({
    body: texts,
    framing: fc.constantFrom("length", "chunks", "close"),
    interim: fc.boolean(),
    chunk: fc.integer({ min: 1, max: 20 }),
  })
  .map(({ body, framing, interim, chunk }) => {
    const bytes = Buffer.from(body);
    const first = interim ? "HTTP/1.1 100 Continue\r\na: b\r\n\r\n" : "";
    return { body: bytes, framing, wire: first + frame(framing, bytes.toString("latin1"), chunk) };
  });

function frame(framing: string, body: string, chunk: number): string {
  const head = 'HTTP/1.1 200 OK\r\nETag: "x"\r\n';
  if (framing === "length") return `${head}Content-Length: ${body.length}\r\n\r\n${body}`;
  if (framing === "close") return `${head}\r\n${body}`;
  let chunks = "";
  for (let at = 0; at < body.length; at += chunk) {
    const part = body.slice(at, at + chunk);
    chunks += `${part.length.toString(16)}\r\n${part}\r\n`;
  }
  return `${head}Transfer-Encoding: chunked\r\n\r\n${chunks}0\r\n\r\n`;
}

/** Feeds it as a socket would: into the reader's own space where it offers one, else in memory full of other answers. */
function feed(reader: AnswerReader, pieces: readonly Buffer[]): boolean {
  let done = false;
  for (const piece of pieces) {
    for (let at = 0; at < piece.length;) {
      const space = reader.space();
      const memory = space ?? Buffer.from("HTTP/1.1 200 OK\r\n\r\n\r\n\r\n0\r\n\r\n".repeat(40));
      const length = Math.min(memory.length, piece.length - at);
      piece.copy(memory, 0, at, at + length);
      done = reader.feed(memory, length);
      at += length;
    }
  }
  return done;
}

describe("an answer cut anywhere", () => {
  afterEach(closeAll);

  it("reads the same, into memory or not", () => {
    fc.assert(
      fc.property(answers, cuts, fc.boolean(), ({ body, framing, wire }, at, useInto) => {
        const reader = new AnswerReader();
        const into = useInto ? Buffer.alloc(200) : undefined;
        reader.begin({ method: "GET", into });
        const done = feed(reader, cut(wire, at)) || reader.endOfInput();
        assert.equal(done, true);
        assert.equal(reader.reusable, framing !== "close");
        const answer = reader.response();
        assert.deepEqual(answer.body, body);
        assert.equal(answer.headers["etag"], '"x"');
        if (into !== undefined && body.length > 0) assert.equal(answer.body.buffer, into.buffer);
      }),
      { numRuns: 1000 },
    );
  });

  it("is never complete a byte too early, and what follows it spoils the connection", () => {
    fc.assert(
      fc.property(answers, cuts, ({ framing, wire }, at) => {
        fc.pre(framing !== "close");
        const early = new AnswerReader();
        early.begin({ method: "GET" });
        assert.equal(feed(early, cut(wire.slice(0, -1), at)), false);
        assert.equal(early.endOfInput(), false);
        const spoilt = new AnswerReader();
        spoilt.begin({ method: "GET" });
        assert.equal(feed(spoilt, [Buffer.from(`${wire}H`, "latin1")]), true);
        assert.equal(spoilt.reusable, false);
      }),
      { numRuns: 500 },
    );
  });

  it("reads the same over a real connection, used again and again", async () => {
    await fc.assert(
      fc.asyncProperty(answers, cuts, async ({ body, framing, wire }, at) => {
        const pieces = cut(wire, at);
        const { ask } = await answering(pieces, { thenEnd: framing === "close" });
        const into = Buffer.alloc(200);
        assert.deepEqual((await ask({ into })).body, body);
        assert.deepEqual((await ask()).body, body);
        await closeAll();
      }),
      { numRuns: 60 },
    );
  });
});
