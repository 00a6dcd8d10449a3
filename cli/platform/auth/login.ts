import { spawn } from "node:child_process";
import { Client } from "../../../service/client/client.ts";
import { BadUsage, NoAccess } from "../../errors.ts";
import { Exit } from "../../exit.ts";
import type { RawOptions } from "../../options.ts";
import { writeConfig } from "../config-file.ts";
import type { Setting } from "../setting.ts";
import { requirePrivate } from "../settings.ts";
import { askForDevice, discoverIssuer, waitForConfirmation, type Registration } from "./oauth.ts";
import { rolesOf } from "./whoami.ts";

export async function login(setting: Setting, _args: unknown, raw: RawOptions): Promise<Exit> {
  const { settings, env, config, ui, client } = setting;
  requirePrivate(settings, env);
  if (settings.token !== undefined) {
    throw new BadUsage(
      "CAUSEWAY_TOKEN is set and would be used instead of a login. Unset it first.",
    );
  }
  const registration = await registrationOf(client);
  const issuer = await discoverIssuer(registration.issuer);
  const device = await askForDevice(issuer, registration);
  const address = device.verification_uri_complete ?? device.verification_uri;
  ui.note(`Open ${address}`);
  ui.note(`and confirm the code ${device.user_code}`);
  if (ui.asks && raw["browser"] !== false) openBrowser(address);
  const session = await waitForConfirmation(issuer, registration, device, (ms) =>
    client.sleep(ms, setting.interrupted),
  );
  const path = await writeConfig(env, {
    ...config,
    url: settings.url,
    sessions: { ...config.sessions, [settings.url]: session },
  });
  const me = await new Client({ url: settings.url, token: session.accessToken }).call("whoAmI", {});
  ui.note(`Logged in at ${settings.url} as ${me.name}; the session is in ${path}.`);
  for (const line of rolesOf(me)) ui.note(line);
  return Exit.done;
}

/** The service says who says who people are. */
async function registrationOf(client: Client): Promise<Registration> {
  const { issuer, clientId, scope, audience } = await client.call("howToLogIn", {});
  if (issuer === null) {
    throw new NoAccess(
      `${client.origin} has no issuer: whoever is on its machine is the operator. There is nothing to log in to.`,
    );
  }
  return { issuer, clientId, scope, audience };
}

/** A convenience: the address is on the screen anyway. */
function openBrowser(address: string): void {
  const [command, ...args] =
    process.platform === "darwin"
      ? ["open", address]
      : process.platform === "win32"
        ? ["rundll32", "url.dll,FileProtocolHandler", address]
        : ["xdg-open", address];
  const child = spawn(command, args, { stdio: "ignore", detached: true });
  child.on("error", () => undefined);
  child.unref();
}
