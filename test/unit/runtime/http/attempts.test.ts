import assert from "node:assert/strict";
import { attempts } from "../../../../runtime/http/attempts.ts";
import { Interrupted } from "../../../../runtime/errors.ts";
import { cloudError, never } from "../fakes.ts";

const quick = { signal: never, pause: () => Promise.resolve(), random: () => 0 };

function failing(...codes: string[]): { what: () => Promise<string>; tries: () => number } {
  let tries = 0;
  return {
    tries: () => tries,
    what: () => {
      const code = codes[tries];
      tries += 1;
      return code === undefined
        ? Promise.resolve("done")
        : Promise.reject(cloudError("azure", "blob:PutBlob", code, 500));
    },
  };
}

describe("attempts", () => {
  it("repeat what may pass, up to five times in all", async () => {
    const twice = failing("InternalError", "ServerBusy");
    assert.equal(await attempts(twice.what, quick), "done");
    assert.equal(twice.tries(), 3);
    const always = failing(...Array.from({ length: 9 }, () => "InternalError"));
    await assert.rejects(attempts(always.what, quick), /InternalError/);
    assert.equal(always.tries(), 5);
  });

  it("do not repeat what will not pass", async () => {
    const denied = failing("BlobAlreadyExists");
    await assert.rejects(attempts(denied.what, quick), /BlobAlreadyExists/);
    assert.equal(denied.tries(), 1);
  });

  it("repeat once what the caller deems worth it", async () => {
    const onceMore = ({ code }: { readonly code: string }): boolean => code === "CannotReadSource";
    const lucky = failing("CannotReadSource");
    assert.equal(await attempts(lucky.what, { ...quick, onceMore }), "done");
    const always = failing("CannotReadSource", "CannotReadSource", "CannotReadSource");
    await assert.rejects(attempts(always.what, { ...quick, onceMore }), /CannotReadSource/);
    assert.equal(always.tries(), 2);
  });

  it("sign again when there are other credentials, and only then", async () => {
    const expired = failing("AuthenticationFailed");
    const reSign = () => Promise.resolve(true);
    assert.equal(await attempts(expired.what, { ...quick, reSign }), "done");
    const same = failing("AuthenticationFailed", "AuthenticationFailed");
    await assert.rejects(attempts(same.what, { ...quick, reSign: () => Promise.resolve(false) }));
    assert.equal(same.tries(), 1);
  });

  it("wait as long as the cloud asks for", async () => {
    const waits: number[] = [];
    let tries = 0;
    const busy = (): Promise<string> => {
      tries += 1;
      if (tries > 1) return Promise.resolve("done");
      const error = cloudError("azure", "blob:PutBlob", "ServerBusy", 503);
      return Promise.reject(
        Object.assign(error, { facts: { ...error.facts, retryAfterMs: 1234 } }),
      );
    };
    const pause = (ms: number): Promise<void> => (waits.push(ms), Promise.resolve());
    await attempts(busy, { ...quick, pause });
    assert.deepEqual(waits, [1234]);
  });

  it("do not wait where an answer broke off that was coming, but the first time only", async () => {
    const waits: number[] = [];
    const pause = (ms: number): Promise<void> => (waits.push(ms), Promise.resolve());
    const brokenAfter = (received: number) => (): Promise<string> => {
      const error = cloudError("s3", "s3:GetObject", "Truncated", 0);
      return Promise.reject(Object.assign(error, { facts: { ...error.facts, received } }));
    };
    const options = { ...quick, random: () => 0.5, limit: 3, pause };
    await assert.rejects(attempts(brokenAfter(10), options), /Truncated/);
    assert.deepEqual(waits, [100]);
    await assert.rejects(attempts(brokenAfter(0), options), /Truncated/);
    assert.deepEqual(waits, [100, 50, 100]);
  });

  it("end at once when the worker stops", async () => {
    const stopped = AbortSignal.abort();
    await assert.rejects(attempts(failing().what, { ...quick, signal: stopped }), Interrupted);
  });
});
