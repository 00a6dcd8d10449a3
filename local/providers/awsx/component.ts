import messages from "@pulumi/pulumi/proto/resource_pb.js";
import type { ConstructRequest } from "@pulumi/pulumi/proto/provider_pb.js";
import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb.js";
import {
  containsSecret,
  dependenciesOf,
  isRecord,
  OutputValue,
  ResourceReference,
  reveal,
  Secret,
  unknown,
  type Props,
  type Value,
} from "../wire/values.ts";
import type { ChildProvider, Monitor, Registered } from "./monitor.ts";

/** A resource that this component registered; its values remember where they came from. */
export class Child {
  readonly urn: string;
  readonly #registered: Registered;
  readonly #packageVersion: string;

  constructor(registered: Registered, packageVersion: string) {
    this.urn = registered.urn;
    this.#registered = registered;
    this.#packageVersion = packageVersion;
  }

  get id(): OutputValue {
    return new OutputValue(this.#registered.id, false, [this.urn]);
  }

  output(name: string): OutputValue {
    const value = this.#registered.outputs[name] ?? null;
    if (value instanceof Secret) return new OutputValue(value.value, true, [this.urn]);
    return new OutputValue(value === unknown ? undefined : value, false, [this.urn]);
  }

  get reference(): ResourceReference {
    return new ResourceReference(this.urn, this.#registered.id, this.#packageVersion);
  }
}

export interface ChildOptions {
  /** The URN of the parent; the component itself unless told. */
  readonly parent?: string;
  readonly dependsOn?: readonly string[];
}

/** A component under construction: registers itself, then children beneath it. */
export class Component {
  readonly name: string;
  readonly urn: string;
  readonly monitor: Monitor;
  readonly awsProvider: ChildProvider;
  readonly #request: ConstructRequest;

  private constructor(request: ConstructRequest, monitor: Monitor, urn: string, version: string) {
    this.name = request.getName();
    this.urn = urn;
    this.monitor = monitor;
    const reference = request.getProvidersMap().get("aws") ?? "";
    this.awsProvider = { reference, version };
    this.#request = request;
  }

  /** `awsVersion` is that of the installed SDK, so that children share the program's own default provider. */
  static async register(
    request: ConstructRequest,
    monitor: Monitor,
    awsVersion: string,
  ): Promise<Component> {
    const registered = await monitor.register({
      type: request.getType(),
      name: request.getName(),
      custom: false,
      props: {},
      dependsOn: request.getDependenciesList(),
      prepare: (registration) => copyOptions(request, registration),
    });
    return new Component(request, monitor, registered.urn, awsVersion);
  }

  async child(type: string, name: string, props: Props, options: ChildOptions): Promise<Child> {
    const registered = await this.monitor.register({
      type,
      name,
      custom: true,
      props,
      dependsOn: options.dependsOn ?? [],
      prepare: (registration) => {
        registration
          .setParent(options.parent ?? this.urn)
          .setProvider(this.awsProvider.reference)
          .setVersion(this.awsProvider.version);
        const protect = this.#request.getProtect();
        if (protect !== undefined) registration.setProtect(protect);
      },
    });
    return new Child(registered, this.awsProvider.version);
  }

  invoke(token: string, args: Props): Promise<Props> {
    return this.monitor.invoke(token, args, this.awsProvider, this.urn);
  }
}

/** What the program asked for of the component as a whole. */
function copyOptions(from: ConstructRequest, to: RegisterResourceRequest): void {
  to.setParent(from.getParent())
    .setAliasesList(from.getAliasesList())
    .setAdditionalsecretoutputsList(from.getAdditionalsecretoutputsList())
    .setIgnorechangesList(from.getIgnorechangesList())
    .setReplaceonchangesList(from.getReplaceonchangesList())
    .setDeletedwith(from.getDeletedwith());
  const [protect, retain] = [from.getProtect(), from.getRetainondelete()];
  if (protect !== undefined) to.setProtect(protect);
  if (retain !== undefined) to.setRetainondelete(retain);
  for (const [name, reference] of from.getProvidersMap().entries()) {
    to.getProvidersMap().set(name, reference);
  }
  const timeouts = from.getCustomtimeouts();
  if (timeouts === undefined) return;
  to.setCustomtimeouts(
    new messages.RegisterResourceRequest.CustomTimeouts()
      .setCreate(timeouts.getCreate())
      .setUpdate(timeouts.getUpdate())
      .setDelete(timeouts.getDelete()),
  );
}

/** Maps laid over each other, the last one on top; any of them may be unknown or secret as a whole. */
export function mergeTags(...layers: readonly (Value | undefined)[]): Value {
  const present = layers.filter((layer) => layer !== undefined && layer !== null);
  const plain = present.map((layer) => (isRecord(layer) ? layer : reveal(layer)));
  const known = plain.every(isRecord) ? (Object.assign({}, ...plain) as Props) : undefined;
  if (present.every(isRecord) && known !== undefined) return known;
  const dependencies = new Set(present.flatMap(dependenciesOf));
  return new OutputValue(known, present.some(containsSecret), [...dependencies]);
}

/** Waits for all, whatever becomes of each, then throws the first failure: nothing goes on behind a failed call. */
export async function all<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(promises);
  const failed = settled.find((one) => one.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  return settled.filter((one) => one.status === "fulfilled").map(({ value }) => value);
}
