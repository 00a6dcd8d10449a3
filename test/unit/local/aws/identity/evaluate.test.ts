import assert from "node:assert/strict";
import fc from "fast-check";
import type {
  AccessQuestion,
  PolicyDocument,
  PolicyStatement,
  Principal,
} from "../../../../../local/aws/contract.ts";
import { evaluate, type Policies } from "../../../../../local/aws/identity/evaluate.ts";

const ACCOUNT = "123456789012";
const user: Principal = {
  kind: "user",
  arn: `arn:aws:iam::${ACCOUNT}:user/ann`,
  accountId: ACCOUNT,
};
const session: Principal = {
  kind: "assumed-role",
  arn: `arn:aws:sts::${ACCOUNT}:assumed-role/worker/t1`,
  accountId: ACCOUNT,
  roleArn: `arn:aws:iam::${ACCOUNT}:role/worker`,
};
const stranger: Principal = {
  kind: "user",
  arn: "arn:aws:iam::999999999999:user/eve",
  accountId: "999999999999",
};
const root: Principal = { kind: "root", arn: `arn:aws:iam::${ACCOUNT}:root`, accountId: ACCOUNT };
const s3: Principal = { kind: "service", arn: "s3.amazonaws.com", accountId: "" };
const nobody: Principal = { kind: "anonymous", arn: "*", accountId: "" };

const policy = (...Statement: PolicyStatement[]): PolicyDocument => ({
  Version: "2012-10-17",
  Statement,
});
const allow = (more: Partial<PolicyStatement> = {}): PolicyStatement => ({
  Effect: "Allow",
  Action: "s3:GetObject",
  Resource: "arn:aws:s3:::b/*",
  ...more,
});
const ask = (more: Partial<AccessQuestion> = {}): AccessQuestion => ({
  principal: user,
  action: "s3:GetObject",
  resource: "arn:aws:s3:::b/k",
  resourceAccount: ACCOUNT,
  ...more,
});
const may = (question: AccessQuestion, policies: Partial<Policies>) =>
  evaluate(question, { identity: [], ...policies }).allowed;
const message = (question: AccessQuestion, policies: Partial<Policies>) => {
  const decision = evaluate(question, { identity: [], ...policies });
  return decision.allowed ? "" : decision.message;
};

describe("policy evaluation", () => {
  it("denies what no policy allows, in AWS' words", () => {
    assert.equal(
      message(ask(), {}),
      `User: ${user.arn} is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::b/k" because no identity-based policy allows the s3:GetObject action`,
    );
  });

  it("lets an explicit deny win over every allow, wherever it stands", () => {
    const everything = policy(allow({ Action: "*", Resource: "*" }));
    const deny = policy({ Effect: "Deny", Principal: "*", Action: "s3:*", Resource: "*" });
    assert.match(
      message(ask({ principal: root }), { identity: [everything], resource: deny }),
      /with an explicit deny in a resource-based policy$/,
    );
    const own = policy({ Effect: "Deny", Action: "s3:*", Resource: "*" });
    assert.match(message(ask(), { identity: [everything, own] }), /in an identity-based policy$/);
  });

  it("is content with either side's allow within the account, and needs both across accounts", () => {
    const identity = [policy(allow())];
    const toUser = (principal: Principal) => policy(allow({ Principal: { AWS: principal.arn } }));
    assert.ok(may(ask(), { identity }));
    assert.ok(may(ask(), { resource: toUser(user) }));
    assert.ok(!may(ask({ principal: stranger }), { identity }));
    assert.ok(!may(ask({ principal: stranger }), { resource: toUser(stranger) }));
    assert.ok(may(ask({ principal: stranger }), { identity, resource: toUser(stranger) }));
  });

  it("takes a resource policy that names the account as leave to allow, not as an allow", () => {
    const resource = policy(allow({ Principal: { AWS: ACCOUNT } }));
    assert.ok(!may(ask(), { resource }));
    assert.ok(may(ask({ principal: root }), { resource }));
  });

  it("takes a deny that names the account as meant for everyone in it", () => {
    const resource = policy({
      Effect: "Deny",
      Principal: { AWS: ACCOUNT },
      Action: "*",
      Resource: "*",
    });
    assert.ok(!may(ask(), { identity: [policy(allow())], resource }));
  });

  it("knows a role session by its role and by itself", () => {
    for (const AWS of [session.arn, session.roleArn ?? ""])
      assert.ok(
        may(ask({ principal: session }), { resource: policy(allow({ Principal: { AWS } })) }),
      );
  });

  it("lets a service in only where a resource policy names it", () => {
    const question = ask({ principal: s3, context: { "aws:SourceArn": "arn:aws:s3:::b" } });
    const named = (bucket: string) =>
      policy(
        allow({
          Principal: { Service: "s3.amazonaws.com" },
          Condition: { ArnEquals: { "aws:SourceArn": `arn:aws:s3:::${bucket}` } },
        }),
      );
    assert.ok(may(question, { resource: named("b") }));
    assert.ok(!may(question, { resource: named("c") }));
    assert.ok(!may(question, { resource: policy(allow({ Principal: { AWS: ACCOUNT } })) }));
    assert.ok(!may(question, { identity: [policy(allow())] }));
  });

  it("lets nobody in by a resource policy for everybody only", () => {
    assert.ok(may(ask({ principal: nobody }), { resource: policy(allow({ Principal: "*" })) }));
    assert.ok(!may(ask({ principal: nobody }), { identity: [policy(allow())] }));
  });

  it("asks the VPC endpoint's policy as well, of the root too", () => {
    const endpoint = policy(allow({ Principal: "*", Resource: "arn:aws:s3:::other/*" }));
    for (const principal of [user, root])
      assert.match(
        message(ask({ principal }), { identity: [policy(allow())], endpoint }),
        /because no VPC endpoint policy allows the s3:GetObject action$/,
      );
    const open = policy(allow({ Principal: "*" }));
    assert.ok(may(ask(), { identity: [policy(allow())], endpoint: open }));
  });

  it("excepts what NotAction, NotResource and NotPrincipal name", () => {
    const resource = policy({
      Effect: "Deny",
      NotPrincipal: { AWS: user.arn },
      Action: "*",
      Resource: "*",
    });
    const identity = [policy(allow({ Resource: "*" }))];
    assert.ok(may(ask(), { identity, resource }));
    assert.ok(!may(ask({ principal: session }), { identity, resource }));
    const rest: PolicyStatement = {
      Effect: "Allow",
      NotAction: "s3:Delete*",
      NotResource: "arn:aws:s3:::secret/*",
    };
    assert.ok(may(ask(), { identity: [policy(rest)] }));
    assert.ok(!may(ask({ action: "s3:DeleteObject" }), { identity: [policy(rest)] }));
    assert.ok(!may(ask({ resource: "arn:aws:s3:::secret/k" }), { identity: [policy(rest)] }));
  });

  it("puts values for policy variables literally, and matches nothing when there is none", () => {
    const home = [policy(allow({ Resource: "arn:aws:s3:::b/${aws:username}/*" }))];
    const at = (resource: string, username?: string) =>
      may(ask({ resource, ...(username ? { context: { "aws:username": username } } : {}) }), {
        identity: home,
      });
    assert.ok(at("arn:aws:s3:::b/ann/k", "ann"));
    assert.ok(!at("arn:aws:s3:::b/bob/k", "ann"));
    assert.ok(!at("arn:aws:s3:::b/bob/k", "*"));
    assert.ok(!at("arn:aws:s3:::b//k"));
  });

  it("needs a trust policy's word for a role, whatever the caller's own policies say", () => {
    const question = ask({ action: "sts:AssumeRole", resource: session.roleArn ?? "" });
    const mine = policy({ Effect: "Allow", Action: "sts:AssumeRole", Resource: "*" });
    const trust = (AWS: string) =>
      policy({ Effect: "Allow", Principal: { AWS }, Action: "sts:AssumeRole" });
    const asked = (policies: Policies) => evaluate(question, policies, "trust").allowed;
    assert.ok(!asked({ identity: [mine], resource: trust("arn:aws:iam::1:user/bob") }));
    assert.ok(asked({ identity: [], resource: trust(user.arn) }));
    assert.ok(!asked({ identity: [], resource: trust(ACCOUNT) }));
    assert.ok(asked({ identity: [mine], resource: trust(ACCOUNT) }));
  });

  const statement: fc.Arbitrary<PolicyStatement> = fc.record({
    Effect: fc.constantFrom("Allow", "Deny"),
    Principal: fc.constantFrom<NonNullable<PolicyStatement["Principal"]>>(
      "*",
      { AWS: user.arn },
      { AWS: ACCOUNT },
      { Service: "s3.amazonaws.com" },
    ),
    Action: fc.constantFrom("*", "s3:*", "s3:GetObject", "s3:Put*", "sqs:SendMessage"),
    Resource: fc.constantFrom("*", "arn:aws:s3:::b/*", "arn:aws:s3:::c/*", "arn:aws:s3:::b/k?"),
  });
  const bare = statement.map(
    ({ Effect, Action, Resource }) => ({ Effect, Action, Resource }) as PolicyStatement,
  );
  const policies = fc.record({
    identity: fc.array(
      fc.array(bare, { minLength: 1, maxLength: 3 }).map((all) => policy(...all)),
      { maxLength: 3 },
    ),
    resource: fc.option(
      fc.array(statement, { minLength: 1, maxLength: 3 }).map((all) => policy(...all)),
      { nil: undefined },
    ),
  });
  const question = fc.record({
    principal: fc.constantFrom(user, session, stranger, root, s3, nobody),
    action: fc.constantFrom("s3:GetObject", "s3:PutObject", "sqs:SendMessage"),
    resource: fc.constantFrom("arn:aws:s3:::b/k", "arn:aws:s3:::b/k1", "arn:aws:s3:::c/k"),
    resourceAccount: fc.constant(ACCOUNT),
  });

  it("never allows more for having another deny", () => {
    fc.assert(
      fc.property(question, policies, bare, (asked, given, extra) => {
        const more = {
          ...given,
          identity: [...given.identity, policy({ ...extra, Effect: "Deny" })],
        };
        assert.ok(!may(asked, more) || may(asked, given));
      }),
    );
  });

  it("never allows less for having another allow", () => {
    fc.assert(
      fc.property(question, policies, bare, (asked, given, extra) => {
        const more = {
          ...given,
          identity: [...given.identity, policy({ ...extra, Effect: "Allow" })],
        };
        assert.ok(!may(asked, given) || may(asked, more));
      }),
    );
  });

  it("never lets anyone but the root do what no statement allows", () => {
    fc.assert(
      fc.property(question, policies, (asked, given) => {
        const denies = (document: PolicyDocument): PolicyDocument =>
          policy(
            ...[document.Statement]
              .flat()
              .map((one): PolicyStatement => ({ ...one, Effect: "Deny" })),
          );
        const none = {
          identity: given.identity.map(denies),
          resource: given.resource && denies(given.resource),
        };
        assert.ok(asked.principal.kind === "root" || !may(asked, none));
      }),
    );
  });
});
