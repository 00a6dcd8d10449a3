import { randomUUID } from "node:crypto";
import type { Operation } from "../../../service/http/schemas.ts";

export interface Times {
  /** Milliseconds to the first event of a resource, and to the end. */
  first: number;
  total: number;
}

/** Sends a request that begins an operation, and follows its live events to the end. */
export async function timedByApi(
  url: string,
  method: string,
  path: string,
  body: object,
): Promise<Times> {
  const began = performance.now();
  const operation = await send(url, method, path, body);
  const stream = await fetch(url + operation.links.events, {
    headers: { accept: "text/event-stream" },
  });
  let first: number | undefined;
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of stream.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    if (text.includes("event: resource")) first ??= performance.now() - began;
    if (text.includes("event: settled")) break;
  }
  const total = performance.now() - began;
  const end = (await (await fetch(url + operation.links.self)).json()) as Operation;
  if (end.metadata.state !== "succeeded") throw new Error(JSON.stringify(end));
  return { first: first ?? total, total };
}

/** Sends a change and answers with the operation that stands for it. */
export async function send(
  url: string,
  method: string,
  path: string,
  body: object,
): Promise<Operation> {
  const answer = await fetch(url + path, {
    method,
    headers: { "content-type": "application/json", "idempotency-key": randomUUID() },
    body: JSON.stringify(body),
  });
  if (answer.status !== 202) {
    throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  }
  return (await answer.json()) as Operation;
}
