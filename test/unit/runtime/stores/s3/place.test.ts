import assert from "node:assert/strict";
import { uriEncode } from "../../../../../runtime/aws/sign.ts";
import { addressOf, encodeKey, samePlaceToCopy } from "../../../../../runtime/stores/s3/place.ts";

const at = (over: object, env: NodeJS.ProcessEnv = {}) =>
  addressOf({ bucket: "data", region: "eu-west-1", ...over }, env);

describe("the address of a bucket", () => {
  it("is a host of AWS's own, or a path where a certificate would not fit", () => {
    assert.deepEqual(at({}), {
      origin: "https://data.s3.eu-west-1.amazonaws.com",
      base: "",
      server: "https://s3.eu-west-1.amazonaws.com",
    });
    assert.equal(at({ bucket: "my.data" }).base, "/my.data");
    assert.deepEqual(at({ addressing: "path" }), {
      origin: "https://s3.eu-west-1.amazonaws.com",
      base: "/data",
      server: "https://s3.eu-west-1.amazonaws.com",
    });
    assert.equal(
      at({ region: "cn-north-1" }).origin,
      "https://data.s3.cn-north-1.amazonaws.com.cn",
    );
  });

  it("is a path on another server, but for services that know hosts only", () => {
    assert.deepEqual(at({ endpoint: "http://minio:9000/s3/" }), {
      origin: "http://minio:9000",
      base: "/s3/data",
      server: "http://minio:9000",
    });
    assert.equal(
      at({ endpoint: "https://s3.oss-cn-hangzhou.aliyuncs.com" }).origin,
      "https://data.s3.oss-cn-hangzhou.aliyuncs.com",
    );
    assert.equal(
      at({ endpoint: "https://cos.ap-guangzhou.myqcloud.com", addressing: "path" }).base,
      "/data",
    );
    assert.equal(
      at({ endpoint: "http://minio:9000", addressing: "virtual" }).origin,
      "http://data.minio:9000",
    );
  });

  it("is what the ecosystem's variables say, unless a place says another", () => {
    const env = { AWS_ENDPOINT_URL_S3: "http://127.0.0.1:9000" };
    assert.equal(at({}, env).server, "http://127.0.0.1:9000");
    assert.equal(at({ endpoint: "http://127.0.0.1:9001" }, env).server, "http://127.0.0.1:9001");
  });
});

describe("a copy between buckets", () => {
  it("is possible on one server, and between regions of one partition of AWS", () => {
    const [eu, us, cn] = ["eu-west-1", "us-east-1", "cn-north-1"].map((region) => at({ region }));
    assert.equal(samePlaceToCopy(eu!.server, us!.server), true);
    assert.equal(samePlaceToCopy(eu!.server, cn!.server), false);
    assert.equal(samePlaceToCopy("http://minio:9000", "http://minio:9000"), true);
    assert.equal(samePlaceToCopy("http://minio:9000", eu!.server), false);
  });
});

describe("a key in a path", () => {
  it("keeps its slashes and is otherwise encoded as it is signed", () => {
    for (const key of ["a/b", "a//b/", "../a b+c%20d", "ü/\u{1f600}", "!'()*~", "a?b#c&d=e"]) {
      assert.equal(encodeKey(key), key.split("/").map(uriEncode).join("/"));
    }
  });
});
