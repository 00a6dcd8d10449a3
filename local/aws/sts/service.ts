import type { AwsRequest, AwsService, Principal } from "../contract.ts";
import { AwsError } from "../contract.ts";
import { enforce, type Identity } from "../identity/identity.ts";
import { type Form, queryService } from "../query-service.ts";
import type { XmlValue } from "../xml.ts";

/** The local STS: who a caller is, and temporary credentials of roles that trust it. */
export function stsService(identity: Identity): AwsService {
  return queryService("sts", {
    GetCallerIdentity: (_form, request) => ({
      Arn: request.principal.arn,
      UserId: userId(identity, request.principal),
      Account: request.principal.accountId,
    }),
    AssumeRole: (form, request) => assumeRole(identity, form, request),
  });
}

function userId(identity: Identity, principal: Principal): string {
  return identity.contextOf(principal)["aws:userid"] ?? principal.accountId;
}

function assumeRole(identity: Identity, form: Form, request: AwsRequest): XmlValue {
  const arn = form.text("RoleArn");
  const sessionName = form.text("RoleSessionName");
  const seconds = form.integer("DurationSeconds", 3600);
  if (!/^[\w+=,.@-]{2,64}$/.test(sessionName))
    throw new AwsError(
      "ValidationError",
      400,
      `1 validation error detected: Value '${sessionName}' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*`,
    );
  if (
    form.optional("Policy") !== undefined ||
    form.optional("PolicyArns.member.1.arn") !== undefined
  )
    throw new AwsError("ValidationError", 400, "The local AWS does not evaluate session policies.");
  if (request.principal.kind === "root")
    throw new AwsError("AccessDenied", 403, "Roles may not be assumed by root accounts.");
  const role = identity.roleByArn(arn);
  // AWS does not tell a role that is not there from one that does not trust the caller.
  if (role === undefined)
    throw new AwsError(
      "AccessDenied",
      403,
      `User: ${request.principal.arn} is not authorized to perform: sts:AssumeRole on resource: ${arn}`,
    );
  const external = form.optional("ExternalId");
  enforce(
    identity.mayAssume(role, request.principal, {
      "sts:RoleSessionName": sessionName,
      ...(external === undefined ? {} : { "sts:ExternalId": external }),
    }),
    "AccessDenied",
    403,
  );
  if (seconds < 900 || seconds > role.maxSessionSeconds)
    throw new AwsError(
      "ValidationError",
      400,
      "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    );
  const session = identity.openSession(role, sessionName, seconds);
  return {
    Credentials: {
      AccessKeyId: session.accessKeyId,
      SecretAccessKey: session.secretAccessKey,
      SessionToken: session.sessionToken,
      Expiration: session.expiresAt,
    },
    AssumedRoleUser: {
      Arn: identity.sessionPrincipal(role, sessionName).arn,
      AssumedRoleId: `${role.id}:${sessionName}`,
    },
    PackedPolicySize: 0,
  };
}
