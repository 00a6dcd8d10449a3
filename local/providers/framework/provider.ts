import { status } from "@grpc/grpc-js";
import type { PackageSchema } from "../schema/schema.ts";
import { PartialResource, ProviderError } from "../wire/errors.ts";
import {
  conceal,
  containsSecret,
  isUnknown,
  mapValues,
  reveal,
  revealAll,
  Secret,
  unknown,
  type Props,
  type Value,
} from "../wire/values.ts";
import { withName, type Naming } from "./autoname.ts";
import { checkShape, normalise } from "./check.ts";
import { reconcile } from "./compare.ts";
import { propertyChanges, type PropertyChange } from "./diff.ts";
import type { FunctionType, Live, Problem, ResourceType } from "./resource-type.ts";
import { worded } from "./wording.ts";

/** A provider package: its schema, the types it serves, and how it reads its configuration. */
export interface ProviderDefinition<S> {
  readonly schema: PackageSchema;
  readonly types: readonly ResourceType<S>[];
  readonly functions: readonly FunctionType<S>[];
  /** Throws a ProviderError when the configuration asks for something the embedded clouds are not. */
  configure(config: Props, cancelled: AbortSignal): S;
  /** Adds what the provider itself adds to checked inputs: merged tags, a default location. */
  complete?(inputs: Props, token: string, scope: S): Promise<Props> | Props;
  /** Tells what the provider itself added (default tags, a region) from what the program set. */
  finish?(token: string, live: Live, inputs: Props, scope: S): Live;
}

export interface Checked {
  readonly inputs: Props;
  readonly problems: readonly Problem[];
}

export interface Difference {
  readonly changes: readonly PropertyChange[];
  readonly deleteBeforeReplace: boolean;
}

export interface Created {
  readonly id: string;
  readonly state: Props;
}

/** The life of any resource of one package, told in property values; the wire is elsewhere. */
export class Provider<S> {
  readonly definition: ProviderDefinition<S>;
  readonly #types: ReadonlyMap<string, ResourceType<S>>;
  readonly #functions: ReadonlyMap<string, FunctionType<S>>;

  constructor(definition: ProviderDefinition<S>) {
    this.definition = definition;
    this.#types = new Map(definition.types.map((type) => [type.token, type]));
    this.#functions = new Map(definition.functions.map((type) => [type.token, type]));
  }

  async check(token: string, old: Props, news: Props, naming: Naming, scope: S): Promise<Checked> {
    const type = this.#type(token);
    const { schema } = this.definition;
    const given = normalise(schema, token, news);
    const named =
      type.autoname === undefined
        ? { inputs: given, problems: [] }
        : withName({ ...type.defaults, ...given }, revealAll(old), type.autoname, naming);
    const full = { ...type.defaults, ...named.inputs };
    const problems = [...named.problems, ...problemsOf(schema, type, revealAll(full))];
    if (problems.length > 0) return { inputs: full, problems };
    const inputs = (await this.definition.complete?.(full, token, scope)) ?? full;
    return { inputs, problems };
  }

  diff(token: string, oldInputs: Props, news: Props): Difference {
    const type = this.#type(token);
    const [old, next] = [revealAll(oldInputs), revealAll(news)];
    const changes = propertyChanges(old, next, type);
    return { changes, deleteBeforeReplace: collide(type, old, next) };
  }

  async create(token: string, inputs: Props, preview: boolean, scope: S): Promise<Created> {
    const type = this.#type(token);
    const plain = revealAll(inputs);
    if (preview) return { id: "", state: conceal(this.#foresee(type, plain, scope), inputs) };
    const named = describe(token, type, plain);
    const made = await worded(`creating ${named}`, () => type.create(plain, scope));
    const { id, state } = typeof made === "string" ? { id: made, state: {} } : made;
    try {
      return { id, state: await this.#bring(type, id, inputs, scope, { state }) };
    } catch (error) {
      throw new PartialResource(messageOf(error), { id, inputs, state: { ...inputs, ...state } });
    }
  }

  async update(
    token: string,
    id: string,
    old: { inputs: Props; state: Props },
    news: Props,
    preview: boolean,
    scope: S,
  ): Promise<Props> {
    const type = this.#type(token);
    if (!preview) {
      const { state } = old;
      return this.#bring(type, id, news, scope, { before: revealAll(old.inputs), state });
    }
    const kept = Object.entries(old.state).filter(
      ([key]) => !(key in old.inputs) && type.recomputed?.includes(key) !== true,
    );
    const recomputed = (type.recomputed ?? []).map((key) => [key, unknown] as const);
    const state = { ...Object.fromEntries([...kept, ...recomputed]), ...revealAll(news) };
    return conceal(conceal(state, old.state), news);
  }

  /** Undefined when the resource is gone. */
  async read(
    token: string,
    id: string,
    known: { inputs: Props; state: Props },
    scope: S,
  ): Promise<{ inputs: Props; state: Props } | undefined> {
    const type = this.#type(token);
    const { inputs } = known;
    const [plain, state] = [revealAll(inputs), revealAll(known.state)];
    const found = await worded(`reading ${token} (${id})`, () =>
      type.read(id, plain, scope, state),
    );
    if (found === undefined) return undefined;
    const live = this.#finish(type, found, plain, scope);
    const now = reconcile(plain, live.inputs, type);
    const concealed = mapValues(now, (value, key) => keepSecret(type, key, value, inputs[key]));
    return { inputs: concealed, state: stateOf(concealed, live) };
  }

  async delete(
    token: string,
    id: string,
    known: { inputs: Props; state: Props },
    scope: S,
  ): Promise<void> {
    const type = this.#type(token);
    const [inputs, state] = [revealAll(known.inputs), revealAll(known.state)];
    await worded(`deleting ${token} (${id})`, () => type.delete(id, inputs, scope, state));
  }

  async invoke(token: string, args: Props, scope: S): Promise<Props> {
    const found = this.#functions.get(token);
    if (found === undefined) throw unsupported("function", token);
    return worded(`invoking ${token}`, () => found.invoke(revealAll(args), scope));
  }

  async #bring(
    type: ResourceType<S>,
    id: string,
    inputs: Props,
    scope: S,
    known: { before?: Props; state: Props },
  ): Promise<Props> {
    const plain = revealAll(inputs);
    const named = `${type.token} (${id})`;
    const { before } = known;
    await worded(`setting up ${named}`, () => type.settle?.(id, plain, scope, before));
    const live = await worded(`reading ${named}`, () =>
      type.read(id, plain, scope, revealAll(known.state)),
    );
    if (live === undefined) throw new ProviderError(`${named} vanished while it was being set up`);
    return stateOf(inputs, this.#finish(type, live, plain, scope));
  }

  #finish(type: ResourceType<S>, live: Live, inputs: Props, scope: S): Live {
    return this.definition.finish?.(type.token, live, inputs, scope) ?? live;
  }

  #foresee(type: ResourceType<S>, inputs: Props, scope: S): Props {
    const outputs = this.definition.schema.resources[type.token]?.outputs ?? [];
    const open = Object.fromEntries(outputs.map((name) => [name, unknown]));
    const known = this.#finish(type, { inputs: {}, outputs: {} }, inputs, scope).outputs;
    return { ...open, ...known, ...inputs };
  }

  #type(token: string): ResourceType<S> {
    const found = this.#types.get(token);
    if (found === undefined) throw unsupported("resource type", token);
    return found;
  }
}

function unsupported(what: string, token: string): ProviderError {
  return new ProviderError(
    `The ${what} ${token} is not in the embedded clouds yet. ` +
      `Deploy to a real account, or add it under local/providers/.`,
    { code: status.UNIMPLEMENTED },
  );
}

function problemsOf<S>(schema: PackageSchema, type: ResourceType<S>, inputs: Props): Problem[] {
  const shape = checkShape(schema, type.token, inputs);
  if (shape.length > 0) return shape;
  const ignored = Object.keys(inputs).filter((key) => type.supports?.includes(key) === false);
  if (ignored.length > 0) return ignored.map(notYet);
  const single = Object.entries(type.rules ?? {}).flatMap(([property, rule]) => {
    const value = inputs[property];
    const reason =
      value === undefined || value === null || isUnknown(value) ? undefined : rule(value);
    return reason === undefined ? [] : [{ property, reason }];
  });
  return [...single, ...(type.check?.(inputs) ?? [])];
}

function notYet(property: string): Problem {
  return { property, reason: "is legal, but the embedded clouds do not act on it yet" };
}

/** A new resource of the same name cannot be made before the old one is gone. */
function collide<S>(type: ResourceType<S>, old: Props, next: Props): boolean {
  if (type.deleteBeforeReplace === true) return true;
  const name = type.autoname && next[type.autoname.property];
  return name !== undefined && name === old[type.autoname?.property ?? ""];
}

function stateOf(inputs: Props, live: Live): Props {
  const answered = Object.entries({ ...live.inputs, ...live.outputs, ...inputs });
  return Object.fromEntries(answered.filter(([, value]) => value !== null));
}

function keepSecret<S>(
  type: ResourceType<S>,
  key: string,
  value: Value,
  before: Value | undefined,
): Value {
  // What did not change keeps its own secrets, deep inside, rather than becoming secret as a whole.
  if (before !== undefined && JSON.stringify(reveal(before)) === JSON.stringify(value))
    return before;
  const secret = type.secrets?.includes(key) === true;
  return secret || (before !== undefined && containsSecret(before)) ? new Secret(value) : value;
}

function describe<S>(token: string, type: ResourceType<S>, inputs: Props): string {
  const name = type.autoname && inputs[type.autoname.property];
  return typeof name === "string" ? `${token} (${name})` : token;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
