import type { AwsService } from "../contract.ts";
import type { Identity } from "../identity/identity.ts";
import { queryService } from "../query-service.ts";
import { holderOperations } from "./holders.ts";
import { policyOperations } from "./policies.ts";
import { roleOperations } from "./roles.ts";
import { keyOperations, userOperations } from "./users.ts";

/** The local IAM: users, access keys, roles, inline and managed policies. */
export function iamService(identity: Identity): AwsService {
  return queryService("iam", {
    ...userOperations(identity),
    ...keyOperations(identity),
    ...roleOperations(identity),
    ...policyOperations(identity),
    ...holderOperations("Role", identity.roles, identity),
    ...holderOperations("User", identity.users, identity),
  });
}
