import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { pythonClient, runClient } from "../../../../support/python-client.ts";
import type { PythonClient } from "../../../../support/python-client.ts";
import { CREDENTIALS, REGION, startTestServer } from "./listener.ts";
import type { TestServer } from "./listener.ts";

/** What boto3 is asked to do; every assertion is Python's. */
const BOTO3_SCRIPT = `
import base64, boto3, hashlib, io, json, urllib.request
from botocore.config import Config
from botocore.exceptions import ClientError
s3 = boto3.client("s3")
s3.create_bucket(Bucket="boto", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
body = bytes(range(256)) * 50000
s3.upload_fileobj(io.BytesIO(body), "boto", "multi part+ü", ExtraArgs={"Metadata": {"a": "b"}})
got = s3.get_object(Bucket="boto", Key="multi part+ü")
assert got["Body"].read() == body and got["Metadata"] == {"a": "b"} and got["ETag"].endswith('-2"')
for algorithm in ["CRC32", "SHA1", "SHA256"]:
    put = s3.put_object(Bucket="boto", Key=algorithm, Body=b"abc", ChecksumAlgorithm=algorithm)
    head = s3.head_object(Bucket="boto", Key=algorithm, ChecksumMode="ENABLED")
    assert put["Checksum" + algorithm] == head["Checksum" + algorithm]
try:
    s3.put_object(Bucket="boto", Key="once", Body=b"1", IfNoneMatch="*")
    s3.put_object(Bucket="boto", Key="once", Body=b"2", IfNoneMatch="*")
    raise SystemExit("the second If-None-Match was let through")
except ClientError as error:
    assert error.response["Error"]["Code"] == "PreconditionFailed", error
for version in ["s3", "s3v4"]:
    signer = boto3.client("s3", config=Config(signature_version=version))
    url = signer.generate_presigned_url("get_object", Params={"Bucket": "boto", "Key": "multi part+ü"})
    assert urllib.request.urlopen(url).read() == body, version
signed = boto3.client("s3", config=Config(s3={"payload_signing_enabled": True}))
signed.put_object(Bucket="boto", Key="signed", Body=b"x" * 100000)
other = boto3.client("s3", region_name="us-east-1")
assert other.list_objects_v2(Bucket="boto")["KeyCount"] == 6, "the wrong region is followed to the right one"
keys = [o["Key"] for page in s3.get_paginator("list_objects_v2").paginate(Bucket="boto", PaginationConfig={"PageSize": 2}) for o in page["Contents"]]
assert keys == sorted(keys) and len(keys) == 6, keys
s3.put_bucket_versioning(Bucket="boto", VersioningConfiguration={"Status": "Enabled"})
s3.put_object(Bucket="boto", Key="once", Body=b"3")
bucket = boto3.resource("s3").Bucket("boto")
bucket.object_versions.delete()
bucket.delete()
print("well done")
`;

describe("Clients that are not Node", () => {
  let server: TestServer;
  let client: PythonClient;
  let folder: string;

  before(async function () {
    this.timeout(180_000);
    client = await pythonClient();
    server = await startTestServer();
    folder = mkdtempSync(join(tmpdir(), "causeway-cli-"));
  });
  after(async () => {
    rmSync(folder, { recursive: true, force: true });
    await server.close();
  });

  const settings = () => ({ endpoint: server.endpoint, region: REGION, ...CREDENTIALS });
  const aws = (...args: string[]) => runClient(client.aws, args, settings());

  it("the AWS CLI makes a bucket, syncs a folder there and back, presigns, and removes all", async () => {
    const source = join(folder, "source");
    mkdirSync(join(source, "sub dir"), { recursive: true });
    const files: Record<string, Buffer> = {
      empty: Buffer.alloc(0),
      "plus+and space.txt": Buffer.from("hello"),
      "sub dir/ünï.bin": randomBytes(9_000_000),
    };
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(source, name), bytes);
    await aws("s3", "mb", "s3://cli");
    await aws("s3", "sync", "--no-progress", source, "s3://cli/p");
    assert.equal((await aws("s3", "sync", "--no-progress", source, "s3://cli/p")).trim(), "");
    await aws("s3", "cp", "--no-progress", "--recursive", "s3://cli/p", "s3://cli/q");
    const target = join(folder, "target");
    await aws("s3", "sync", "--no-progress", "s3://cli/q", target);
    for (const [name, bytes] of Object.entries(files)) {
      assert.ok(readFileSync(join(target, name)).equals(bytes), name);
    }
    const url = (await aws("s3", "presign", "s3://cli/p/plus+and space.txt")).trim();
    assert.equal(await (await fetch(url)).text(), "hello");
    const listed = await aws("s3", "ls", "--recursive", "s3://cli");
    assert.equal(listed.trim().split("\n").length, 6);
    await aws("s3", "rb", "--force", "s3://cli");
    assert.deepEqual(server.s3.inventory(), []);
  });

  it("boto3 uploads in parts, checks checksums and conditions, follows regions, and empties versions", async () => {
    const said = await runClient(client.python, ["-c", BOTO3_SCRIPT], settings());
    assert.equal(said.trim(), "well done");
  });
});
