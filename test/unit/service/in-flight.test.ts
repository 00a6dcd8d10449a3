import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import type { Request, Response } from "express";
import { InFlight } from "../../../service/http/in-flight.ts";

describe("requests in flight", () => {
  const request = (method: string): Request =>
    Object.assign(new EventEmitter(), { method }) as unknown as Request;
  function sent(inFlight: InFlight, method: string): EventEmitter {
    const response = new EventEmitter();
    inFlight.count(request(method), response as unknown as Response, () => undefined);
    return response;
  }
  async function isQuiet(inFlight: InFlight, mostMs = 10_000): Promise<boolean> {
    const quiet = inFlight.quiet(mostMs).then(() => true);
    return Promise.race([quiet, delay(30, false)]);
  }

  it("are quiet when nobody waits for a change, whoever reads", async () => {
    const inFlight = new InFlight();
    sent(inFlight, "GET");
    assert.equal(await isQuiet(inFlight), true);
  });

  it("are waited for until the last is answered or given up", async () => {
    const inFlight = new InFlight();
    const [first, second] = [sent(inFlight, "POST"), sent(inFlight, "PUT")];
    const quiet = inFlight.quiet(10_000);
    first.emit("close");
    assert.equal(await isQuiet(inFlight), false);
    second.emit("close");
    await quiet;
    assert.equal(await isQuiet(inFlight), true);
  });

  it("are not waited for longer than was said", async () => {
    const inFlight = new InFlight();
    sent(inFlight, "DELETE");
    assert.equal(await isQuiet(inFlight, 5), true);
  });
});
