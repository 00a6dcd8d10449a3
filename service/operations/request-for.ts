import { join } from "node:path";
import { stackConfig } from "../../infra/config.ts";
import type { PipelineSpec } from "../../infra/spec/index.ts";
import { qualified } from "../automation/project.ts";
import type { EngineAction, OperationRequest } from "../automation/request.ts";
import type { OperationRow } from "../db/operations.ts";
import type { PipelineRow } from "../db/pipelines.ts";
import type { Settings } from "../settings.ts";

const engineActions: Record<OperationRow["action"], EngineAction> = {
  create: "up",
  update: "up",
  delete: "destroy",
  preview: "preview",
  drift: "refresh",
};

/** What the engine is asked to do for an operation. */
export function requestFor(
  operation: Pick<OperationRow, "id" | "stack" | "action" | "generation">,
  pipeline: Pick<PipelineRow, "tenant" | "name" | "created_at"> &
    Partial<Pick<PipelineRow, "state">>,
  spec: PipelineSpec,
  settings: Pick<Settings, "home" | "engine" | "program" | "environment" | "foundation"> &
    Partial<Pick<Settings, "secretsProvider">>,
): OperationRequest {
  return {
    stack: operation.stack,
    action: engineActions[operation.action],
    refresh: operation.action === "update",
    ...(operation.action === "drift" ? { previewOnly: true } : {}),
    // Nothing was ever built for it: whatever is in a stack of its name is somebody else's.
    ...(operation.action === "delete" && pipeline.state === "proposed" ? { onlyEmpty: true } : {}),
    config: stackConfig({
      environment: settings.environment,
      foundationStack: qualified(settings.foundation),
      pipeline: {
        tenant: pipeline.tenant,
        name: pipeline.name,
        generation: operation.generation,
        spec,
      },
      sasAnchor: pipeline.created_at.toISOString().slice(0, 10),
    }),
    workDir: workFolder(settings, operation),
    ...(settings.secretsProvider === undefined
      ? {}
      : { secretsProvider: settings.secretsProvider }),
    ...(settings.engine === undefined ? {} : { engine: settings.engine }),
    ...(settings.program === undefined ? {} : { program: settings.program }),
  };
}

/** The folder that belongs to one operation alone. */
export function workFolder(
  settings: Pick<Settings, "home">,
  operation: Pick<OperationRow, "id">,
): string {
  return join(workRoot(settings), operation.id);
}

export function workRoot({ home }: Pick<Settings, "home">): string {
  return join(home, "service", "work");
}
