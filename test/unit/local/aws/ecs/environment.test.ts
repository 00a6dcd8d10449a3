import assert from "node:assert/strict";
import {
  containerArgv,
  containerEnvironment,
  healthArgv,
} from "../../../../../local/aws/ecs/environment.ts";
import type { ContainerDefinition } from "../../../../../local/aws/ecs/rows.ts";

const image = { folder: "/images/x", entrypoint: ["node", "/app/worker.mjs"] };
const container: ContainerDefinition = {
  name: "main",
  image: "x",
  essential: true,
  environment: [{ name: "AWS_REGION", value: "own" }],
  secrets: [],
};
const none = { containers: [] };

describe("a container", () => {
  it("runs the image's entry point with its command, from the image's folder and on our Node", () => {
    assert.deepEqual(containerArgv({ ...container, command: ["--fast"] }, none, image), [
      process.execPath,
      "/images/x/worker.mjs",
      "--fast",
    ]);
  });

  it("lets its own entry point, and an override's command, take the place of the image's", () => {
    const own = { ...container, entryPoint: ["/bin/echo"], command: ["a"] };
    const overrides = { containers: [{ name: "main", command: ["b"], environment: [] }] };
    assert.deepEqual(containerArgv(own, overrides, image), ["/bin/echo", "b"]);
  });

  it("is checked by a program or a shell line, or not at all", () => {
    const check = (command: string[]) =>
      healthArgv(
        {
          ...container,
          healthCheck: { command, interval: 30, timeout: 5, startPeriod: 0, retries: 3 },
        },
        image,
      );
    assert.deepEqual(check(["CMD", "node", "/app/health.mjs"]), [
      process.execPath,
      "/images/x/health.mjs",
    ]);
    assert.deepEqual(check(["CMD-SHELL", "true || exit 1"]), ["/bin/sh", "-c", "true || exit 1"]);
    assert.equal(check(["NONE"]), undefined);
  });

  it("may set what ECS sets, but not whose credentials it gets", () => {
    const env = containerEnvironment(
      {
        ...container,
        environment: [
          ...container.environment,
          { name: "AWS_CONTAINER_CREDENTIALS_FULL_URI", value: "http://other" },
        ],
      },
      none,
      { TOKEN: "secret" },
      {
        region: "eu-west-1",
        endpoint: "http://e",
        credentialsUri: "http://c",
        credentialsToken: "t",
        metadataUri: "http://m",
      },
    );
    assert.equal(env["AWS_REGION"], "own");
    assert.equal(env["AWS_CONTAINER_CREDENTIALS_FULL_URI"], "http://c");
    assert.equal(env["TOKEN"], "secret");
    assert.equal(env["USER"], undefined);
  });
});
