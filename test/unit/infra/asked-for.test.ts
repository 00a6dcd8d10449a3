import assert from "node:assert/strict";
import { CopyJob } from "../../../runtime/job.ts";
import { deploy, pipeline, SAS, type Deployed } from "./clouds.ts";

const FOUNDATION = { environment: "dev", foundation: {} } as const;
const ASKING = pipeline({
  archived: { mode: "restore", tier: "bulk", days: 5 },
  tags: "copy",
  limits: {
    bytesPerSecond: "50MB/s",
    budgetUsd: 12.5,
    window: { from: "22:00", to: "06:30", zone: "Europe/Berlin" },
  },
});

const workerActions = (deployed: Deployed): string[] => {
  const { Statement } = deployed.policy(deployed.one("aws:iam/rolePolicy:RolePolicy", "worker"));
  return Statement.flatMap(({ Action }) => Action);
};

const threshold = (deployed: Deployed, metric: string): unknown =>
  deployed
    .all("aws:cloudwatch/metricAlarm:MetricAlarm")
    .find(({ inputs }) => inputs["metricName"] === metric)?.inputs["threshold"];

describe("A copy pipeline that is asked for more", () => {
  const permissions: unknown[] = [];
  const calls = {
    "azure-native:storage:listStorageAccountServiceSAS": (
      inputs: Readonly<Record<string, unknown>>,
    ) => {
      permissions.push(inputs["permissions"]);
      return { serviceSasToken: SAS };
    },
  };
  let plain: Deployed;
  let asking: Deployed;
  before(async () => {
    plain = await deploy({ ...FOUNDATION, pipeline: pipeline() }, { calls });
    asking = await deploy({ ...FOUNDATION, pipeline: ASKING }, { calls });
  });

  it("may restore, read tags and write them, and no other may (least privilege, or AccessDenied at run time)", () => {
    const more = workerActions(asking).filter((one) => !workerActions(plain).includes(one));
    assert.deepEqual(more, [
      "s3:RestoreObject",
      "s3:GetObjectTagging",
      "s3:GetObjectVersionTagging",
    ]);
    assert.deepEqual(permissions, ["racwl", "racwlt"]);
  });

  it("tells its workers the hours, the rate, the budget, and what becomes of archived objects", () => {
    const [container] = JSON.parse(
      String(asking.one("aws:ecs/taskDefinition:TaskDefinition").inputs["containerDefinitions"]),
    ) as { environment: { name: string; value: string }[] }[];
    const told = container?.environment.find(({ name }) => name === "CAUSEWAY_JOB")?.value;
    const { archived, tags, limits, via } = CopyJob.parse(JSON.parse(told ?? ""));
    assert.deepEqual(archived, { do: "restore", tier: "bulk", days: 5 });
    assert.deepEqual([tags, via, limits.budgetUsd], ["copy", "nat", 12.5]);
    assert.equal(limits.bytesPerSecond, 50_000_000);
    assert.deepEqual(limits.window, { from: 1320, to: 390, zone: "Europe/Berlin" });
  });

  it("raises no alarm for hints that wait for the night", () => {
    const oldest = "ApproximateAgeOfOldestMessage";
    assert.equal(threshold(plain, oldest), 900);
    assert.equal(threshold(asking, oldest), 900 + 15.5 * 3600);
  });
});
