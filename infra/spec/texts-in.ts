export interface TextIn {
  /** Where it stands; of a name, that of its value. */
  readonly path: readonly (string | number)[];
  readonly text: string;
}

/** Every text in a JSON value, at any depth: the names of fields, each before its value, and the strings. */
export function* textsIn(value: unknown, path: TextIn["path"] = []): Generator<TextIn> {
  if (typeof value === "string") yield { path, text: value };
  if (value === null || typeof value !== "object") return;
  const entries: Iterable<[string | number, unknown]> = Array.isArray(value)
    ? value.entries()
    : Object.entries(value);
  for (const [key, item] of entries) {
    const at = [...path, key];
    if (typeof key === "string") yield { path: at, text: key };
    yield* textsIn(item, at);
  }
}
