import type { Parameters } from "../ssm/parameters.ts";
import { cannotInitialize } from "./failure.ts";
import type { TaskRole } from "./roles.ts";
import type { ContainerDefinition } from "./rows.ts";

/** Fetches a container's `secrets` with the execution role, as environment variables. @throws StartFailure */
export function fetchSecrets(
  parameters: Parameters,
  container: ContainerDefinition,
  role: TaskRole | undefined,
): Record<string, string> {
  const found = container.secrets.map(({ name, valueFrom }) => [
    name,
    fetchOne(parameters, valueFrom, role),
  ]);
  return Object.fromEntries(found) as Record<string, string>;
}

function fetchOne(parameters: Parameters, valueFrom: string, role: TaskRole | undefined): string {
  const fail = (why: string) =>
    cannotInitialize(
      "unable to pull secrets or registry auth",
      `execution resource retrieval failed: unable to retrieve secrets from ssm: ${why}`,
    );
  if (/^arn:aws:(?!ssm:)/.test(valueFrom))
    throw fail(`the local AWS has only Parameter Store: ${valueFrom}`);
  const { name } = parameters.reference(valueFrom);
  const decision = role?.may("ssm:GetParameters", parameters.arn(name));
  if (decision?.allowed !== true)
    throw fail(
      `service call has been retried 1 time(s): AccessDeniedException: ${decision?.message ?? "the task has no execution role"}`,
    );
  const value = parameters.find(valueFrom)?.value;
  if (value === undefined) throw fail(`invalid parameters: ${name}`);
  return value;
}
