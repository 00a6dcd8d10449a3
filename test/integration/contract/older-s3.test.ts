import type { IncomingMessage } from "node:http";
import { AwsError } from "../../../local/aws/contract.ts";
import { S3World } from "../../contract/s3-world.ts";
import { describeSource } from "../../contract/source.ts";
import { describeTarget } from "../../contract/target.ts";
import { CREDENTIALS, REGION, startTestServer } from "../local/aws/s3/listener.ts";

/** What servers that speak S3 were like before 2024, some are today. */
interface Age {
  /** Passed over as if they were not there. */
  readonly ignores: readonly string[];
  /** Answered with NotImplemented. */
  readonly refuses: readonly string[];
  readonly lists: "v1" | "v1 whatever is asked" | "v2";
}

const CRC = [
  "x-amz-checksum-crc64nvme",
  "x-amz-checksum-algorithm",
  "x-amz-checksum-type",
  "x-amz-checksum-mode",
];

const AGES: Readonly<Record<string, Age>> = {
  "an S3 that passes over what it does not know": {
    ignores: [...CRC, "if-match", "if-none-match", "x-amz-copy-source-if-match"],
    refuses: [],
    lists: "v1 whatever is asked",
  },
  "an S3 that refuses what it does not know": {
    ignores: ["x-amz-checksum-mode", "x-amz-copy-source-if-match"],
    refuses: [...CRC.slice(0, 3), "if-match", "if-none-match"],
    lists: "v1",
  },
};

for (const [title, age] of Object.entries(AGES)) {
  const start = async () => {
    const server = await startTestServer({ unlearn: (req) => unlearn(req, age) });
    const place = { endpoint: server.endpoint, region: REGION, ...CREDENTIALS };
    const world = new S3World(place, "contract");
    await world.create(false);
    const close = async () => {
      await world.close();
      await server.close();
    };
    return { world, close };
  };

  describeSource(
    `${title}, as a source`,
    async () => {
      const { world, close } = await start();
      return world.sourceWorld(close);
    },
    { checksums: "it keeps none" },
  );

  describeTarget(
    `${title}, as a target`,
    async () => {
      const { world, close } = await start();
      return world.targetWorld(close, {
        uncommitted: async (name) => (await world.uploads(name)).length,
      });
    },
    {
      "checked blocks": "it checks the MD5 of the bytes, which says nothing of their CRC",
      "racing puts": "without conditions the last one wins",
      "checked wholes": "it knows no checksum of a whole",
      "checksums by url": "it knows no checksum that both sides have",
      copies: "it copies whatever is there",
    },
  );
}

function unlearn(req: IncomingMessage, { ignores, refuses, lists }: Age): AwsError | undefined {
  // Reads have always kept to conditions where a server knows them at all.
  const writes = req.method !== "GET" && req.method !== "HEAD";
  const known = Object.entries(req.headers).filter(([name]) => !ignores.includes(name));
  req.headers = Object.fromEntries(known);
  const refused = refuses.find((name) => writes && req.headers[name] !== undefined);
  const notImplemented = new AwsError("NotImplemented", 501, "A header is not implemented.");
  if (refused !== undefined) return notImplemented;
  if (lists === "v2" || req.url?.includes("list-type=2") !== true) return undefined;
  if (lists === "v1") return notImplemented;
  req.url = req.url.replace("list-type=2", "").replace(/start-after=[^&]*/, "");
  return undefined;
}
