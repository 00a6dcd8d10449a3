import type { Form } from "../query-service.ts";
import type { MessageAttribute, Publication } from "./topics.ts";
import { invalid } from "./topics.ts";

/** The largest message with its attributes, bytes. */
const LARGEST = 262_144;

/** `Attributes.entry.N.key` and `.value`. */
export function readAttributes(form: Form): Record<string, string> {
  const all: Record<string, string> = {};
  for (let n = 1; ; n++) {
    const key = form.optional(`Attributes.entry.${n}.key`);
    if (key === undefined) return all;
    all[key] = form.optional(`Attributes.entry.${n}.value`) ?? "";
  }
}

/** A message to publish; `prefix` is empty or that of a batch's entry. @throws AwsError InvalidParameter */
export function readPublication(form: Form, prefix: string): Publication {
  const message = form.optional(`${prefix}Message`) ?? "";
  const attributes = readMessageAttributes(form, `${prefix}MessageAttributes.entry`);
  const size = Buffer.byteLength(message) + Buffer.byteLength(JSON.stringify(attributes));
  if (message === "") throw invalid("Empty message");
  if (size > LARGEST) throw invalid("Message too long");
  return {
    message,
    attributes,
    subject: form.optional(`${prefix}Subject`),
    groupId: form.optional(`${prefix}MessageGroupId`),
    deduplicationId: form.optional(`${prefix}MessageDeduplicationId`),
  };
}

export function readEntries(form: Form): { id: string; publication: Publication }[] {
  const all: { id: string; publication: Publication }[] = [];
  for (let n = 1; ; n++) {
    const prefix = `PublishBatchRequestEntries.member.${n}.`;
    const id = form.optional(`${prefix}Id`);
    if (id === undefined) return all;
    all.push({ id, publication: readPublication(form, prefix) });
  }
}

function readMessageAttributes(form: Form, prefix: string): Record<string, MessageAttribute> {
  const all: Record<string, MessageAttribute> = {};
  for (let n = 1; ; n++) {
    const name = form.optional(`${prefix}.${n}.Name`);
    if (name === undefined) return all;
    const StringValue = form.optional(`${prefix}.${n}.Value.StringValue`);
    const BinaryValue = form.optional(`${prefix}.${n}.Value.BinaryValue`);
    all[name] = {
      DataType: form.optional(`${prefix}.${n}.Value.DataType`) ?? "String",
      ...(StringValue === undefined ? {} : { StringValue }),
      ...(BinaryValue === undefined ? {} : { BinaryValue }),
    };
  }
}
