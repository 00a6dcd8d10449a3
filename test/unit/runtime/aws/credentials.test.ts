import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  defaultCredentials,
  fetchedCredentials,
  fixedCredentials,
  parseCredentials,
  secretCredentials,
} from "../../../../runtime/aws/credentials.ts";
import { BadJob } from "../../../../runtime/errors.ts";
import { scrub } from "../../../../runtime/secrets.ts";

const asked = { service: "s3", action: "s3:GetObject", subject: "s3://b/k" } as const;
const keys = { AWS_ACCESS_KEY_ID: "AKIA1", AWS_SECRET_ACCESS_KEY: "the secret of a test" };

describe("credentials", () => {
  it("are the environment's where it has both keys", async () => {
    const plain = await defaultCredentials(undefined, keys).get(asked);
    assert.equal(plain.accessKeyId, "AKIA1");
    assert.equal(plain.sessionToken, undefined);
    const env = { ...keys, AWS_SESSION_TOKEN: "token" };
    assert.equal((await defaultCredentials(undefined, env).get(asked)).sessionToken, "token");
    assert.equal(scrub("the secret of a test"), "[secret]");
  });

  it("of the environment are found without loading the SDK", () => {
    const module = new URL("../../../../runtime/aws/credentials.ts", import.meta.url).href;
    const script = `
      import { registerHooks } from "node:module";
      const loaded = [];
      registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
      const { defaultCredentials } = await import(${JSON.stringify(module)});
      await defaultCredentials().get({});
      console.log(loaded.filter((url) => url.includes("node_modules")).length, loaded.length > 1);`;
    const args = ["--input-type=module", "--eval", script];
    const output = execFileSync(process.execPath, args, { env: { ...process.env, ...keys } });
    assert.equal(output.toString().trim(), "0 true");
  });

  it("are the same object for as long as they are the same", async () => {
    const fixed = fixedCredentials({ accessKeyId: "a", secretAccessKey: "b" });
    assert.equal(await fixed.get(asked), await fixed.get(asked));
    assert.equal(await fixed.refresh(), false);
  });

  it("are fetched once for all who ask, and again when they are about to expire", async () => {
    let fetched = 0;
    let lives = 60_000;
    const source = fetchedCredentials(() => {
      fetched += 1;
      const expiration = new Date(Date.now() + lives);
      return Promise.resolve({ accessKeyId: `a${fetched}`, secretAccessKey: "b", expiration });
    });
    await Promise.all([source.get(asked), source.get(asked), source.get(asked)]);
    assert.equal(fetched, 1);
    lives = 3600_000;
    await source.get(asked);
    await source.get(asked);
    assert.equal(fetched, 2);
  });

  it("of a secret are read again when they are refused, and told apart when others came", async () => {
    let text = '{"accessKeyId":"a","secretAccessKey":"b"}';
    let reads = 0;
    const source = secretCredentials("minio", () => {
      reads += 1;
      return Promise.resolve(text);
    });
    assert.equal((await source.get(asked)).accessKeyId, "a");
    assert.equal(await source.refresh(), false);
    text = '{"accessKeyId":"a","secretAccessKey":"c"}';
    assert.equal(await source.refresh(), true);
    assert.equal((await source.get(asked)).secretAccessKey, "c");
    assert.equal(reads, 3);
  });

  it("of a secret are known in the spellings that people use", () => {
    for (const text of [
      '{"accessKeyId":"a","secretAccessKey":"b","sessionToken":"c"}',
      '{"AccessKeyId":"a","SecretAccessKey":"b","SessionToken":"c"}',
      '{"access_key_id":"a","secret_access_key":"b","session_token":"c"}',
    ]) {
      const expected = { accessKeyId: "a", secretAccessKey: "b", sessionToken: "c" };
      assert.deepEqual(parseCredentials(text, "n"), expected);
    }
  });

  it("that a secret does not hold are missed by its name, without showing what it holds", () => {
    for (const text of [
      "hush",
      '"hush"',
      '{"password":"hush"}',
      "null",
      '{"accessKeyId":"hush"}',
    ]) {
      assert.throws(
        () => parseCredentials(text, "minio"),
        (error: Error) => {
          assert.ok(error instanceof BadJob);
          assert.match(error.message, /secret minio holds no credentials/);
          assert.doesNotMatch(error.message, /hush/);
          return true;
        },
      );
    }
  });

  it("that nobody has are told with what to do", async () => {
    const source = fetchedCredentials(() => Promise.reject(new Error("nowhere")));
    await assert.rejects(async () => source.get(asked), { code: "NoCredentials" });
  });
});
