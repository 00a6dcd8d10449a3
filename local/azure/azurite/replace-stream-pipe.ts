import { fdatasync, write } from "node:fs";
import type { Readable } from "node:stream";
import { promisify } from "node:util";
import type { AzuriteServer } from "./protocol.ts";

const flush = promisify(fdatasync);
const append = promisify(write);

/**
 * By its source, Azurite 3.37 closes an extent's file as soon as an upload breaks off, while a write may still
 * be queued: it would land in whichever file is opened under that number next. (Rare: not seen in 300 broken
 * uploads.) Workers are killed half-way on purpose here, so no write is queued when this reports a failure.
 */
export function replaceStreamPipe(server: AzuriteServer): void {
  if (server.extentStore.streamPipe !== undefined) server.extentStore.streamPipe = streamPipe;
}

/** @param fd of a file opened for appending; stays open (it is Azurite's to close) */
async function streamPipe(from: Readable, _: unknown, fd: number): Promise<number> {
  let count = 0;
  // A full disk must not destroy the request that is to be answered with it.
  const chunks = from.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length;) {
      at += (await append(fd, chunk, at, chunk.length - at, null)).bytesWritten;
    }
    count += chunk.length;
  }
  await flush(fd);
  return count;
}
