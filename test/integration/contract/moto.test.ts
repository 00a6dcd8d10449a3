import { S3World } from "../../contract/s3-world.ts";
import { describeSource } from "../../contract/source.ts";
import { describeTarget } from "../../contract/target.ts";
import { startMoto } from "../../support/moto.ts";

async function start(versioned: boolean) {
  const moto = await startMoto();
  const server = { region: "eu-west-1", accessKeyId: "test", secretAccessKey: "test" };
  const world = new S3World({ endpoint: moto.endpoint, ...server }, "contract");
  await world.create(versioned);
  const close = async () => {
    await world.close();
    await moto.close();
  };
  return { world, close };
}

const UNCHECKED = "moto keeps the checksum it is told, whatever the bytes";
const NONE = "moto computes no CRC-64 by itself";

for (const versioned of [false, true]) {
  const what = versioned ? "with versions" : "without versions";
  describeSource(
    `moto's S3, ${what}, as a source`,
    async () => {
      const { world, close } = await start(versioned);
      return world.sourceWorld(close);
    },
    {
      checksums: NONE,
      "control characters": "moto answers such names with a page of HTML",
    },
  );

  describeTarget(
    `moto's S3, ${what}, as a target`,
    async () => {
      const { world, close } = await start(versioned);
      return world.targetWorld(close, {
        uncommitted: async (name) => (await world.uploads(name)).length,
      });
    },
    {
      "racing puts": "moto looks before it writes, and two may see nothing there",
      "checked blocks": UNCHECKED,
      "checked wholes": UNCHECKED,
      "checksums by url": NONE,
      ...(versioned ? {} : { copies: "moto copies whatever is there, whatever ETag it is told" }),
    },
  );
}
