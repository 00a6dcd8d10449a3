import type { JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb.js";
import { Struct, type StructMessage } from "./protos.ts";
import {
  isRecord,
  Opaque,
  OutputValue,
  ResourceReference,
  Secret,
  unknown,
  Unknown,
  type Props,
  type Value,
} from "./values.ts";

// Source: pulumi/pulumi sdk/go/common/resource/{sig,plugin/rpc}.go; the Node SDK has the same in runtime/rpc.js.
const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
const resourceSignature = "5cf8f73096256a8f31e491e813e4eb8e";
const outputSignature = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
const unknownText = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const unknownTexts = new Set([
  unknownText,
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7", // boolean
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421", // number
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2", // list
  "030794c1-ac77-496b-92df-f27374a8bd58", // asset
  "e48ece36-62e2-4504-bad9-02848725956a", // archive
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff", // object
]);

/** Reads a message's properties; an absent message has none. */
export function decode(message: StructMessage | undefined): Props {
  if (message === undefined) return {};
  return decodeRecord(message.toJavaScript());
}

export function encode(props: Props): StructMessage {
  return Struct.fromJavaScript(encodeRecord(props) as Record<string, JavaScriptValue>);
}

function decodeRecord(fields: Record<string, unknown>): Props {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [key, decodeValue(value)]),
  );
}

export function decodeValue(value: unknown): Value {
  if (typeof value === "string") return unknownTexts.has(value) ? unknown : value;
  if (typeof value === "number" || typeof value === "boolean") return value;
  if (value === null || value === undefined) return null;
  if (Array.isArray(value)) return value.map(decodeValue);
  const fields = value as Record<string, unknown>;
  return signatureKey in fields ? decodeSpecial(fields) : decodeRecord(fields);
}

function decodeSpecial(fields: Record<string, unknown>): Value {
  switch (fields[signatureKey]) {
    case secretSignature:
      return new Secret(decodeValue(fields["value"]));
    case outputSignature:
      return new OutputValue(
        "value" in fields ? decodeValue(fields["value"]) : undefined,
        fields["secret"] === true,
        (fields["dependencies"] as string[] | undefined) ?? [],
      );
    case resourceSignature: {
      const id = fields["id"] as string | undefined;
      const known = id !== undefined && id !== "" && !unknownTexts.has(id);
      const version = (fields["packageVersion"] as string | undefined) ?? "";
      return new ResourceReference(fields["urn"] as string, known ? id : undefined, version);
    }
    default:
      return new Opaque(fields);
  }
}

function encodeRecord(props: Props): Record<string, unknown> {
  return Object.fromEntries(Object.entries(props).map(([key, value]) => [key, encodeValue(value)]));
}

export function encodeValue(value: Value): unknown {
  if (value instanceof Unknown) return unknownText;
  if (value instanceof Secret) {
    return { [signatureKey]: secretSignature, value: encodeValue(value.value) };
  }
  if (value instanceof OutputValue) return encodeOutput(value);
  if (value instanceof ResourceReference) {
    const { urn, id, packageVersion } = value;
    return { [signatureKey]: resourceSignature, urn, id: id ?? "", packageVersion };
  }
  if (value instanceof Opaque) return value.fields;
  if (Array.isArray(value)) return value.map(encodeValue);
  return isRecord(value) ? encodeRecord(value) : value;
}

function encodeOutput(output: OutputValue): unknown {
  return {
    [signatureKey]: outputSignature,
    ...(output.value === undefined ? {} : { value: encodeValue(output.value) }),
    ...(output.secret ? { secret: true } : {}),
    ...(output.dependencies.length === 0 ? {} : { dependencies: [...output.dependencies] }),
  };
}
