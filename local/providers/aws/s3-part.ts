import { text } from "../framework/access.ts";
import type { Props } from "../wire/values.ts";
import type { AwsType } from "./aws.ts";
import { unlessMissing } from "./clients.ts";

interface Part extends Pick<AwsType, "token" | "supports" | "documents" | "sets" | "rules"> {
  readonly defaults?: Props;
  readonly put: (Bucket: string, inputs: Props) => Promise<unknown>;
  /** Undefined when the bucket has no such configuration. */
  readonly get: (Bucket: string) => Promise<Props | undefined>;
  readonly remove: (Bucket: string) => Promise<unknown>;
}

/** A configuration of a bucket: it is known by the bucket's name, and there is one of it. */
export function bucketPart(part: Part): AwsType {
  const { put, get, remove, ...description } = part;
  const nameOf = (inputs: Props, id: string) =>
    typeof inputs["bucket"] === "string" ? inputs["bucket"] : id;
  return {
    ...description,
    supports: ["bucket", "region", ...(part.supports ?? [])],
    replaceOn: ["bucket"],
    create: async (inputs) => {
      const name = text(inputs, "bucket");
      await put(name, inputs);
      return name;
    },
    settle: async (id, inputs, _scope, before) => {
      if (before !== undefined) await put(nameOf(inputs, id), inputs);
    },
    read: async (id, inputs) => {
      const name = nameOf(inputs, id);
      const live = await unlessMissing(get(name), "NoSuchBucket");
      return live === undefined ? undefined : { inputs: { bucket: name, ...live }, outputs: {} };
    },
    delete: async (id, inputs) => {
      await unlessMissing(remove(nameOf(inputs, id)), "NoSuchBucket");
    },
  };
}
