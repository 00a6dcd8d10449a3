import { join } from "node:path";
import { Table } from "../../table.ts";
import type { AccessQuestion, Decision, PolicyDocument, Principal } from "../contract.ts";
import { AwsError } from "../contract.ts";
import { parseOperator } from "./conditions.ts";
import { parsePolicy, type PolicyKind } from "./document.ts";
import { evaluate } from "./evaluate.ts";
import { iamId, secretKey, sessionToken } from "./ids.ts";
import { MANAGED_POLICIES } from "./managed.ts";
import type { AccessKey, Holder, ManagedPolicy, Role, Session, User } from "./rows.ts";

/** What the gateway needs to check a signature: the secret, and who holds it. */
export interface KnownCredential {
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiresAt?: Date;
  readonly principal: Principal;
}

export interface IdentityOptions {
  /** Folder of its files; in memory only when absent. */
  readonly home?: string;
  readonly accountId: string;
  readonly clock?: () => Date;
}

/** Expired sessions are kept for a while, so that their holder hears ExpiredToken rather than "unknown key". */
const KEEP_EXPIRED_MS = 3_600_000;

/** The account's users, roles, policies and keys, and the one place that decides who may do what. */
export class Identity {
  readonly accountId: string;
  readonly users: Table<User>;
  readonly roles: Table<Role>;
  readonly keys: Table<AccessKey>;
  readonly policies: Table<ManagedPolicy>;
  readonly clock: () => Date;
  readonly #sessions: Table<Session>;
  readonly #parsed = new Map<string, PolicyDocument>();

  constructor(options: IdentityOptions) {
    const table = <T>(name: string) =>
      new Table<T>(options.home === undefined ? undefined : join(options.home, `${name}.json`));
    this.accountId = options.accountId;
    this.clock = options.clock ?? (() => new Date());
    this.users = table("users");
    this.roles = table("roles");
    this.keys = table("keys");
    this.policies = table("policies");
    this.#sessions = table("sessions");
  }

  /** The root's key pair, made on first use and kept. */
  adminCredentials(): { accessKeyId: string; secretAccessKey: string } {
    const known = this.keys.values().find((key) => key.user === undefined);
    const key = known ?? this.createKey(undefined);
    return { accessKeyId: key.id, secretAccessKey: key.secret };
  }

  createKey(user: string | undefined): AccessKey {
    const key: AccessKey = {
      id: iamId("AKIA"),
      secret: secretKey(),
      ...(user === undefined ? {} : { user }),
      active: true,
      created: this.clock().toISOString(),
    };
    this.keys.set(key.id, key);
    return key;
  }

  /** The holder of an access key, if it is known, active, and its user or role still exists. */
  find(accessKeyId: string): KnownCredential | undefined {
    const key = this.keys.get(accessKeyId);
    if (key === undefined) return this.#findSession(accessKeyId);
    if (!key.active) return undefined;
    const principal = key.user === undefined ? this.root() : this.#userPrincipal(key.user);
    return principal && { secretAccessKey: key.secret, principal };
  }

  root(): Principal {
    const arn = `arn:aws:iam::${this.accountId}:root`;
    return { kind: "root", arn, accountId: this.accountId };
  }

  #userPrincipal(name: string): Principal | undefined {
    const user = this.users.get(name);
    return user && { kind: "user", arn: user.arn, accountId: this.accountId };
  }

  #findSession(accessKeyId: string): KnownCredential | undefined {
    const session = this.#sessions.get(accessKeyId);
    const role = session && this.roles.get(session.roleName);
    if (session === undefined || role?.id !== session.roleId) return undefined;
    return {
      secretAccessKey: session.secretAccessKey,
      sessionToken: session.sessionToken,
      expiresAt: new Date(session.expiresAt),
      principal: this.sessionPrincipal(role, session.sessionName),
    };
  }

  sessionPrincipal(role: Role, sessionName: string): Principal {
    return {
      kind: "assumed-role",
      arn: `arn:aws:sts::${this.accountId}:assumed-role/${role.name}/${sessionName}`,
      accountId: this.accountId,
      roleArn: role.arn,
    };
  }

  roleByArn(arn: string): Role | undefined {
    return this.roles.values().find((role) => role.arn === arn);
  }

  /** New temporary credentials for a role. Whether the caller may have them is `mayAssume`'s to say. */
  openSession(role: Role, sessionName: string, seconds: number): Session {
    const now = this.clock().getTime();
    for (const old of this.#sessions.values())
      if (Date.parse(old.expiresAt) + KEEP_EXPIRED_MS < now) this.#sessions.delete(old.accessKeyId);
    const session: Session = {
      accessKeyId: iamId("ASIA"),
      secretAccessKey: secretKey(),
      sessionToken: sessionToken(),
      roleId: role.id,
      roleName: role.name,
      sessionName,
      expiresAt: new Date(now + seconds * 1000).toISOString(),
    };
    this.#sessions.set(session.accessKeyId, session);
    return session;
  }

  /** Forgets a session: its credentials stop working at once. */
  closeSession(accessKeyId: string): void {
    this.#sessions.delete(accessKeyId);
  }

  /** Whether a caller may assume a role: the trust policy must say so, and the caller's own unless trusted by name. */
  mayAssume(role: Role, principal: Principal, context: AccessQuestion["context"] = {}): Decision {
    const question: AccessQuestion = {
      principal,
      action: "sts:AssumeRole",
      resource: role.arn,
      resourceAccount: this.accountId,
      context: { ...this.contextOf(principal), ...context },
    };
    const identity = this.policiesOf(principal);
    return evaluate(question, { identity, resource: this.parse(role.trust, "trust") }, "trust");
  }

  /** Decides a request from the caller's policies, the resource's, and the VPC endpoint's. */
  decide(question: AccessQuestion, endpoint?: PolicyDocument): Decision {
    const { principal } = question;
    return evaluate(
      { ...question, context: { ...this.contextOf(principal), ...question.context } },
      { identity: this.policiesOf(principal), resource: question.resourcePolicy, endpoint },
    );
  }

  /** The identity policies of a user or a role session: inline ones and attached ones. */
  policiesOf(principal: Principal): PolicyDocument[] {
    const holder = this.#holderOf(principal);
    if (holder === undefined) return [];
    const inline = Object.values(holder.inline).map((text) => this.parse(text, "identity"));
    return [...inline, ...holder.attached.flatMap((arn) => this.managedPolicy(arn) ?? [])];
  }

  /** The document behind a managed policy's ARN: AWS's own or the account's default version. */
  managedPolicy(arn: string): PolicyDocument | undefined {
    const own = this.policies.get(arn);
    const text = own?.versions.find((version) => version.id === own.defaultVersion)?.text;
    return text === undefined ? MANAGED_POLICIES.get(arn) : this.parse(text, "identity");
  }

  #holderOf(principal: Principal): Holder | undefined {
    if (principal.kind === "user")
      return this.users.get(principal.arn.slice(principal.arn.lastIndexOf("/") + 1));
    return principal.roleArn === undefined ? undefined : this.roleByArn(principal.roleArn);
  }

  /** The condition keys that follow from who asks. */
  contextOf(principal: Principal): Record<string, string> {
    const holder = this.#holderOf(principal);
    const tags = Object.entries(holder?.tags ?? {}).map(([key, value]) => [
      `aws:PrincipalTag/${key}`,
      value,
    ]);
    const isService = principal.kind === "service";
    return {
      "aws:PrincipalIsAWSService": String(isService),
      ...(isService ? { "aws:PrincipalServiceName": principal.arn } : account(principal)),
      ...(principal.kind === "user" && holder ? { "aws:username": holder.name } : {}),
      ...userId(principal, holder),
      ...(Object.fromEntries(tags) as Record<string, string>),
    };
  }

  /** Reads a policy's text, once per text. @throws PolicyError */
  parse(text: string, kind: PolicyKind): PolicyDocument {
    const key = `${kind} ${text}`;
    const known = this.#parsed.get(key);
    if (known !== undefined) return known;
    const document = parsePolicy(text, kind, parseOperator);
    if (this.#parsed.size >= 2000) this.#parsed.clear();
    this.#parsed.set(key, document);
    return document;
  }
}

function account(principal: Principal): Record<string, string> {
  if (principal.kind === "anonymous") return { "aws:PrincipalType": "Anonymous" };
  const types = {
    root: "Account",
    user: "User",
    "assumed-role": "AssumedRole",
    service: "Service",
  };
  return {
    "aws:PrincipalArn": principal.roleArn ?? principal.arn,
    "aws:PrincipalAccount": principal.accountId,
    "aws:PrincipalType": types[principal.kind],
  };
}

function userId(principal: Principal, holder: Holder | undefined): Record<string, string> {
  const session = principal.arn.slice(principal.arn.lastIndexOf("/") + 1);
  if (principal.kind === "root") return { "aws:userid": principal.accountId };
  if (holder === undefined) return {};
  return { "aws:userid": principal.kind === "user" ? holder.id : `${holder.id}:${session}` };
}

/** Turns a refusal into the error that a service answers with. */
export function enforce(decision: Decision, code = "AccessDeniedException", status = 400): void {
  if (!decision.allowed) throw new AwsError(code, status, decision.message);
}
