import type { z } from "zod";
import { readText } from "./body.ts";
import type { AwsRequest, AwsService } from "./contract.ts";
import { AwsError } from "./contract.ts";
import { sendJson } from "./protocols.ts";

/** One operation of a JSON service: its input is checked before it runs. */
export type JsonOperation = (input: unknown, request: AwsRequest) => Promise<object> | object;

/** Ties an operation's input schema to what it does. */
export function operation<S extends z.ZodType>(
  schema: S,
  run: (input: z.infer<S>, request: AwsRequest) => Promise<object> | object,
): JsonOperation {
  return (input, request) => {
    const parsed = schema.safeParse(input);
    if (parsed.success) return run(parsed.data, request);
    const issue = parsed.error.issues[0];
    const at = issue?.path.join(".") ?? "";
    throw new InvalidInput(
      `Value at '${at}' failed to satisfy constraint: ${issue?.message ?? ""}`,
    );
  };
}

/** An input that does not have the operation's shape; each service has its own code for it. */
class InvalidInput extends Error {}

export interface JsonServiceOptions {
  readonly protocol: "json-1.0" | "json-1.1";
  /** What stands before the operation's name in X-Amz-Target, without the dot. */
  readonly target: string;
  /** The service's code for an input that has not the right shape. */
  readonly invalid: string;
  readonly operations: Readonly<Record<string, JsonOperation>>;
}

/** A service of the JSON protocols: one POST per operation, named by the header X-Amz-Target. */
export function jsonService(options: JsonServiceOptions): AwsService {
  const run = async (request: AwsRequest): Promise<object> => {
    const text = await readText(request.body);
    const target = String(request.req.headers["x-amz-target"] ?? "");
    const name = target.slice(target.indexOf(".") + 1);
    const known = Object.hasOwn(options.operations, name) ? options.operations[name] : undefined;
    if (known === undefined || !target.startsWith(`${options.target}.`))
      throw unknownOperation(request.service, target);
    try {
      return await known(parse(text), request);
    } catch (error) {
      if (error instanceof InvalidInput) throw new AwsError(options.invalid, 400, error.message);
      throw error;
    }
  };
  return {
    handle: async (request) => {
      const answer = await run(request);
      if (!request.res.destroyed) sendJson(request.res, options.protocol, answer);
    },
  };
}

function parse(text: string): unknown {
  if (text === "") return {};
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new AwsError("SerializationException", 400, "The request's body is not valid JSON.");
  }
}

function unknownOperation(service: string, target: string): AwsError {
  return new AwsError(
    "UnknownOperationException",
    400,
    `The local AWS has no operation "${target}" in ${service}.`,
  );
}
