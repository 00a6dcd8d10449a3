import type { Endpoint } from "../http/endpoint.ts";
import { openApiOf } from "../http/openapi.ts";
import { auditList, auditVerification, tenantAuditList } from "./audit.ts";
import { howToLogIn } from "./auth.ts";
import { blastCreate, blastGet, blastPageGet, blastPipelines } from "./blast-radius.ts";
import { driftCreate, driftGet, driftList } from "./drift.ts";
import { healthz, readyz } from "./health.ts";
import { home } from "./home.ts";
import { login, loginCallback } from "./login.ts";
import { logout, logoutPage } from "./logout.ts";
import { metrics } from "./metrics.ts";
import { me } from "./me.ts";
import { openapi } from "./openapi.ts";
import { operationCancel } from "./operation-cancel.ts";
import { operationEvents } from "./operation-events.ts";
import { operationGet } from "./operation-get.ts";
import { operationList } from "./operation-list.ts";
import { pipelineArrived } from "./pipeline-arrived.ts";
import { pipelineCreate } from "./pipeline-create.ts";
import { pipelineDelete } from "./pipeline-delete.ts";
import { pipelineGet } from "./pipeline-get.ts";
import { pipelineList } from "./pipeline-list.ts";
import { pipelinePut } from "./pipeline-put.ts";
import { previewApply } from "./preview-apply.ts";
import { previewCreate } from "./preview-create.ts";
import { previewGet } from "./preview-get.ts";
import { previewPageGet } from "./preview-page.ts";
import { previewList } from "./preview-list.ts";
import { problemGet } from "./problems.ts";
import { reference } from "./reference.ts";
import { runEvents } from "./run-events.ts";
import { quotasGet, quotasPut } from "./quotas.ts";
import { runGet } from "./run-get.ts";
import { runList } from "./run-list.ts";
import { runObjects } from "./run-objects.ts";
import { scanCreate } from "./scan-create.ts";
import { scanGet } from "./scan-get.ts";
import {
  operatorTokenCreate,
  operatorTokenGet,
  operatorTokenList,
  operatorTokenRevoke,
  tenantTokenCreate,
  tenantTokenGet,
  tenantTokenList,
  tenantTokenRevoke,
} from "./tokens.ts";
import { updateCreate } from "./update-create.ts";

const described = [
  pipelineList,
  pipelineCreate,
  pipelineGet,
  pipelinePut,
  pipelineDelete,
  pipelineArrived,
  previewCreate,
  previewList,
  previewGet,
  previewPageGet,
  previewApply,
  driftGet,
  driftCreate,
  driftList,
  blastCreate,
  blastGet,
  blastPipelines,
  blastPageGet,
  updateCreate,
  runList,
  runGet,
  runEvents,
  runObjects,
  scanCreate,
  scanGet,
  operationList,
  operationGet,
  operationEvents,
  operationCancel,
  howToLogIn,
  login,
  loginCallback,
  logoutPage,
  logout,
  home,
  me,
  operatorTokenCreate,
  operatorTokenList,
  operatorTokenGet,
  operatorTokenRevoke,
  tenantTokenCreate,
  tenantTokenList,
  tenantTokenGet,
  tenantTokenRevoke,
  quotasGet,
  quotasPut,
  auditList,
  auditVerification,
  tenantAuditList,
  healthz,
  readyz,
  metrics,
  problemGet,
];

const page = reference(() => openApiOf(endpoints));

/** Every endpoint of the API. */
export const endpoints: readonly Endpoint[] = [...described, page, openapi([...described, page])];
