import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import type { LocalAws } from "../../../../local/aws/aws.ts";
import { pythonClient, runClient } from "../../../support/python-client.ts";
import { clients, startAws, type Keys } from "./fixture.ts";

/** Runs calls in order with boto3; each answers with its output, or with the code of its error. */
const script = `
import base64, boto3, json, sys
kms = boto3.client("kms")
kept = {}
def given(value):
    if isinstance(value, dict) and "from" in value: return kept[value["from"]]
    if isinstance(value, dict) and "text" in value: return value["text"].encode()
    return value
for call in json.load(open(sys.argv[1])):
    try:
        out = getattr(kms, call["do"])(**{name: given(value) for name, value in call.get("with", {}).items()})
        if "keep" in call: kept[call["keep"]] = out[call["what"]]
        out.pop("ResponseMetadata")
        print(json.dumps(out, default=lambda v: v.decode("latin1") if isinstance(v, bytes) else str(v)))
    except kms.exceptions.ClientError as error:
        print(json.dumps({"error": error.response["Error"]["Code"]}))
`;

interface Call {
  do: string;
  with?: Record<string, unknown>;
  keep?: string;
  what?: string;
}
type Answer = Record<string, unknown> & { error?: string };

describe("the key management service, to boto3", () => {
  let aws: LocalAws;
  let python: string;
  let folder: string;
  before(async function () {
    this.timeout(120_000);
    folder = await mkdtemp(join(tmpdir(), "causeway-kms-"));
    aws = await startAws();
    ({ python } = await pythonClient());
  });
  after(async () => {
    await aws.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function calls(list: Call[], keys: Keys = aws.adminCredentials): Promise<Answer[]> {
    await writeFile(join(folder, "calls.py"), script);
    await writeFile(join(folder, "calls.json"), JSON.stringify(list));
    const settings = { endpoint: aws.endpoint, region: aws.region, ...keys };
    const said = await runClient(
      python,
      [join(folder, "calls.py"), join(folder, "calls.json")],
      settings,
    );
    return said
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Answer);
  }

  it("gives back what was encrypted, to who says the same context, for as long as the key is on", async () => {
    const { id } = aws.keys.create({ description: "test" });
    const EncryptionContext = { tenant: "acme", stack: "exports" };
    const decrypt = { CiphertextBlob: { from: "sealed" } };
    const answers = await calls([
      { do: "create_alias", with: { AliasName: "alias/state", TargetKeyId: id } },
      {
        do: "encrypt",
        with: { KeyId: "alias/state", Plaintext: { text: "a data key" }, EncryptionContext },
        keep: "sealed",
        what: "CiphertextBlob",
      },
      {
        do: "decrypt",
        with: { ...decrypt, EncryptionContext: { stack: "exports", tenant: "acme" } },
      },
      { do: "decrypt", with: { ...decrypt, EncryptionContext: { tenant: "other" } } },
      { do: "decrypt", with: { CiphertextBlob: { text: "nonsense" } } },
      { do: "disable_key", with: { KeyId: id } },
      { do: "decrypt", with: { ...decrypt, EncryptionContext } },
      { do: "enable_key", with: { KeyId: aws.keys.arn(id) } },
      { do: "decrypt", with: { ...decrypt, EncryptionContext } },
      { do: "schedule_key_deletion", with: { KeyId: id, PendingWindowInDays: 7 } },
      { do: "decrypt", with: { ...decrypt, EncryptionContext } },
      { do: "describe_key", with: { KeyId: "alias/none" } },
    ]);
    assert.deepEqual(
      answers.map((answer) => answer.error ?? answer["Plaintext"] ?? "done"),
      [
        "done",
        "done",
        "a data key",
        "InvalidCiphertextException",
        "InvalidCiphertextException",
        "done",
        "DisabledException",
        "done",
        "a data key",
        "done",
        "KMSInvalidStateException",
        "NotFoundException",
      ],
    );
  });

  it("lets its key's policy and the caller's decide, both", async () => {
    const admin = clients(aws);
    await admin.iam.send(new CreateUserCommand({ UserName: "kim" }));
    const { AccessKey } = await admin.iam.send(new CreateAccessKeyCommand({ UserName: "kim" }));
    const kim = {
      accessKeyId: AccessKey!.AccessKeyId!,
      secretAccessKey: AccessKey!.SecretAccessKey!,
    };
    const open = aws.keys.create({ description: "the account's" });
    const shut = aws.keys.create({
      description: "somebody else's",
      policy: JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          {
            ...{ Effect: "Allow", Action: "kms:*", Resource: "*" },
            Principal: { AWS: "arn:aws:iam::123456789012:user/else" },
          },
        ],
      }),
    });
    const encrypt = ({ id }: { id: string }) => ({
      do: "encrypt",
      with: { KeyId: id, Plaintext: { text: "x" } },
    });
    const before = await calls([encrypt(open)], kim);
    await admin.iam.send(
      new PutUserPolicyCommand({
        UserName: "kim",
        PolicyName: "encrypt",
        PolicyDocument: JSON.stringify({
          Version: "2012-10-17",
          Statement: [{ Effect: "Allow", Action: "kms:Encrypt", Resource: "*" }],
        }),
      }),
    );
    const describe_ = { do: "describe_key", with: { KeyId: open.id } };
    const after = await calls([encrypt(open), encrypt(shut), describe_], kim);
    assert.deepEqual(
      [...before, ...after].map(({ error }) => error ?? "done"),
      ["AccessDeniedException", "done", "AccessDeniedException", "AccessDeniedException"],
    );
    // Nor may the root: a key's policy is the last word.
    assert.deepEqual(
      (await calls([encrypt(shut)])).map(({ error }) => error),
      ["AccessDeniedException"],
    );
  });
});
