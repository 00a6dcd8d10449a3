import { Metadata, status } from "@grpc/grpc-js";
import providerMessages from "@pulumi/pulumi/proto/provider_pb.js";
import statusMessages from "@pulumi/pulumi/proto/status_pb.js";
import { Any } from "./protos.ts";
import { encode } from "./struct.ts";
import type { Props } from "./values.ts";

/** An error that the engine shows to whoever runs it, in these words. */
export class ProviderError extends Error {
  override readonly name: string = "ProviderError";
  readonly code: status;
  constructor(message: string, options: { code?: status; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.code = options.code ?? status.UNKNOWN;
  }
}

/** The resource exists, but not all of it was set up: the engine records it and mends it on the next update. */
export class PartialResource extends ProviderError {
  override readonly name = "PartialResource";
  readonly id: string;
  readonly inputs: Props;
  readonly state: Props;
  constructor(message: string, resource: { id: string; inputs: Props; state: Props }) {
    super(message);
    this.id = resource.id;
    this.inputs = resource.inputs;
    this.state = resource.state;
  }
}

export interface ServiceFailure {
  readonly code: status;
  readonly details: string;
  readonly metadata: Metadata;
}

export function toServiceFailure(error: unknown): ServiceFailure {
  const message = error instanceof Error ? error.message : String(error);
  const metadata = new Metadata();
  if (error instanceof PartialResource) {
    metadata.set("grpc-status-details-bin", Buffer.from(details(error)));
  }
  const code = error instanceof ProviderError ? error.code : status.UNKNOWN;
  return { code, details: message, metadata };
}

function details(error: PartialResource): Uint8Array {
  const failed = new providerMessages.ErrorResourceInitFailed();
  failed.setId(error.id);
  failed.setProperties(encode(error.state));
  failed.setInputs(encode(error.inputs));
  failed.setReasonsList([error.message]);
  const any = new Any();
  any.pack(failed.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const answer = new statusMessages.Status();
  answer.setCode(status.UNKNOWN);
  answer.setMessage(error.message);
  answer.addDetails(any);
  return answer.serializeBinary();
}
