import type { Table } from "../../table.ts";
import type { ResourceType } from "./resource-type.ts";
import type { Props } from "../wire/values.ts";

/** A resource that nothing in the embedded clouds acts on: it is only remembered. */
export interface Recorded {
  readonly token: string;
  readonly id: string;
  /** Revealed; never secret: none of the recorded types takes a secret. */
  readonly inputs: Props;
  /** What AWS decided when it was made, for example a key id. */
  readonly own: Props;
}

export type Records = Table<Recorded>;

export interface RecordedType<S> extends Omit<
  ResourceType<S>,
  "create" | "settle" | "read" | "delete"
> {
  readonly identify: (inputs: Props, scope: S) => { id: string; own?: Props };
  readonly outputs: (record: Recorded, scope: S) => Props;
  /** The error of a second one under the same id. */
  readonly duplicate?: (id: string) => Error;
  /** Throws when what it belongs to does not exist. */
  readonly require?: (inputs: Props) => void;
  /** Throws when it may not be deleted. */
  readonly release?: (record: Recorded) => void;
}

/** The life of a recorded resource; its row is by token and id. */
export function recorded<S>(table: Records, type: RecordedType<S>): ResourceType<S> {
  const { identify, outputs, duplicate, require, release, ...description } = type;
  const key = (id: string) => `${type.token}|${id}`;
  return {
    ...description,
    create: (inputs, scope) => {
      require?.(inputs);
      const { id, own } = identify(inputs, scope);
      if (duplicate !== undefined && table.has(key(id))) throw duplicate(id);
      table.set(key(id), { token: type.token, id, inputs, own: own ?? {} });
      return id;
    },
    settle: (id, inputs) => {
      const record = table.get(key(id));
      if (record !== undefined) table.set(key(id), { ...record, inputs });
    },
    read: (id, _inputs, scope) => {
      const record = table.get(key(id));
      if (record === undefined) return undefined;
      const { tags, tagsAll, ...own } = record.inputs;
      return {
        inputs: { ...own, tags: tagsAll ?? tags ?? {} },
        outputs: outputs(record, scope),
      };
    },
    delete: (id) => {
      const record = table.get(key(id));
      if (record === undefined) return;
      release?.(record);
      table.delete(key(id));
    },
  };
}
