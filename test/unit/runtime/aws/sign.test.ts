import assert from "node:assert/strict";
import { bucketAddress, endpointOf } from "../../../../runtime/aws/endpoint.ts";
import { EMPTY_SHA256, queryString, signed } from "../../../../runtime/aws/sign.ts";

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
