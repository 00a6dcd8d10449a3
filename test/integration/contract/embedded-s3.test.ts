import type { Fault } from "../../../local/aws/s3/service.ts";
import { S3World } from "../../contract/s3-world.ts";
import { describeSource } from "../../contract/source.ts";
import { describeTarget } from "../../contract/target.ts";
import { CREDENTIALS, REGION, startTestServer } from "../local/aws/s3/listener.ts";

/** The operation whose answer gets lost. */
const OPERATIONS = {
  put: "PutObject",
  stage: "UploadPart",
  commit: "CompleteMultipartUpload",
} as const;

async function start(versioned: boolean) {
  const server = await startTestServer();
  const world = new S3World(
    { endpoint: server.endpoint, region: REGION, ...CREDENTIALS },
    "contract",
  );
  await world.create(versioned);
  const close = async () => {
    await world.close();
    await server.close();
  };
  return { server, world, close };
}

for (const versioned of [false, true]) {
  const what = versioned ? "with versions" : "without versions";
  describeSource(`our S3, ${what}, as a source`, async () => {
    const { world, close } = await start(versioned);
    return world.sourceWorld(close);
  });

  describeTarget(`our S3, ${what}, as a target`, async () => {
    const { server, world, close } = await start(versioned);
    return world.targetWorld(close, {
      uncommitted: async (name) => (await world.uploads(name)).length,
      loseAnswers: (of, times) => {
        const fault: Fault = { operation: OPERATIONS[of], times, effect: { kind: "lose-answer" } };
        server.s3.faults.add(fault);
      },
    });
  });
}
