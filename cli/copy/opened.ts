import type { CopyOptions } from "../options.ts";
import type { Clouds } from "../run/clouds.ts";
import type { Costs } from "../run/costs.ts";
import type { Output } from "../run/output.ts";
import type { Stop } from "../run/stop.ts";
import type { Task } from "../run/task.ts";

/** All that a copy needs, opened. */
export interface Opened {
  readonly options: CopyOptions;
  readonly output: Output;
  readonly clouds: Clouds;
  readonly costs: Costs | undefined;
  readonly stop: Stop;
  readonly task: Task;
}
