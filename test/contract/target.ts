import { describeByUrl } from "./target-by-url.ts";
import { describePuts } from "./target-put.ts";
import { describeStaged } from "./target-staged.ts";
import type { TargetWorld } from "./worlds.ts";

export interface TargetSuite {
  readonly world: () => TargetWorld;
  readonly lacks: NonNullable<TargetWorld["lacks"]>;
}

/** What every target must do. `lacks` is told before the world is made, so that titles can say it. */
export function describeTarget(
  title: string,
  make: () => Promise<TargetWorld>,
  lacks: NonNullable<TargetWorld["lacks"]> = {},
): void {
  describe(title, function () {
    this.timeout(60_000);
    let world: TargetWorld;
    before(async function () {
      this.timeout(180_000);
      world = await make();
    });
    after(() => world.close());
    const suite: TargetSuite = { world: () => world, lacks };
    describePuts(suite);
    describeStaged(suite);
    describeByUrl(suite);
  });
}
