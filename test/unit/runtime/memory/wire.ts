import { CloudError, type CloudService } from "../../../../runtime/errors.ts";

/** One request to a cloud in memory. */
export interface Call {
  readonly side: "source" | "target";
  /** `list`, `look`, `fetch`, `read`, `tags`, `restore`; `put`, `putFrom`, `staged`, `stage`, `stageFrom`, `note`, `commit`, `remove`, `discard`. */
  readonly op: string;
  /** Key at the source, name at the target. */
  readonly key: string;
  readonly start?: number;
  readonly index?: number;
}

/** What a test does to requests: wait, change the world, throw. Several clouds may share one. */
export class Wire {
  readonly calls: Call[] = [];
  /** Before the cloud does what it is asked. */
  before: ((call: Call) => void | Promise<void>) | undefined;
  /** After it has been done: what is thrown here is an answer that got lost. */
  after: ((call: Call) => void | Promise<void>) | undefined;
  /** How many bytes of a body arrive before it breaks off; undefined: all. */
  cutOff: ((call: Call, length: number) => number | undefined) | undefined;

  async through<T>(call: Call, effect: () => T | Promise<T>): Promise<T> {
    this.calls.push(call);
    await this.before?.(call);
    const answer = await effect();
    await this.after?.(call);
    return answer;
  }

  /** How often something was asked for. */
  count(op: string, side?: Call["side"]): number {
    return this.calls.filter((call) => call.op === op && (side === undefined || call.side === side))
      .length;
  }
}

export function cloudError(
  service: CloudService,
  action: string,
  code: string,
  status: number,
  received?: number,
): CloudError {
  const facts = { service, action, subject: "x", code, status, said: code };
  return new CloudError(received === undefined ? facts : { ...facts, received });
}
