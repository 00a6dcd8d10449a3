import { join } from "node:path";
import { foundationStack } from "../../../local/foundation.ts";
import { spawnOperation } from "../../../service/automation/run-operation.ts";
import type { OperationResult } from "../../../service/automation/request.ts";
import type { OperationRow } from "../../../service/db/operations.ts";
import type { Pipeline } from "../../../service/http/schemas.ts";
import { requestFor } from "../../../service/operations/request-for.ts";
import { environment, type World } from "./clouds.ts";

export type Described = Pick<Pipeline, "generation" | "createdAt" | "spec"> & {
  tenant: string;
  name: string;
};

/**
 * Has the engine do for a pipeline what a service would have it do, without a service.
 * @param program its module; undefined: the product's.
 */
export async function askEngine(
  world: World,
  { tenant, name, generation, createdAt, spec }: Described,
  action: OperationRow["action"],
  { program, refresh }: { program: string | undefined; refresh: boolean },
): Promise<OperationResult> {
  const stack = `${tenant}.${name}`;
  const request = requestFor(
    { id: `check-${stack}`, stack, action, generation },
    { tenant, name, created_at: new Date(createdAt) },
    spec,
    {
      home: join(world.home, "checks"),
      engine: world.engine,
      program,
      environment,
      foundation: foundationStack(environment),
    },
  );
  return spawnOperation({ ...request, refresh }, { env: world.env, onEvent: () => undefined });
}
