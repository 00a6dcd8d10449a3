import { textOf, type PlannedResource } from "../planned.ts";

/** What policy is asked about. */
export interface PolicyQuestion {
  readonly resources: readonly PlannedResource[];
  /** Where resources are made. */
  readonly region: string;
  readonly monthlyUsd: number;
  readonly limits: PolicyLimits;
}

/** What a platform team sets. */
export interface PolicyLimits {
  /** Absent: any region. */
  readonly regions?: readonly string[] | undefined;
  /** Per pipeline and month, at rest; absent: none. */
  readonly monthlyUsd?: number | undefined;
}

/** A rule that is broken: which, by what, and how to mend it. */
export interface Violation {
  readonly rule: RuleName;
  /** Null: by the stack as a whole. */
  readonly urn: string | null;
  readonly message: string;
  readonly cure: string;
}

export type RuleName = "closed-by-default" | "least-privilege" | "budget" | "region";

type Rule = (question: PolicyQuestion) => Violation[];

/** Every rule. A new rule is a function here. */
const RULES: readonly Rule[] = [closedByDefault, leastPrivilege, budget, region];

/** The rules that a plan breaks; none: it may be applied. Pure. */
export function violations(question: PolicyQuestion): Violation[] {
  return RULES.flatMap((rule) => rule(question));
}

const OPEN: Readonly<
  Record<string, (resource: PlannedResource) => { message: string; cure: string } | undefined>
> = {
  "azure-native:storage:StorageAccount": openAccount,
  "azure-native:storage:BlobContainer": openContainer,
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": openBucket,
  "aws:ecs/service:Service": publicTask,
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": openPort,
};

function closedByDefault({ resources }: PolicyQuestion): Violation[] {
  return resources.flatMap((resource) => {
    const open = OPEN[resource.type]?.(resource);
    return open === undefined ? [] : [{ rule: "closed-by-default", urn: resource.urn, ...open }];
  });
}

function openAccount(resource: PlannedResource) {
  const rules = resource.inputs["networkRuleSet"] as
    { defaultAction?: unknown; ipRules?: unknown } | undefined;
  if (rules?.defaultAction !== "Deny") {
    return {
      message: "The storage account's firewall lets every address in.",
      cure: 'Set networkRuleSet.defaultAction to "Deny": under "Allow" its rules restrict nothing.',
    };
  }
  if (resource.inputs["allowBlobPublicAccess"] === true) {
    return {
      message: "The storage account allows containers that anyone reads.",
      cure: "Set allowBlobPublicAccess to false.",
    };
  }
  return undefined;
}

function openContainer(resource: PlannedResource) {
  const access = textOf(resource, "publicAccess");
  if (access === undefined || access === "None") return undefined;
  return {
    message: `Anyone may read the container (${access}).`,
    cure: 'Set publicAccess to "None".',
  };
}

function openBucket(resource: PlannedResource) {
  const flags = [
    "blockPublicAcls",
    "blockPublicPolicy",
    "ignorePublicAcls",
    "restrictPublicBuckets",
  ];
  const off = flags.filter((flag) => resource.inputs[flag] !== true);
  if (off.length === 0) return undefined;
  return {
    message: `The bucket may become public: ${off.join(", ")} off.`,
    cure: "Set all four to true.",
  };
}

function publicTask(resource: PlannedResource) {
  const network = resource.inputs["networkConfiguration"] as
    { assignPublicIp?: unknown } | undefined;
  if (network?.assignPublicIp !== true) return undefined;
  return {
    message: "The workers would have public addresses of their own.",
    cure: "Set assignPublicIp to false: they leave by the NAT, whose address the firewall knows.",
  };
}

function openPort(resource: PlannedResource) {
  const anywhere =
    textOf(resource, "cidrIpv4") === "0.0.0.0/0" || textOf(resource, "cidrIpv6") === "::/0";
  if (!anywhere) return undefined;
  return { message: "A port is open to every address.", cure: "Name the addresses that need it." };
}

const POLICY_PROPERTIES: Readonly<Record<string, string>> = {
  "aws:iam/rolePolicy:RolePolicy": "policy",
  "aws:iam/policy:Policy": "policy",
};

interface StatementLike {
  readonly Effect?: unknown;
  readonly Action?: unknown;
  readonly NotAction?: unknown;
  readonly Resource?: unknown;
}

function leastPrivilege({ resources }: PolicyQuestion): Violation[] {
  return resources.flatMap((resource) => {
    const property = POLICY_PROPERTIES[resource.type];
    const text = property === undefined ? undefined : textOf(resource, property);
    return statementsIn(text).flatMap((statement) => tooWide(resource.urn, statement));
  });
}

function statementsIn(text: string | undefined): StatementLike[] {
  if (text === undefined) return [];
  try {
    const { Statement } = JSON.parse(text) as { Statement?: StatementLike | StatementLike[] };
    return Statement === undefined ? [] : [Statement].flat();
  } catch {
    return [];
  }
}

/** AWS has no narrower resource for these. */
const ACCOUNT_WIDE = new Set(["ecr:GetAuthorizationToken"]);

function tooWide(urn: string, statement: StatementLike): Violation[] {
  if (statement.Effect !== "Allow") return [];
  const actions = [statement.Action ?? []].flat().map(String);
  const wild = actions.filter((action) => action.includes("*"));
  const wide = (message: string, cure: string): Violation[] => [
    { rule: "least-privilege", urn, message, cure },
  ];
  if (statement.NotAction !== undefined) {
    return wide("A role may do everything but what is listed.", "List what it may do, in Action.");
  }
  if (wild.length > 0) {
    return wide(`A role may do ${wild.join(", ")}.`, "Name each action that is needed.");
  }
  const anywhere = [statement.Resource ?? []].flat().includes("*");
  if (anywhere && actions.some((action) => !ACCOUNT_WIDE.has(action))) {
    return wide(`A role may do ${actions.join(", ")} to every resource.`, "Name the resources.");
  }
  return [];
}

function budget({ monthlyUsd, limits }: PolicyQuestion): Violation[] {
  if (limits.monthlyUsd === undefined || monthlyUsd <= limits.monthlyUsd) return [];
  return [
    {
      rule: "budget",
      urn: null,
      message: `It would cost $${monthlyUsd.toFixed(2)} a month at rest; the limit is $${limits.monthlyUsd.toFixed(2)}.`,
      cure: "Lower limits.workers.min in the spec, or have the tenant's limit raised.",
    },
  ];
}

function region(question: PolicyQuestion): Violation[] {
  const { regions } = question.limits;
  if (regions === undefined || regions.includes(question.region)) return [];
  return [
    {
      rule: "region",
      urn: null,
      message: `${question.region} is not among the regions that are allowed: ${regions.join(", ")}.`,
      cure: "Build it in one of them.",
    },
  ];
}
