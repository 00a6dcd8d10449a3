import assert from "node:assert/strict";
import { AwsClient } from "../../../../runtime/aws/client.ts";
import type { CredentialSource } from "../../../../runtime/aws/credentials.ts";
import type { HttpRequest, HttpResponse, Send } from "../../../../runtime/http/send.ts";
import { never } from "../fakes.ts";

function answer(status: number, text = "", headers: Record<string, string> = {}): HttpResponse {
  return {
    status,
    headers,
    body: Buffer.from(text),
    text: () => text,
  };
}

/** A client whose requests are answered in turn, and what it sent. */
function client(...answers: (HttpResponse | Error)[]) {
  const sent: HttpRequest[] = [];
  const send: Send = (request) => {
    sent.push(request);
    const next = answers.shift() ?? answer(200, "{}");
    return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
  };
  let key = 1;
  const credentials: CredentialSource = {
    get: () => Promise.resolve({ accessKeyId: `AKIA${key}`, secretAccessKey: "secret" }),
    refresh: () => {
      key += 1;
      return Promise.resolve(true);
    },
  };
  return { aws: new AwsClient(send, credentials, {}), sent };
}

const call = {
  service: "ssm",
  region: "eu-west-1",
  asked: { service: "ssm", action: "ssm:GetParameter", subject: "/p" },
  target: "AmazonSSM.GetParameter",
  version: "1.1",
  input: { Name: "/p" },
  signal: never,
} as const;

describe("requests to AWS", () => {
  it("are signed again with fresh credentials when these have expired", async () => {
    const { aws, sent } = client(answer(400, '{"__type":"ExpiredTokenException"}'));
    await aws.json(call);
    assert.match(sent[0]?.headers["authorization"] ?? "", /Credential=AKIA1\//);
    assert.match(sent[1]?.headers["authorization"] ?? "", /Credential=AKIA2\//);
  });

  it("are signed again by the cloud's clock when ours is wrong, and so from then on", async () => {
    const date = new Date(Date.now() + 3 * 3600 * 1000);
    const xml = "<Error><Code>RequestTimeTooSkewed</Code></Error>";
    const { aws, sent } = client(answer(403, xml, { date: date.toUTCString() }));
    const s3 = {
      ...call,
      service: "s3",
      asked: { service: "s3", action: "s3:GetObject", subject: "s3://b/k" },
      method: "GET",
      origin: "https://b.s3.amazonaws.com",
      path: "/k",
    } as const;
    await aws.request(s3);
    await aws.request(s3);
    const hour = (at: number): string => (sent[at]?.headers["x-amz-date"] ?? "").slice(0, 11);
    const expected = date.toISOString().replace(/[-:]/g, "").slice(0, 11);
    assert.notEqual(hour(0), expected);
    assert.equal(hour(1), expected);
    assert.equal(hour(2), expected);
  });

  it("are repeated when the connection breaks", async () => {
    const reset = Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" });
    const { aws, sent } = client(reset, answer(200, '{"ok":true}'));
    assert.deepEqual(await aws.json(call), { ok: true });
    assert.equal(sent.length, 2);
  });

  it("are not repeated when they are refused, and say what was missing", async () => {
    const { aws, sent } = client(answer(400, '{"__type":"AccessDeniedException","Message":"no"}'));
    await assert.rejects(
      aws.json(call),
      /^CloudError: ssm:GetParameter on \/p failed with AccessDenied/,
    );
    assert.equal(sent.length, 1);
  });

  it("are presigned under the credentials of the moment, by the cloud's clock", async () => {
    const { aws } = client();
    const url = await aws.presign({
      asked: call.asked,
      service: "s3",
      region: "eu-west-1",
      method: "GET",
      origin: "https://b.s3.amazonaws.com",
      path: "/k",
      query: [["versionId", "1"]],
    });
    const query = new URL(url).searchParams;
    assert.match(
      query.get("X-Amz-Credential") ?? "",
      /^AKIA1\/\d{8}\/eu-west-1\/s3\/aws4_request$/,
    );
    assert.equal(query.get("X-Amz-Expires"), "900");
  });

  it("hash a body of several buffers as one", async () => {
    const { aws, sent } = client(answer(200), answer(200));
    const put = {
      ...call,
      service: "s3",
      method: "PUT",
      origin: "https://b.s3.amazonaws.com",
      path: "/k",
    } as const;
    await aws.once({ ...put, body: Buffer.from("abc") });
    await aws.once({ ...put, body: [Buffer.from("a"), Buffer.from("bc")] });
    const hashes = sent.map((request) => request.headers["x-amz-content-sha256"]);
    const expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert.deepEqual(hashes, [expected, expected]);
  });
});
