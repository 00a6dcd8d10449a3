import { Command } from "../command.ts";
import { FakeClouds } from "../../service/fake-clouds.ts";
import { fakeEngine } from "../../service/fake-engine.ts";
import { makeHome, start } from "../../service/harness.ts";
import { previewing } from "./previewing.ts";

/** A service on an engine that does what the prefix says, and the command as somebody at a terminal has it. */
export async function platform(more: Record<string, string> = {}) {
  const home = await makeHome(more);
  const engine = fakeEngine();
  const clouds = new FakeClouds();
  const held = Promise.withResolvers<undefined>();
  const runEngine = previewing(engine.run, () => held.promise);
  const service = await start(home, { runEngine, sources: clouds });
  const command = new Command({
    CAUSEWAY_URL: service.url,
    CAUSEWAY_TENANT: "acme",
    XDG_CONFIG_HOME: home.folder,
    // The service trusts its own machine.
    NO_PROXY: "127.0.0.1",
  });
  return {
    url: service.url,
    engine,
    /** Lets the previews go on that were held. */
    releasePreviews: () => held.resolve(undefined),
    clouds,
    command,
    home,
    close: async () => {
      await command.close();
      await service.stop();
      await home.remove();
    },
  };
}
