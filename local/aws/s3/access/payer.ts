import type { Call } from "../context.ts";
import { s3Error } from "../errors.ts";
import { parseXml, textOf } from "../xml/read.ts";

/** Where the requester pays, strangers must say that they will; nobody pays for who did not sign. The owner's own account pays anyway. */
export function checkPayer(call: Call, bucket: string): void {
  const { kind, accountId } = call.request.principal;
  if (kind === "service" || accountId === call.server.accountId) return;
  if (!requesterPays(call, bucket)) return;
  if (kind === "anonymous" || call.header("x-amz-request-payer") !== "requester") {
    throw s3Error.accessDenied();
  }
  call.request.res.setHeader("x-amz-request-charged", "requester");
}

function requesterPays(call: Call, bucket: string): boolean {
  const setting = call.store.buckets.setting(bucket, "requestPayment");
  if (setting === undefined) return false;
  return textOf(parseXml(setting), "Payer") === "Requester";
}
