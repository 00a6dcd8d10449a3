import { fdatasync } from "node:fs";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import type { AzuriteServer } from "./protocol.ts";

const flush = promisify(fdatasync);

/**
 * Azurite 3.37 closes an extent's file as soon as an upload breaks off, while a write to it may still be under
 * way: the late write can land in whichever file is opened under that number next. Workers are killed
 * half-way on purpose here, so this waits for the last write to end before the failure is reported.
 */
export function replaceStreamPipe(server: AzuriteServer): void {
  if (server.extentStore.streamPipe !== undefined) server.extentStore.streamPipe = streamPipe;
}

async function streamPipe(from: Readable, to: Writable, fd: number | undefined): Promise<number> {
  let count = 0;
  const counted = async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      count += chunk.length;
      yield chunk;
    }
  };
  try {
    await pipeline(from, counted, to);
  } catch (error) {
    if (!to.closed) await once(to, "close");
    throw error;
  }
  if (fd !== undefined) await flush(fd);
  return count;
}
