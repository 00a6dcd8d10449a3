/** A property value as it crosses the plugin protocol, with everything that plain JSON cannot say. */
export type Value = null | boolean | number | string | Value[] | { [key: string]: Value } | Special;

export type Props = Record<string, Value>;

type Special = Unknown | Secret | OutputValue | ResourceReference | Opaque;

/** A value that only the update will know. */
export class Unknown {
  readonly unknown = true;
}
export const unknown = new Unknown();

export class Secret {
  readonly value: Value;
  constructor(value: Value) {
    this.value = value;
  }
}

/** A value together with the resources it came from; without a value it is unknown. */
export class OutputValue {
  readonly value: Value | undefined;
  readonly secret: boolean;
  readonly dependencies: readonly string[];
  constructor(value: Value | undefined, secret: boolean, dependencies: readonly string[]) {
    this.value = value;
    this.secret = secret;
    this.dependencies = dependencies;
  }
}

/** A resource of the same stack; `id` is absent for components and undefined while unknown. */
export class ResourceReference {
  readonly urn: string;
  readonly id: string | undefined;
  readonly packageVersion: string;
  constructor(urn: string, id: string | undefined, packageVersion: string) {
    this.urn = urn;
    this.id = id;
    this.packageVersion = packageVersion;
  }
}

/** An asset or archive: none of our types reads one, so it is handed on as it came. */
export class Opaque {
  readonly fields: Readonly<Record<string, unknown>>;
  constructor(fields: Readonly<Record<string, unknown>>) {
    this.fields = fields;
  }
}

export function isUnknown(value: Value | undefined): value is Unknown {
  return value instanceof Unknown;
}

export function isRecord(value: Value | undefined): value is Record<string, Value> {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    Object.getPrototypeOf(value) === Object.prototype
  );
}

/** The value without its secret and output wrappings; unknowns stay. */
export function reveal(value: Value): Value {
  if (value instanceof Secret) return reveal(value.value);
  if (value instanceof OutputValue) {
    return value.value === undefined ? unknown : reveal(value.value);
  }
  if (Array.isArray(value)) return value.map(reveal);
  if (isRecord(value)) return revealAll(value);
  return value;
}

export function revealAll(props: Props): Props {
  return mapValues(props, reveal);
}

export function containsUnknown(value: Value): boolean {
  return some(value, (part) => part instanceof Unknown);
}

export function containsSecret(value: Value): boolean {
  return some(
    value,
    (part) => part instanceof Secret || (part instanceof OutputValue && part.secret),
  );
}

/** Wraps every property of `props` that is secret, anywhere inside, in `like`. */
export function conceal(props: Props, like: Props): Props {
  return mapValues(props, (value, key) => {
    const model = like[key];
    const secret = model !== undefined && containsSecret(model) && !(value instanceof Secret);
    return secret ? new Secret(value) : value;
  });
}

export function mapValues(props: Props, map: (value: Value, key: string) => Value): Props {
  return Object.fromEntries(Object.entries(props).map(([key, value]) => [key, map(value, key)]));
}

/** Every resource that any part of the value came from. */
export function dependenciesOf(value: Value): string[] {
  const found = new Set<string>();
  some(value, (part) => {
    if (part instanceof OutputValue) part.dependencies.forEach((urn) => found.add(urn));
    if (part instanceof ResourceReference) found.add(part.urn);
    return false;
  });
  return [...found];
}

function some(value: Value, test: (part: Value) => boolean): boolean {
  if (test(value)) return true;
  if (value instanceof Secret) return some(value.value, test);
  if (value instanceof OutputValue) {
    return value.value === undefined ? test(unknown) : some(value.value, test);
  }
  if (Array.isArray(value)) return value.some((item) => some(item, test));
  return isRecord(value) && Object.values(value).some((item) => some(item, test));
}
