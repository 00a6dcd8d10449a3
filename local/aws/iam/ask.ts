import type { AwsRequest } from "../contract.ts";
import { enforce } from "../identity/identity.ts";

/** @throws AwsError AccessDenied, as IAM answers it. */
export function ask(request: AwsRequest, action: string, resource: string): void {
  enforce(request.authorize({ action, resource }), "AccessDenied", 403);
}
