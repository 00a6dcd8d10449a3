import { createRequire } from "node:module";
import type { Struct as StructMessage } from "google-protobuf/google/protobuf/struct_pb.js";
import type { Any as AnyMessage } from "google-protobuf/google/protobuf/any_pb.js";
import type { Empty as EmptyMessage } from "google-protobuf/google/protobuf/empty_pb.js";

// The SDK's generated messages only work with the protobuf runtime that the SDK itself loads, which
// may be another copy than the one on top of node_modules.
const require = createRequire(import.meta.url);
const sdkRequire = createRequire(require.resolve("@pulumi/pulumi/proto/provider_pb.js"));

const wellKnown = "google-protobuf/google/protobuf";
export const { Struct } = sdkRequire(`${wellKnown}/struct_pb.js`) as {
  Struct: typeof StructMessage;
};
export const { Any } = sdkRequire(`${wellKnown}/any_pb.js`) as { Any: typeof AnyMessage };
export const { Empty } = sdkRequire(`${wellKnown}/empty_pb.js`) as { Empty: typeof EmptyMessage };

export type { StructMessage, EmptyMessage };
