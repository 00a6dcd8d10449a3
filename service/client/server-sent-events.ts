/** One event of a stream (HTML Living Standard, section 9.2). */
export interface ServerSentEvent {
  /** The last id that the stream has said, this event's or an earlier one's. */
  readonly id: string;
  readonly event: string;
  readonly data: string;
}

/** Reads events from bytes, however these are cut; comments and fields that it does not know are skipped. */
export async function* readServerSentEvents(
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<ServerSentEvent> {
  let id = "";
  let event = "";
  let data: string[] = [];
  for await (const line of linesOf(bytes)) {
    if (line === "") {
      if (data.length > 0)
        yield { id, event: event === "" ? "message" : event, data: data.join("\n") };
      event = "";
      data = [];
      continue;
    }
    const [, field = "", value = ""] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
    if (field === "data") data.push(value);
    else if (field === "event") event = value;
    else if (field === "id" && !value.includes("\0")) id = value;
  }
}

/** Lines end with LF, CR or CRLF; what has no end is no line. */
async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of bytes) {
    rest += decoder.decode(chunk, { stream: true });
    for (;;) {
      // A CR at the very end may be half a CRLF.
      const end = /\r\n|\n|\r(?=[^])/.exec(rest);
      if (end === null) break;
      yield rest.slice(0, end.index);
      rest = rest.slice(end.index + end[0].length);
    }
  }
}
