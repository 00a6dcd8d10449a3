import { credentials } from "@grpc/grpc-js";
import type { ServiceError } from "@grpc/grpc-js";
import grpcMonitor from "@pulumi/pulumi/proto/resource_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/resource_pb.js";
import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb.js";
import { ProviderError } from "../wire/errors.ts";
import { channelOptions } from "../wire/service.ts";
import { decode, encode } from "../wire/struct.ts";
import {
  dependenciesOf,
  isRecord,
  mapValues,
  OutputValue,
  Secret,
  unknown,
  type Props,
  type Value,
} from "../wire/values.ts";

export interface Registration {
  readonly type: string;
  readonly name: string;
  readonly custom: boolean;
  readonly props: Props;
  readonly dependsOn?: readonly string[];
  /** Sets what else the request needs: parent, provider, options. */
  readonly prepare: (request: RegisterResourceRequest) => void;
}

export interface Registered {
  readonly urn: string;
  /** Undefined while it is not known: in a preview of what does not exist yet. */
  readonly id: string | undefined;
  readonly outputs: Props;
}

/** The engine's end of one Construct call. Each call has a connection of its own: nothing is shared between engines. */
export class Monitor {
  readonly #client: InstanceType<typeof grpcMonitor.ResourceMonitorClient>;

  constructor(endpoint: string) {
    this.#client = new grpcMonitor.ResourceMonitorClient(
      endpoint,
      credentials.createInsecure(),
      channelOptions,
    );
  }

  /** Answers when the engine has finished with the resource: created it, or foreseen it. */
  async register(registration: Registration): Promise<Registered> {
    const request = registerRequest(registration);
    const response = await new Promise<InstanceType<typeof messages.RegisterResourceResponse>>(
      (resolve, reject) => {
        this.#client.registerResource(request, (error, answer) =>
          error === null ? resolve(answer) : reject(refused(registration.name, error)),
        );
      },
    );
    const id = response.getId();
    return {
      urn: response.getUrn(),
      id: id === "" ? undefined : id,
      outputs: decode(response.getObject()),
    };
  }

  async registerOutputs(urn: string, outputs: Props): Promise<void> {
    const request = new messages.RegisterResourceOutputsRequest()
      .setUrn(urn)
      .setOutputs(encode(mapValues(outputs, flatten)));
    await new Promise<void>((resolve, reject) => {
      this.#client.registerResourceOutputs(request, (error) =>
        error === null ? resolve() : reject(refused(urn, error)),
      );
    });
  }

  async invoke(
    token: string,
    args: Props,
    provider: ChildProvider,
    parent: string,
  ): Promise<Props> {
    const request = new messages.ResourceInvokeRequest()
      .setTok(token)
      .setArgs(encode(mapValues(args, flatten)))
      .setProvider(provider.reference)
      .setVersion(provider.version)
      .setParent(parent);
    return new Promise((resolve, reject) => {
      this.#client.invoke(request, (error, response) =>
        error === null ? resolve(decode(response.getReturn())) : reject(refused(token, error)),
      );
    });
  }

  close(): void {
    this.#client.close();
  }
}

/** Which provider serves a child: the one that the program gave, else the default one of that version. */
export interface ChildProvider {
  readonly reference: string;
  readonly version: string;
}

function registerRequest(registration: Registration): RegisterResourceRequest {
  const { type, name, custom, props, dependsOn } = registration;
  const request = new messages.RegisterResourceRequest()
    .setType(type)
    .setName(name)
    .setCustom(custom)
    .setObject(encode(mapValues(props, flatten)))
    .setAcceptsecrets(true)
    .setAcceptresources(true)
    .setSupportspartialvalues(true)
    .setAliasspecs(true);
  const all = new Set(dependsOn);
  for (const [key, value] of Object.entries(props)) {
    const urns = dependenciesOf(value);
    if (urns.length === 0) continue;
    const dependencies = new messages.RegisterResourceRequest.PropertyDependencies();
    request.getPropertydependenciesMap().set(key, dependencies.setUrnsList(urns));
    urns.forEach((urn) => all.add(urn));
  }
  request.setDependenciesList([...all]);
  registration.prepare(request);
  return request;
}

/** Output values without their dependencies, which travel beside the properties. */
export function flatten(value: Value): Value {
  if (value instanceof OutputValue) {
    const inner = value.value === undefined ? unknown : flatten(value.value);
    return value.secret && !(inner instanceof Secret) ? new Secret(inner) : inner;
  }
  if (value instanceof Secret) return new Secret(flatten(value.value));
  if (Array.isArray(value)) return value.map(flatten);
  return isRecord(value) ? mapValues(value, flatten) : value;
}

function refused(subject: string, error: ServiceError): ProviderError {
  return new ProviderError(`${subject}: ${error.details || error.message}`, {
    code: error.code,
    cause: error,
  });
}
