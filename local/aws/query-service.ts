import { randomUUID } from "node:crypto";
import { readText } from "./body.ts";
import type { AwsRequest, AwsService } from "./contract.ts";
import { AwsError } from "./contract.ts";
import { sendXml, XML_NAMESPACES } from "./protocols.ts";
import { element, type XmlValue } from "./xml.ts";

/** The parameters of a query request: flat names such as `Tags.member.1.Key`. */
export class Form {
  readonly #values: URLSearchParams;

  constructor(values: URLSearchParams) {
    this.#values = values;
  }

  optional(name: string): string | undefined {
    return this.#values.get(name) ?? undefined;
  }

  /** @throws AwsError ValidationError, when it is not there. */
  text(name: string): string {
    const value = this.#values.get(name);
    if (value === null)
      throw new AwsError(
        "ValidationError",
        400,
        `1 validation error detected: Value null at '${name}' failed to satisfy constraint: Member must not be null`,
      );
    return value;
  }

  integer(name: string, otherwise: number): number {
    const text = this.optional(name);
    if (text === undefined) return otherwise;
    if (!/^-?\d+$/.test(text))
      throw new AwsError("ValidationError", 400, `${name} must be a whole number, got "${text}".`);
    return Number(text);
  }

  /** `prefix.member.N` as a list. */
  list(prefix: string): string[] {
    const all: string[] = [];
    for (let n = 1; ; n++) {
      const value = this.optional(`${prefix}.member.${n}`);
      if (value === undefined) return all;
      all.push(value);
    }
  }

  /** `Tags.member.N.Key` and `.Value`. */
  tags(prefix = "Tags"): Record<string, string> {
    const all: Record<string, string> = {};
    for (let n = 1; ; n++) {
      const key = this.optional(`${prefix}.member.${n}.Key`);
      if (key === undefined) return all;
      all[key] = this.optional(`${prefix}.member.${n}.Value`) ?? "";
    }
  }

  /** All parameters, for code that reads them its own way. */
  flat(): Record<string, string> {
    return Object.fromEntries(this.#values);
  }
}

/** One action: returns the content of its Result element, or nothing when it has none. */
export type QueryOperation = (
  form: Form,
  request: AwsRequest,
) => Promise<XmlValue | null> | XmlValue | null;

/** A service of the query protocol: a form goes in, XML comes out. */
export function queryService(
  service: "iam" | "sts" | "sns",
  operations: Readonly<Record<string, QueryOperation>>,
): AwsService {
  return {
    handle: async (request) => {
      const text = await readText(request.body);
      const values = new URLSearchParams(text === "" ? request.url.search : text);
      const action = values.get("Action") ?? "";
      const run = Object.hasOwn(operations, action) ? operations[action] : undefined;
      if (run === undefined)
        throw new AwsError(
          "InvalidAction",
          400,
          `The local AWS has no action "${action}" in ${service}.`,
        );
      const result = await run(new Form(values), request);
      sendXml(request.res, envelope(service, action, result, request.requestId));
    },
  };
}

function envelope(
  service: string,
  action: string,
  result: XmlValue | null,
  requestId: string = randomUUID(),
): string {
  const body = {
    ...(result === null ? {} : { [`${action}Result`]: result }),
    ResponseMetadata: { RequestId: requestId },
  };
  return element(`${action}Response`, body, ` xmlns="${XML_NAMESPACES[service] ?? ""}"`);
}
