import type { healthz, readyz } from "../routes/health.ts";
import type { operationCancel } from "../routes/operation-cancel.ts";
import type { operationEvents } from "../routes/operation-events.ts";
import type { operationGet } from "../routes/operation-get.ts";
import type { operationList } from "../routes/operation-list.ts";
import type { pipelineArrived } from "../routes/pipeline-arrived.ts";
import type { pipelineCreate } from "../routes/pipeline-create.ts";
import type { pipelineDelete } from "../routes/pipeline-delete.ts";
import type { pipelineGet } from "../routes/pipeline-get.ts";
import type { pipelineList } from "../routes/pipeline-list.ts";
import type { pipelinePut } from "../routes/pipeline-put.ts";
import type { previewCreate } from "../routes/preview-create.ts";
import type { runGet } from "../routes/run-get.ts";
import type { runList } from "../routes/run-list.ts";
import type { runObjects } from "../routes/run-objects.ts";
import type { scanCreate } from "../routes/scan-create.ts";
import type { scanGet } from "../routes/scan-get.ts";
import type { updateCreate } from "../routes/update-create.ts";

/** The service's endpoints by operationId. Types only: a client that starts must not load the service. */
export interface Endpoints {
  listPipelines: typeof pipelineList;
  createPipeline: typeof pipelineCreate;
  getPipeline: typeof pipelineGet;
  putPipeline: typeof pipelinePut;
  deletePipeline: typeof pipelineDelete;
  hasArrived: typeof pipelineArrived;
  createPreview: typeof previewCreate;
  createUpdate: typeof updateCreate;
  listRuns: typeof runList;
  getRun: typeof runGet;
  listRunObjects: typeof runObjects;
  createScan: typeof scanCreate;
  getScan: typeof scanGet;
  listOperations: typeof operationList;
  getOperation: typeof operationGet;
  listOperationEvents: typeof operationEvents;
  cancelOperation: typeof operationCancel;
  health: typeof healthz;
  readiness: typeof readyz;
}
