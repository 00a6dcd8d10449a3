import { S3World } from "../../contract/s3-world.ts";
import { describeTarget } from "../../contract/target.ts";
import { CREDENTIALS, REGION, startTestServer } from "../local/aws/s3/listener.ts";
import { AzureWorld } from "../runtime/stores/azure-world.ts";

/** The operations whose answers get lost, as Azure names them. */
const OPERATIONS = { put: "Put Blob", stage: "Put Block", commit: "Put Block List" } as const;

/** How long the ids are that other tools leave: rclone's, and longer ones than ours. */
for (const idBytes of [8, 48]) {
  describeTarget(
    `Azure (Azurite behind the front), beside block ids of ${idBytes} bytes, as a target`,
    async () => {
      const world = await AzureWorld.start();
      const [target, other, missing] = [
        await world.target(),
        await world.target(),
        await world.target("racwdl", "no-such-container"),
      ];
      const server = await startTestServer();
      const s3 = new S3World(
        { endpoint: server.endpoint, region: REGION, ...CREDENTIALS },
        "contract",
      );
      await s3.create(false);
      return {
        target,
        another: () => other,
        missing,
        put: async (name, body) => {
          await world.sdk.getBlockBlobClient(name).upload(body, body.length);
        },
        read: (name) => world.read(name),
        leave: (name) => world.leave(name, idBytes),
        uncommitted: (name) => world.uncommitted(name),
        loseAnswers: (of, times) => {
          world.azure.faults.inject({
            operation: OPERATIONS[of],
            trouble: { kind: "lost answer" },
            times,
          });
        },
        byUrl: s3.sourceWorld(() => Promise.resolve()),
        close: async () => {
          await s3.close();
          await server.close();
          await world.close();
        },
      };
    },
    {
      "checked wholes": "Azure knows no checksum of a list of blocks",
      "giving up": "Azure cannot delete uncommitted blocks; they are of this pin and good",
    },
  );
}
