import assert from "node:assert/strict";
import { parseAddress, type AzureAddress, type S3Address } from "../../../cli/address/address.ts";
import { s3Access } from "../../../cli/environment/aws.ts";
import { azureAccess } from "../../../cli/environment/azure.ts";
import { NoAccess } from "../../../cli/errors.ts";

const bucket = parseAddress("s3://bucket/p") as S3Address;
const landing = parseAddress("azure://landing/p") as AzureAddress;
const keys = { AWS_ACCESS_KEY_ID: "AKID", AWS_SECRET_ACCESS_KEY: "secret" };

describe("access to S3 from the environment", () => {
  it("takes keys, session token, region and endpoint from the variables of the AWS CLI", () => {
    const access = s3Access(
      bucket,
      {},
      {
        ...keys,
        AWS_SESSION_TOKEN: "token",
        AWS_REGION: "eu-west-1",
        AWS_DEFAULT_REGION: "eu-west-2",
        AWS_ENDPOINT_URL_S3: "http://127.0.0.1:9000/",
        AWS_ENDPOINT_URL: "http://127.0.0.1:4566",
      },
    );
    assert.deepEqual(access, {
      bucket: "bucket",
      region: "eu-west-1",
      endpoint: "http://127.0.0.1:9000",
      addressing: "auto",
      credentials: {
        from: "environment",
        accessKeyId: "AKID",
        secretAccessKey: "secret",
        sessionToken: "token",
      },
    });
  });

  it("lets options win over the address, and the address over the environment", () => {
    const address = parseAddress("https://bucket.s3.eu-west-3.amazonaws.com/p") as S3Address;
    const env = { ...keys, AWS_REGION: "eu-west-1" };
    assert.equal(s3Access(address, {}, env).region, "eu-west-3");
    assert.equal(s3Access(address, { region: "eu-north-1" }, env).region, "eu-north-1");
    const own = {
      endpoint: "https://oss-eu-central-1.aliyuncs.com",
      addressing: "virtual",
    } as const;
    const access = s3Access(bucket, own, { ...env, AWS_ENDPOINT_URL: "http://127.0.0.1:1" });
    assert.equal(access.endpoint, "https://oss-eu-central-1.aliyuncs.com");
    assert.equal(access.addressing, "virtual");
  });

  it("asks the SDK's chain where no keys are set, and where a profile is named", () => {
    assert.deepEqual(s3Access(bucket, {}, {}).credentials, { from: "chain", profile: undefined });
    assert.deepEqual(s3Access(bucket, {}, { ...keys, AWS_PROFILE: "ops" }).credentials, {
      from: "chain",
      profile: "ops",
    });
    assert.deepEqual(s3Access(bucket, { profile: "ops" }, keys).credentials, {
      from: "chain",
      profile: "ops",
    });
  });

  it("says what is missing of a pair of keys, and what is no endpoint", () => {
    assert.throws(
      () => s3Access(bucket, {}, { AWS_ACCESS_KEY_ID: "AKID" }),
      /AWS_SECRET_ACCESS_KEY/,
    );
    assert.throws(() => s3Access(bucket, { endpoint: "minio:9000" }, keys), NoAccess);
  });
});

describe("access to Azure from the environment", () => {
  const connection =
    "DefaultEndpointsProtocol=https;AccountName=acme;AccountKey=a2V5a2V5==;EndpointSuffix=core.windows.net";

  it("reads a connection string with a key, whose = belong to it", () => {
    assert.deepEqual(azureAccess(landing, { AZURE_STORAGE_CONNECTION_STRING: connection }), {
      account: "acme",
      endpoint: "https://acme.blob.core.windows.net",
      container: "landing",
      credential: { kind: "key", key: "a2V5a2V5==" },
    });
  });

  it("reads one with a SAS and an endpoint, and the emulator's", () => {
    const sas = "BlobEndpoint=http://127.0.0.1:10000/acme/;SharedAccessSignature=sv=1&sig=x";
    assert.deepEqual(azureAccess(landing, { AZURE_STORAGE_CONNECTION_STRING: sas }), {
      account: "acme",
      endpoint: "http://127.0.0.1:10000/acme",
      container: "landing",
      credential: { kind: "sas", token: "sv=1&sig=x" },
    });
    const emulator = { AZURE_STORAGE_CONNECTION_STRING: "UseDevelopmentStorage=true" };
    const access = azureAccess(landing, emulator);
    assert.equal(access.endpoint, "http://127.0.0.1:10000/devstoreaccount1");
    assert.equal(access.credential.kind, "key");
  });

  it("reads the account with its key or SAS, the SAS with or without its question mark", () => {
    const account = { AZURE_STORAGE_ACCOUNT: "acme" };
    assert.deepEqual(azureAccess(landing, { ...account, AZURE_STORAGE_KEY: "a2V5" }).credential, {
      kind: "key",
      key: "a2V5",
    });
    assert.deepEqual(
      azureAccess(landing, { ...account, AZURE_STORAGE_SAS_TOKEN: "?sv=1&sig=x" }).credential,
      { kind: "sas", token: "sv=1&sig=x" },
    );
  });

  it("lets the address's own SAS win", () => {
    const address = parseAddress(
      "https://acme.blob.core.windows.net/landing?sv=2&sig=own",
    ) as AzureAddress;
    const env = { AZURE_STORAGE_CONNECTION_STRING: connection };
    assert.deepEqual(azureAccess(address, env).credential, { kind: "sas", token: "sv=2&sig=own" });
  });

  it("never uses one account's credentials for another", () => {
    const other = parseAddress("azure://other.blob.core.windows.net/landing") as AzureAddress;
    const env = { AZURE_STORAGE_CONNECTION_STRING: connection };
    assert.throws(() => azureAccess(other, env), /No credentials for the storage account other/);
    const named = { AZURE_STORAGE_ACCOUNT: "acme", AZURE_STORAGE_KEY: "a2V5" };
    assert.throws(() => azureAccess(other, named), /No credentials for the storage account other/);
  });

  it("says what it looked for and how to set it, without any secret", () => {
    assert.throws(
      () => azureAccess(landing, {}),
      (error: unknown) => {
        assert.ok(error instanceof NoAccess);
        assert.match(error.message, /AZURE_STORAGE_CONNECTION_STRING and AZURE_STORAGE_ACCOUNT/);
        return true;
      },
    );
    const cut = { AZURE_STORAGE_ACCOUNT: "acme", AZURE_STORAGE_SAS_TOKEN: "sv=1" };
    assert.throws(() => azureAccess(landing, cut), /no sig=/);
    const broken = { AZURE_STORAGE_CONNECTION_STRING: "AccountKey=c2VjcmV0" };
    assert.throws(
      () => azureAccess(landing, broken),
      (error: unknown) => error instanceof NoAccess && !error.message.includes("c2Vj"),
    );
  });
});
