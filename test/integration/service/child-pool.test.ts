import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { pino } from "pino";
import type { OperationChild } from "../../../service/automation/child-process.ts";
import { operationEnvironment } from "../../../service/automation/environment.ts";
import { beganAt } from "../../../service/automation/process-tree.ts";
import { ChildPool } from "../../../service/operations/child-pool.ts";
import { until } from "../../support/until.ts";
import { engine } from "./harness.ts";

describe("the children that wait for work", () => {
  let folder: string;
  let pool: ChildPool;
  let warnings: unknown[];
  const taken: OperationChild[] = [];
  const log = pino(
    { level: "warn" },
    { write: (line: string) => warnings.push(JSON.parse(line) as unknown) },
  );
  const poolOf = (env: Record<string, string>, size = 2): ChildPool =>
    new ChildPool({ size, env, folder, preload: { product: false, engine }, log });

  beforeEach(async () => {
    warnings = [];
    folder = await mkdtemp(join(tmpdir(), "causeway-pool-"));
    pool = poolOf(operationEnvironment({ ...process.env, HOME: folder }));
    pool.start();
  });
  afterEach(async () => {
    await pool.stop();
    for (const child of taken.splice(0)) await child.kill();
    await rm(folder, { recursive: true, force: true });
  });

  function take(): OperationChild | undefined {
    const child = pool.take();
    if (child !== undefined) taken.push(child);
    return child;
  }
  const pidOf = async (child: OperationChild | undefined): Promise<number> =>
    (await child?.identity())?.pid ?? -1;

  it("are given to one operation each, and followed by others", async () => {
    const [first, second, third] = [take(), take(), take()];
    assert.ok(first?.live && second?.live);
    assert.notEqual(await pidOf(first), await pidOf(second));
    assert.equal(third, undefined);
    const next = await until("another waits", () => Promise.resolve(take()));
    assert.ok(![await pidOf(first), await pidOf(second)].includes(await pidOf(next)));
  });

  it("are not given away dead: another takes the place", async () => {
    const [victim = -1, other = -1] = await until("two wait", async () => {
      const pids = await waiting();
      return pids.length === 2 ? pids : undefined;
    });
    process.kill(victim, "SIGKILL");
    await until("it is found dead", () => Promise.resolve(warnings[0]));
    assert.equal(await pidOf(take()), other);
    assert.equal(take(), undefined);
    const next = await until("another waits", () => Promise.resolve(take()));
    assert.equal(next.live, true);
  });

  it("end with the pool, but for the one that works", async () => {
    const working = await pidOf(take());
    const [idle = -1] = (await waiting()).filter((pid) => pid !== working);
    await pool.stop();
    assert.equal(take(), undefined);
    assert.equal(await beganAt(idle), null);
    assert.notEqual(await beganAt(working), null);
  });

  it("are not started again and again where they cannot live", async () => {
    await pool.stop();
    const env = operationEnvironment({ ...process.env, HOME: folder });
    pool = poolOf({ ...env, NODE_OPTIONS: "--import ./nowhere.js" }, 1);
    pool.start();
    await until("three have died", () => Promise.resolve(warnings[2]));
    await delay(2_500);
    assert.equal(warnings.length, 3);
    assert.equal(take(), undefined);
  });

  /** All children of this process. */
  async function waiting(): Promise<number[]> {
    const { pid } = process;
    const pids = (await readFile(`/proc/${pid}/task/${pid}/children`, "utf8")).trim();
    return pids === "" ? [] : pids.split(" ").map(Number);
  }
});
