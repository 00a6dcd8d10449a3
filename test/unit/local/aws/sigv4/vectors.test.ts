import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";

import { AwsError } from "../../../../../local/aws/contract.ts";
import { decodeChunks } from "../../../../../local/aws/sigv4/chunked.ts";
import { signingKey } from "../../../../../local/aws/sigv4/signature.ts";
import { openBody, verifySignature } from "../../../../../local/aws/sigv4/verify.ts";
import type { Credential } from "../../../../../local/aws/sigv4/verify.ts";

/** The worked examples of the S3 API reference, "Authenticating requests (AWS Signature Version 4)". */
const KEY = "AKIAIOSFODNN7EXAMPLE";
const EXAMPLE: Credential = {
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  principal: { kind: "user", arn: "arn:aws:iam::1:user/example", accountId: "1" },
};
const NOW = new Date("2013-05-24T00:00:10Z");
const EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

function incoming(
  method: string,
  url: string,
  headers: Record<string, string>,
  body: Buffer[] = [],
): IncomingMessage {
  const rawHeaders = Object.entries(headers).flat();
  return Object.assign(Readable.from(body), {
    method,
    url,
    rawHeaders,
  }) as unknown as IncomingMessage;
}

function authorization(signedHeaders: string, signature: string): string {
  return `AWS4-HMAC-SHA256 Credential=${KEY}/20130524/us-east-1/s3/aws4_request,SignedHeaders=${signedHeaders},Signature=${signature}`;
}

function get(url: string, signature: string): IncomingMessage {
  return incoming("GET", url, {
    Host: "examplebucket.s3.amazonaws.com",
    "x-amz-date": "20130524T000000Z",
    "x-amz-content-sha256": EMPTY,
    Authorization: authorization("host;x-amz-content-sha256;x-amz-date", signature),
  });
}

const find = (id: string) => (id === KEY ? EXAMPLE : undefined);

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof AwsError) return error.code;
    throw error;
  }
  return "none";
}

describe("Signature Version 4, by AWS's own examples", () => {
  it("accepts GET Object with a range", () => {
    const req = incoming("GET", "/test.txt", {
      Host: "examplebucket.s3.amazonaws.com",
      Range: "bytes=0-9",
      "x-amz-content-sha256": EMPTY,
      "x-amz-date": "20130524T000000Z",
      Authorization: authorization(
        "host;range;x-amz-content-sha256;x-amz-date",
        "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
      ),
    });
    assert.equal(verifySignature(req, find, NOW).signed?.accessKeyId, KEY);
  });

  it("accepts PUT Object of a key with a dollar sign, and its body only", async () => {
    const headers = {
      Host: "examplebucket.s3.amazonaws.com",
      Date: "Fri, 24 May 2013 00:00:00 GMT",
      "x-amz-date": "20130524T000000Z",
      "x-amz-storage-class": "REDUCED_REDUNDANCY",
      "x-amz-content-sha256": "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
      Authorization: authorization(
        "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
        "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
      ),
    };
    const good = incoming("PUT", "/test%24file.text", headers, [
      Buffer.from("Welcome to Amazon S3."),
    ]);
    const { body } = openBody(good, verifySignature(good, find, NOW));
    assert.equal(
      Buffer.concat((await body.toArray()) as Buffer[]).toString(),
      "Welcome to Amazon S3.",
    );
    const bad = incoming("PUT", "/test%24file.text", headers, [
      Buffer.from("Welcome to Amazon S4."),
    ]);
    await assert.rejects(openBody(bad, verifySignature(bad, find, NOW)).body.toArray(), {
      code: "XAmzContentSHA256Mismatch",
    });
  });

  it("accepts a sub-resource and a query", () => {
    const lifecycle = "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543";
    const list = "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7";
    assert.equal(verifySignature(get("/?lifecycle", lifecycle), find, NOW).presigned, false);
    assert.equal(verifySignature(get("/?max-keys=2&prefix=J", list), find, NOW).presigned, false);
    assert.equal(
      codeOf(() => verifySignature(get("/?max-keys=3&prefix=J", list), find, NOW)),
      "SignatureDoesNotMatch",
    );
  });

  const presigned =
    "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";

  it("accepts a presigned URL until the second it expires", () => {
    const req = () => incoming("GET", presigned, { Host: "examplebucket.s3.amazonaws.com" });
    assert.equal(verifySignature(req(), find, new Date("2013-05-25T00:00:00Z")).presigned, true);
    const late = new Date("2013-05-25T00:00:01Z");
    assert.throws(() => verifySignature(req(), find, late), {
      code: "AccessDenied",
      message: "Request has expired",
    });
  });

  it("refuses a presigned URL with another host, and one that carries unsigned x-amz headers", () => {
    const other = incoming("GET", presigned, { Host: "other.s3.amazonaws.com" });
    assert.equal(
      codeOf(() => verifySignature(other, find, NOW)),
      "SignatureDoesNotMatch",
    );
    const extra = incoming("GET", presigned, {
      Host: "examplebucket.s3.amazonaws.com",
      "x-amz-acl": "public-read",
    });
    assert.throws(() => verifySignature(extra, find, NOW), { code: "AccessDenied" });
  });

  const SEED = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9";
  const chunks = [
    [
      "10000",
      "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
      "a".repeat(65536),
    ],
    ["400", "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497", "a".repeat(1024)],
    ["0", "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9", ""],
  ] as const;

  function chunked(
    change: (text: string) => string = (text) => text,
    piece = 1000,
  ): IncomingMessage {
    const text = chunks.map(([size, sig, data]) => `${size};chunk-signature=${sig}\r\n${data}\r\n`);
    const bytes = Buffer.from(change(text.join("")));
    const pieces: Buffer[] = [];
    for (let at = 0; at < bytes.length; at += piece) pieces.push(bytes.subarray(at, at + piece));
    return incoming(
      "PUT",
      "/examplebucket/chunkObject.txt",
      {
        Host: "s3.amazonaws.com",
        "x-amz-date": "20130524T000000Z",
        "x-amz-storage-class": "REDUCED_REDUNDANCY",
        Authorization: authorization(
          "content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class",
          SEED,
        ),
        "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        "Content-Encoding": "aws-chunked",
        "x-amz-decoded-content-length": "66560",
        "Content-Length": "66824",
      },
      pieces,
    );
  }

  for (const piece of [1, 7, 1000, 100_000]) {
    it(`unframes signed chunks that arrive ${piece} bytes at a time`, async () => {
      const req = chunked(undefined, piece);
      const { body } = openBody(req, verifySignature(req, find, NOW));
      let size = 0;
      for await (const chunk of body as AsyncIterable<Buffer>) size += chunk.length;
      assert.equal(size, 66560);
    });
  }

  it("refuses a changed chunk, a dropped chunk and a body that ends early", async () => {
    const changes: [string, (text: string) => string][] = [
      ["SignatureDoesNotMatch", (text) => text.replace("aaaa", "aaab")],
      [
        "SignatureDoesNotMatch",
        (text) => text.slice(0, 65536 + 90) + text.slice(text.indexOf("0;chunk-signature=b6")),
      ],
      ["IncompleteBody", (text) => text.slice(0, 66000)],
    ];
    for (const [code, change] of changes) {
      const req = chunked(change);
      await assert.rejects(openBody(req, verifySignature(req, find, NOW)).body.toArray(), { code });
    }
  });

  it("accepts the signed trailer of AWS's example, and no other", async () => {
    const scope = { date: "20130524", region: "us-east-1", service: "s3" };
    const unframe = async (trailer: string) => {
      const signing = {
        key: signingKey(EXAMPLE.secretAccessKey, scope),
        amzDate: "20130524T000000Z",
        scope,
        signature: "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e",
      };
      const text = [
        `10000;chunk-signature=b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2\r\n${"a".repeat(65536)}\r\n`,
        `400;chunk-signature=1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7\r\n${"a".repeat(1024)}\r\n`,
        "0;chunk-signature=2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992\r\n",
        `x-amz-checksum-crc32c:${trailer}\n\r\n`,
        "x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n",
      ].join("");
      const trailers: Record<string, string> = {};
      const source = Readable.from([Buffer.from(text)]) as AsyncIterable<Buffer>;
      let size = 0;
      for await (const chunk of decodeChunks(source, { trailer: true, signing }, trailers)) {
        size += chunk.length;
      }
      return { size, trailers };
    };
    assert.deepEqual(await unframe("sOO8/Q=="), {
      size: 66560,
      trailers: { "x-amz-checksum-crc32c": "sOO8/Q==" },
    });
    await assert.rejects(unframe("sOO9/Q=="), { code: "SignatureDoesNotMatch" });
  });

  it("refuses requests that are older or newer than 15 minutes, and unknown keys", () => {
    const sig = "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7";
    const at = (time: string, who = find) =>
      codeOf(() => verifySignature(get("/?max-keys=2&prefix=J", sig), who, new Date(time)));
    assert.equal(at("2013-05-24T00:15:00Z"), "none");
    assert.equal(at("2013-05-24T00:15:01Z"), "RequestTimeTooSkewed");
    assert.equal(at("2013-05-23T23:44:59Z"), "RequestTimeTooSkewed");
    assert.equal(
      at("2013-05-24T00:00:00Z", () => undefined),
      "InvalidAccessKeyId",
    );
  });

  it("wants the session token of temporary credentials, the right one, and not after its time", () => {
    const sig = "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7";
    const temporary = { ...EXAMPLE, sessionToken: "token" };
    const req = get("/?max-keys=2&prefix=J", sig);
    assert.equal(
      codeOf(() => verifySignature(req, () => temporary, NOW)),
      "InvalidAccessKeyId",
    );
    const withToken = get("/?max-keys=2&prefix=J", sig);
    withToken.rawHeaders.push("x-amz-security-token", "other");
    assert.equal(
      codeOf(() => verifySignature(withToken, () => temporary, NOW)),
      "InvalidToken",
    );
    const expired = { ...temporary, sessionToken: "other", expiresAt: NOW };
    assert.equal(
      codeOf(() => verifySignature(withToken, () => expired, NOW)),
      "ExpiredToken",
    );
  });

  it("calls an unsigned request anonymous", () => {
    const req = incoming("GET", "/bucket/key", { Host: "localhost" });
    assert.equal(verifySignature(req, find, NOW).principal.kind, "anonymous");
  });

  it("refuses Signature Version 2 in headers and two signatures at once", () => {
    const old = incoming("GET", "/", { Host: "h", Authorization: `AWS ${KEY}:abc=` });
    assert.equal(
      codeOf(() => verifySignature(old, find, NOW)),
      "InvalidRequest",
    );
    const both = incoming("GET", presigned, {
      Host: "h",
      Authorization: authorization("host", "00"),
    });
    assert.equal(
      codeOf(() => verifySignature(both, find, NOW)),
      "InvalidArgument",
    );
  });
});

describe("Signature Version 4 of other services", () => {
  // The published test suite "get-vanilla" and its like: service `service`, us-east-1, 30 August 2015.
  const credential: Credential = {
    ...EXAMPLE,
    secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
  };
  const then = new Date("2015-08-30T12:36:00Z");
  const signed = (signature: string, headers = "host;x-amz-date") =>
    `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=${headers}, Signature=${signature}`;

  it("checks a request without a body at once", () => {
    const req = incoming("GET", "/", {
      Host: "example.amazonaws.com",
      "X-Amz-Date": "20150830T123600Z",
      Authorization: signed("5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
    });
    assert.equal(verifySignature(req, () => credential, then).signed?.service, "service");
  });

  it("checks a body whose hash nobody declared when it has been read", async () => {
    const post = (body: string) =>
      incoming(
        "POST",
        "/",
        {
          Host: "example.amazonaws.com",
          "Content-Type": "application/x-www-form-urlencoded",
          "Content-Length": String(body.length),
          "X-Amz-Date": "20150830T123600Z",
          Authorization: signed(
            "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
            "content-type;host;x-amz-date",
          ),
        },
        [Buffer.from(body)],
      );
    const good = post("Param1=value1");
    await openBody(
      good,
      verifySignature(good, () => credential, then),
    ).body.toArray();
    const bad = post("Param1=value2");
    await assert.rejects(
      openBody(
        bad,
        verifySignature(bad, () => credential, then),
      ).body.toArray(),
      {
        code: "SignatureDoesNotMatch",
      },
    );
  });

  it("speaks the query protocols' codes", () => {
    const req = incoming("GET", "/", {
      Host: "example.amazonaws.com",
      "X-Amz-Date": "20150830T123600Z",
      Authorization: signed("00"),
    });
    assert.equal(
      codeOf(() => verifySignature(req, () => undefined, then)),
      "InvalidClientTokenId",
    );
    assert.equal(
      codeOf(() => verifySignature(req, () => credential, new Date("2015-08-30T13:00:00Z"))),
      "SignatureDoesNotMatch",
    );
  });
});
