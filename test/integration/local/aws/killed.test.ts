import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { startOf } from "../../../../local/aws/ecs/process.ts";
import { until } from "../../../support/until.ts";
import { startAws } from "./fixture.ts";

const program = fileURLToPath(new URL("serve-for-kill.ts", import.meta.url));

describe("local ECS after its own process was killed", () => {
  it("ends the tasks that were left behind and brings the service up again", async () => {
    const home = mkdtempSync(join(tmpdir(), "ecs-killed-"));
    const child = spawn(process.execPath, [program, home], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = (await once(createInterface(child.stdout), "line")) as [string];
    const orphan = Number(line);
    assert.ok(startOf(orphan) !== undefined, "The task runs.");
    child.kill("SIGKILL");
    await once(child, "exit");
    assert.ok(startOf(orphan) !== undefined, "The task outlives its parent.");

    const aws = await startAws({ home });
    try {
      await until("the orphan to be gone", () =>
        Promise.resolve(startOf(orphan) === undefined ? true : undefined),
      );
      const task = await until("a new task", () =>
        Promise.resolve(aws.ecs.store.tasks.values().find((one) => one.lastStatus === "RUNNING")),
      );
      assert.notEqual(task.containers[0]?.pid, orphan);
    } finally {
      await aws.close();
      rmSync(home, { recursive: true });
    }
    const left = aws.ecs.store.tasks.values().filter((one) => one.lastStatus !== "STOPPED");
    assert.deepEqual(left, []);
  });
});
