import type { z } from "zod";
import type { OperationEvent } from "../http/schemas.ts";
import type { Client } from "./client.ts";
import { ApiProblem } from "./problem.ts";
import { pauseBefore } from "./retry.ts";
import { readServerSentEvents } from "./server-sent-events.ts";

export type LiveEvent = z.output<typeof OperationEvent>;

export interface FollowOptions {
  /** The last event that was seen. */
  readonly after?: number;
  /** A stream that says nothing for so long is broken; the service's heartbeat comes every 15 s. */
  readonly silenceMs?: number;
  /** Between two looks where streams do not come through. */
  readonly pollMs?: number;
}

/**
 * An operation's events until it has settled: as a stream that is taken up again where it broke, or, where proxies let no stream through,
 * by looking again and again. Each event comes once.
 */
export async function* followOperation(
  client: Client,
  operation: string,
  { after = 0, silenceMs = 45_000, pollMs = 1000 }: FollowOptions = {},
): AsyncGenerator<LiveEvent> {
  const seen = { seq: after };
  let failures = 0;
  for (;;) {
    const before = seen.seq;
    try {
      if (yield* stream(client, operation, seen, silenceMs)) return;
    } catch (error) {
      client.signal?.throwIfAborted();
      if (error instanceof ApiProblem && error.status < 500 && error.status !== 429) throw error;
    }
    failures = seen.seq > before ? 0 : failures + 1;
    if (failures > 1) {
      yield* poll(client, operation, seen, pollMs);
      return;
    }
    await client.sleep(pauseBefore(1, undefined) ?? 0, client.signal);
  }
}

/** @returns whether the operation has settled; false: the stream broke off. */
async function* stream(
  client: Client,
  operation: string,
  seen: { seq: number },
  silenceMs: number,
): AsyncGenerator<LiveEvent, boolean> {
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(), silenceMs);
  const signal =
    client.signal === undefined ? silence.signal : AbortSignal.any([client.signal, silence.signal]);
  try {
    const headers = {
      accept: "text/event-stream",
      ...(seen.seq > 0 ? { "last-event-id": String(seen.seq) } : {}),
    };
    const answer = await client.open(
      "listOperationEvents",
      { params: { operation }, headers },
      signal,
    );
    // The settlement was seen before.
    if (answer.status === 204) return true;
    const isStream = answer.headers.get("content-type")?.includes("text/event-stream") === true;
    if (answer.body === null || !isStream) {
      await answer.body?.cancel();
      return false;
    }
    for await (const { event, data } of readServerSentEvents(alive(answer.body, timer))) {
      if (event === "settled") return true;
      const one = JSON.parse(data) as LiveEvent;
      if (one.seq <= seen.seq) continue;
      seen.seq = one.seq;
      yield one;
    }
    return false;
  } finally {
    clearTimeout(timer);
    silence.abort();
  }
}

/** Any byte is a sign of life. */
async function* alive(
  bytes: ReadableStream<Uint8Array>,
  timer: NodeJS.Timeout,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    timer.refresh();
    yield chunk;
  }
}

async function* poll(
  client: Client,
  operation: string,
  seen: { seq: number },
  pollMs: number,
): AsyncGenerator<LiveEvent> {
  for (;;) {
    // Settled is asked first: events are written before the settlement, so none can follow.
    const { done } = await client.call("getOperation", { params: { operation } });
    const query = { limit: 500, after: seen.seq };
    const page = await client.call("listOperationEvents", { params: { operation }, query });
    for (const one of page.items) {
      seen.seq = one.seq;
      yield one;
    }
    if (page.nextCursor !== null) continue;
    if (done) return;
    await client.sleep(pollMs, client.signal);
  }
}
