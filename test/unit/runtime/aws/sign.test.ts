import assert from "node:assert/strict";
import { bucketAddress, endpointOf } from "../../../../runtime/aws/endpoint.ts";
import { EMPTY_SHA256, presigned, queryString, signed } from "../../../../runtime/aws/sign.ts";

const credentials = {
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
};
const now = new Date("2013-05-24T00:00:00Z");

describe("Signature Version 4", () => {
  it("signs the list request of S3's documentation as it says", () => {
    const headers = signed(
      {
        method: "GET",
        host: "examplebucket.s3.amazonaws.com",
        path: "/",
        query: [
          ["prefix", "J"],
          ["max-keys", "2"],
        ],
        headers: {},
        payloadHash: EMPTY_SHA256,
        service: "s3",
        region: "us-east-1",
        now,
      },
      credentials,
    );
    const signature = "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7";
    assert.ok(headers["authorization"]?.endsWith(`Signature=${signature}`));
  });

  it("sends and signs a session token", () => {
    const headers = signed(
      {
        method: "GET",
        host: "h",
        path: "/",
        query: [],
        headers: { range: "bytes=0-1" },
        payloadHash: EMPTY_SHA256,
        service: "s3",
        region: "r",
        now,
      },
      { ...credentials, sessionToken: "token" },
    );
    assert.equal(headers["x-amz-security-token"], "token");
    assert.match(
      headers["authorization"] ?? "",
      /SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token,/,
    );
    assert.equal(headers["range"], "bytes=0-1");
  });

  it("signs content type and x-amz- headers, sorted, with blanks as the server reads them", () => {
    const sign = (headers: Record<string, string>) =>
      signed(
        {
          method: "PUT",
          host: "h",
          path: "/",
          query: [],
          headers,
          payloadHash: "UNSIGNED-PAYLOAD",
          service: "s3",
          region: "r",
          now,
        },
        credentials,
      )["authorization"] ?? "";
    const authorization = sign({ "x-amz-meta-b": "1", "content-type": "text/plain", range: "x" });
    assert.match(
      authorization,
      /SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;x-amz-meta-b,/,
    );
    assert.equal(sign({ "x-amz-meta-b": " a  b " }), sign({ "x-amz-meta-b": "a b" }));
    assert.notEqual(sign({ "x-amz-meta-b": "a" }), sign({ "x-amz-meta-b": "b" }));
  });

  it("forgets neither another day, nor region, nor other credentials of the same process", () => {
    const sign = (at: string, region: string, keys = credentials) =>
      signed(
        {
          method: "GET",
          host: "h",
          path: "/",
          query: [],
          headers: {},
          payloadHash: EMPTY_SHA256,
          service: "s3",
          region,
          now: new Date(at),
        },
        keys,
      )["authorization"];
    const first = sign("2013-05-24T00:00:00Z", "r");
    const others = [
      sign("2013-05-24T00:00:01Z", "r"),
      sign("2013-05-25T00:00:00Z", "r"),
      sign("2013-05-24T00:00:00Z", "s"),
      sign("2013-05-24T00:00:00Z", "r", { ...credentials, secretAccessKey: "other" }),
    ];
    assert.equal(new Set([first, ...others]).size, 5);
    assert.equal(sign("2013-05-24T00:00:00.999Z", "r"), first);
    assert.match(
      others[1] ?? "",
      /Credential=AKIAIOSFODNN7EXAMPLE\/20130525\/r\/s3\/aws4_request,/,
    );
  });

  it("sorts a query by name even where one name begins another", () => {
    const query = [
      ["a-b", "1"],
      ["a", "2"],
      ["B", "3"],
      ["a", "1"],
    ] as const;
    assert.equal(queryString(query), "B=3&a=1&a=2&a-b=1");
  });

  it("writes a query sorted and encoded as it is signed", () => {
    assert.equal(
      queryString([
        ["versionId", "a+b/c="],
        ["a", "!'()*"],
      ]),
      "a=%21%27%28%29%2A&versionId=a%2Bb%2Fc%3D",
    );
  });
});

describe("a presigned URL", () => {
  const request = {
    method: "GET",
    origin: "https://examplebucket.s3.amazonaws.com",
    path: "/test.txt",
    query: [],
    expiresSeconds: 86400,
    credentials,
    region: "us-east-1",
    now,
  } as const;
  const queryOf = (url: string) => new URL(url).searchParams;

  it("is signed as in S3's documentation", () => {
    const url = presigned(request);
    assert.ok(url.startsWith("https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm="));
    assert.equal(
      queryOf(url).get("X-Amz-Signature"),
      "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
    );
  });

  it("carries the session's token and the version it is for", () => {
    const url = presigned({
      ...request,
      query: [["versionId", "a/b+c"]],
      credentials: { ...credentials, sessionToken: "token/=" },
    });
    assert.equal(queryOf(url).get("X-Amz-Security-Token"), "token/=");
    assert.equal(queryOf(url).get("versionId"), "a/b+c");
    assert.match(
      url,
      /&X-Amz-Security-Token=token%2F%3D&X-Amz-SignedHeaders=host&versionId=a%2Fb%2Bc&/,
    );
  });

  it("is good no longer than the credentials, nor than S3 allows", () => {
    const expires = (expiresSeconds: number, leftSeconds?: number) => {
      const expiration =
        leftSeconds === undefined ? undefined : new Date(now.getTime() + leftSeconds * 1000 + 900);
      const url = presigned({
        ...request,
        expiresSeconds,
        credentials: { ...credentials, expiration },
      });
      return queryOf(url).get("X-Amz-Expires");
    };
    assert.equal(expires(900), "900");
    assert.equal(expires(900, 3600), "900");
    assert.equal(expires(900, 60), "60");
    assert.equal(expires(900, -60), "1");
    assert.equal(expires(30 * 86400), "604800");
  });
});

describe("endpoints", () => {
  it("are the partition's own unless the environment names others", () => {
    assert.equal(endpointOf("sqs", "eu-west-1", {}).href, "https://sqs.eu-west-1.amazonaws.com/");
    assert.equal(endpointOf("ssm", "cn-north-1", {}).host, "ssm.cn-north-1.amazonaws.com.cn");
    const env = { AWS_ENDPOINT_URL: "http://a:1", AWS_ENDPOINT_URL_S3: "http://b:2" };
    assert.equal(endpointOf("s3", "eu-west-1", env).host, "b:2");
    assert.equal(endpointOf("ssm", "eu-west-1", env).host, "a:1");
  });

  it("address a bucket by host, but by path where TLS or a custom endpoint cannot", () => {
    assert.deepEqual(bucketAddress("b", "eu-west-1", {}), {
      origin: "https://b.s3.eu-west-1.amazonaws.com",
      base: "",
    });
    assert.equal(bucketAddress("b.c", "eu-west-1", {}).base, "/b.c");
    const env = { AWS_ENDPOINT_URL: "http://127.0.0.1:4566" };
    assert.deepEqual(bucketAddress("b", "r", env), { origin: "http://127.0.0.1:4566", base: "/b" });
  });
});
