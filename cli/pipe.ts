import type { Writable } from "node:stream";

/**
 * `causeway ... | head` closes the pipe before all is said. That is no error: the command goes on to its end, and what it still says is said
 * to nobody. `gone` lets a command stop that has nothing else to do than to speak.
 */
export const gone = new AbortController();

export function keepOnWithoutReader(...streams: readonly Writable[]): void {
  for (const stream of streams) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE" && error.code !== "ERR_STREAM_DESTROYED") throw error;
      gone.abort();
    });
  }
}

/** Resolves when all that was written is out, or can never be. */
export function flushed(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed) resolve();
    else stream.write("", () => resolve());
  });
}
