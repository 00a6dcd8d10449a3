import type { Rule } from "../framework/resource-type.ts";

/** JSON text with a list of containers, each with a name and an image; one of them essential. */
export const containersRule: Rule = (value) => {
  let containers: unknown;
  try {
    containers = JSON.parse(typeof value === "string" ? value : "");
  } catch (error) {
    return `ECS Task Definition container_definitions is invalid: ${String(error)}`;
  }
  if (!Array.isArray(containers) || containers.length === 0) {
    return "ECS Task Definition container_definitions is invalid: Container list cannot be empty.";
  }
  return containers.map(problemOf).find((problem) => problem !== undefined);
};

function problemOf(container: unknown): string | undefined {
  const { name, image } = (container ?? {}) as Record<string, unknown>;
  if (typeof name !== "string" || name === "") return "Container.name should not be null or empty.";
  return typeof image === "string" && image !== ""
    ? undefined
    : `Container.image should not be null or empty (container "${name}").`;
}
