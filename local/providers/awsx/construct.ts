import { status } from "@grpc/grpc-js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import type { CheckRequest, ConstructRequest } from "@pulumi/pulumi/proto/provider_pb.js";
import { ProviderError } from "../wire/errors.ts";
import { commonMethods } from "../wire/resource-methods.ts";
import type { Methods } from "../wire/service.ts";
import { decode, encode } from "../wire/struct.ts";
import {
  dependenciesOf,
  isRecord,
  isUnknown,
  mapValues,
  OutputValue,
  reveal,
  Secret,
  type Props,
  type Value,
} from "../wire/values.ts";
import { Component } from "./component.ts";
import { flatten, Monitor } from "./monitor.ts";

/** Builds one type of component: registers its children, answers its outputs. */
export type Builder = (component: Component, inputs: Props) => Promise<Props>;

export interface ComponentPackage {
  readonly schema: { readonly name: string; readonly version: string };
  readonly awsVersion: string;
  readonly types: Readonly<Record<string, Builder>>;
}

/** The plugin protocol's methods for a provider of components only. */
export function componentMethods(components: ComponentPackage): Methods {
  return {
    ...commonMethods(components.schema),
    checkConfig: (request: CheckRequest) => {
      return new messages.CheckResponse().setInputs(request.getNews());
    },
    diffConfig: () =>
      new messages.DiffResponse().setChanges(messages.DiffResponse.DiffChanges.DIFF_NONE),
    configure: () =>
      new messages.ConfigureResponse()
        .setAcceptsecrets(true)
        .setSupportspreview(true)
        .setAcceptresources(true)
        .setAcceptoutputs(true),
    construct: (request: ConstructRequest) => construct(request, components),
  };
}

async function construct(request: ConstructRequest, components: ComponentPackage) {
  const build = components.types[request.getType()];
  if (build === undefined) {
    throw new ProviderError(
      `The component ${request.getType()} is not in the embedded clouds yet. ` +
        `Deploy to a real account, or add it under local/providers/awsx/.`,
      { code: status.UNIMPLEMENTED },
    );
  }
  const monitor = new Monitor(request.getMonitorendpoint());
  try {
    const component = await Component.register(request, monitor, components.awsVersion);
    const outputs = await build(component, inputsOf(request));
    await monitor.registerOutputs(component.urn, outputs);
    return answer(component.urn, outputs);
  } finally {
    monitor.close();
  }
}

/** Inputs whose values know the resources they came from, also where the engine says so only beside them. */
function inputsOf(request: ConstructRequest): Props {
  const dependencies = request.getInputdependenciesMap();
  return mapValues(decode(request.getInputs()), (value, key) => {
    const urns = dependencies.get(key)?.getUrnsList() ?? [];
    if (urns.length === 0 || dependenciesOf(value).length > 0) return value;
    return withDependencies(value, urns);
  });
}

/** Every leaf of the value as an output of those resources: what is unknown inside stays unknown there alone. */
function withDependencies(value: Value, urns: readonly string[]): Value {
  if (Array.isArray(value)) return value.map((item) => withDependencies(item, urns));
  if (isRecord(value)) return mapValues(value, (item) => withDependencies(item, urns));
  if (isUnknown(value)) return new OutputValue(undefined, false, urns);
  if (value instanceof Secret) return new OutputValue(reveal(value.value), true, urns);
  return new OutputValue(value, false, urns);
}

function answer(urn: string, outputs: Props) {
  const response = new messages.ConstructResponse()
    .setUrn(urn)
    .setState(encode(mapValues(outputs, flatten)));
  for (const [key, value] of Object.entries(outputs)) {
    const dependencies = new messages.ConstructResponse.PropertyDependencies();
    dependencies.setUrnsList(dependenciesOf(value));
    response.getStatedependenciesMap().set(key, dependencies);
  }
  return response;
}
