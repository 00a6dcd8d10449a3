import assert from "node:assert/strict";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import type { LocalAws } from "../../../local/aws/aws.ts";
import { AwsClient } from "../../../runtime/aws/client.ts";
import { CloudError } from "../../../runtime/errors.ts";
import { Http } from "../../../runtime/http/send.ts";
import { bucketStore } from "../../../runtime/ledger/bucket.ts";
import type { LedgerStore } from "../../../runtime/ledger/store.ts";
import { allOf } from "../../support/all-of.ts";
import { startAws } from "../local/aws/fixture.ts";

describe("a ledger in a bucket", () => {
  let aws: LocalAws;
  let http: Http;
  let store: LedgerStore;
  let elsewhere: LedgerStore;
  const { signal } = new AbortController();

  before(async () => {
    aws = await startAws();
    http = new Http();
    const credentials = {
      get: () => Promise.resolve(aws.adminCredentials),
      refresh: () => Promise.resolve(false),
    };
    const client = new AwsClient(http.send, credentials, { AWS_ENDPOINT_URL: aws.endpoint });
    const where = { bucket: "ledger", prefix: "ledger/a&b/exports/", region: aws.region };
    store = bucketStore(client, where);
    elsewhere = bucketStore(client, { ...where, bucket: "none-of-that-name" });
    const s3 = new S3Client({
      endpoint: aws.endpoint,
      region: aws.region,
      credentials: { ...aws.adminCredentials },
      forcePathStyle: true,
    });
    await s3.send(new CreateBucketCommand({ Bucket: "ledger" }));
    s3.destroy();
  });
  after(async () => {
    await http.close();
    await aws.close();
  });

  it("gives back what was written, and says of what is not there that it is not", async () => {
    const bytes = Buffer.from([0, 255, 40, 181, 47, 253]);
    await store.write("dt=2026-01-01/a&b.ndjson.zst", bytes, signal);
    assert.deepEqual(await store.read("dt=2026-01-01/a&b.ndjson.zst", signal), bytes);
    assert.equal(await store.read("dt=2026-01-01/none", signal), undefined);
  });

  it("lists its names in order over pages, from a point on", async () => {
    const names = Array.from({ length: 1005 }, (_, n) => `many/${String(n).padStart(5, "0")}`);
    for (let at = 0; at < names.length; at += 50) {
      const some = names.slice(at, at + 50);
      await Promise.all(some.map((name) => store.write(name, Buffer.from("x"), signal)));
    }
    await store.write("zzz", Buffer.from("x"), signal);
    assert.deepEqual(await allOf(store.list("many/", "", signal)), names);
    const rest = await allOf(store.list("many/", "many/01000", signal));
    assert.deepEqual(rest, names.slice(1001));
  });

  it("names the bucket and what was asked of it when that fails", async () => {
    await assert.rejects(elsewhere.write("x", Buffer.from("x"), signal), (error: unknown) => {
      assert.ok(error instanceof CloudError);
      assert.deepEqual([error.code, error.facts.action], ["NoSuchBucket", "s3:PutObject"]);
      assert.equal(error.facts.subject, "s3://none-of-that-name/ledger/a&b/exports/x");
      return true;
    });
    await assert.rejects(elsewhere.read("x", signal), { name: "CloudError" });
  });
});
