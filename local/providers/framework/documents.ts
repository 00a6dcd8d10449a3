import { stable } from "./compare.ts";

/** JSON that means what it says: only the order of keys is free. */
export function plainDocument(document: unknown): unknown {
  return document;
}

const sets = new Set(["Action", "NotAction", "Resource", "NotResource"]);

/** An IAM policy: single values and lists of one are the same, and lists are sets. */
export function policyDocument(document: unknown): unknown {
  const { Statement, ...rest } = document as { Statement?: unknown };
  const statements: unknown[] = [Statement ?? []].flat();
  return { ...rest, Statement: statements.map(canonicalStatement) };
}

function canonicalStatement(statement: unknown): unknown {
  return mapEntries(statement, (key, value) => {
    if (sets.has(key)) return asSet(value);
    if (key === "Principal" || key === "NotPrincipal") {
      return typeof value === "string"
        ? value
        : mapEntries(value, (_, names) => asSet(names, accountRoot));
    }
    if (key !== "Condition") return value;
    return mapEntries(value, (_, tests) => mapEntries(tests, (_name, values) => asSet(values)));
  });
}

function mapEntries(value: unknown, map: (key: string, value: unknown) => unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, map(key, item)]));
}

function asSet(value: unknown, each: (item: string) => string = (item) => item): string[] {
  return [value]
    .flat()
    .map((item) => each(String(item)))
    .toSorted();
}

function accountRoot(principal: string): string {
  return /^\d{12}$/.test(principal) ? `arn:aws:iam::${principal}:root` : principal;
}

/** ECS container definitions: the order of environment, secrets and port mappings is free, and ECS fills in defaults. */
export function containerDefinitions(document: unknown): unknown {
  if (!Array.isArray(document)) return document;
  return document.map((container: unknown) =>
    mapEntries({ cpu: 0, essential: true, ...(container as object) }, (_, value) =>
      Array.isArray(value) && value.every((item) => typeof item === "object")
        ? value.map((item) => stable(item)).toSorted()
        : value,
    ),
  );
}
