import { stat } from "node:fs/promises";
import { Client } from "../../../service/client/client.ts";
import { ApiProblem, Unreachable } from "../../../service/client/problem.ts";
import { Exit } from "../../exit.ts";
import { visibleLine } from "../../../runtime/visible.ts";
import { sessionToken } from "../auth/session.ts";
import { rolesOf } from "../auth/whoami.ts";
import { configPath } from "../config-file.ts";
import type { Setting } from "../setting.ts";

/** One thing that was looked at. */
interface Finding {
  readonly what: string;
  readonly state: "ok" | "look" | "wrong";
  readonly detail: string;
  readonly cure?: string;
}

/** Looks at each step between this command and a pipeline, in the order in which they depend on each other. */
export async function doctor(given: Setting): Promise<Exit> {
  const { ui, settings, env } = given;
  const token = settings.token ?? sessionToken(settings.url, env);
  // One attempt is enough to see what is wrong.
  const client = new Client({ url: settings.url, token, signal: given.interrupted, attempts: 1 });
  const setting = { ...given, client };
  const findings: Finding[] = [];
  for (const look of [address, clock, credentials, files, access, service]) {
    findings.push(...(await look(setting)));
  }
  if (ui.json) ui.data(findings);
  else {
    for (const { what, state, detail, cure } of findings) {
      const paint = { ok: "green", look: "yellow", wrong: "red" } as const;
      ui.print(`${ui.paint(paint[state], state.padEnd(5))} ${what}: ${visibleLine(detail)}`);
      if (cure !== undefined) ui.print(`      ${cure}`);
    }
  }
  return findings.some(({ state }) => state === "wrong") ? Exit.failed : Exit.done;
}

async function address({ settings, client }: Setting): Promise<Finding[]> {
  const what = "address";
  const where = `${settings.url} (from ${settings.urlFrom})`;
  try {
    await client.call("health", {});
    return [{ what, state: "ok", detail: `${where} answers` }];
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    const cure =
      error instanceof Unreachable
        ? "Set CAUSEWAY_URL to the service's address, or start it: npm start."
        : "Something else answers there: set CAUSEWAY_URL to the service's address.";
    return [{ what, state: "wrong", detail: `${where}: ${detail}`, cure }];
  }
}

/** Tokens have a beginning and an end: a clock that is off makes good ones look bad. */
async function clock({ settings }: Setting): Promise<Finding[]> {
  const what = "clock";
  try {
    const before = Date.now();
    const answer = await fetch(`${settings.url}/healthz`, { signal: AbortSignal.timeout(10_000) });
    const theirs = Date.parse(answer.headers.get("date") ?? "");
    if (Number.isNaN(theirs)) return [];
    const seconds = Math.round((theirs - before) / 1000);
    if (Math.abs(seconds) <= 5) return [{ what, state: "ok", detail: "agrees with the service's" }];
    const detail = `${Math.abs(seconds)} s ${seconds > 0 ? "behind" : "before"} the service's`;
    return [{ what, state: "look", detail, cure: "Set this machine's clock: tokens end by it." }];
  } catch {
    // That it does not answer was said before.
    return [];
  }
}

function credentials({ settings, config }: Setting): Promise<Finding[]> {
  const what = "credentials";
  const session = config.sessions?.[settings.url];
  if (settings.token !== undefined) {
    return Promise.resolve([{ what, state: "ok", detail: "CAUSEWAY_TOKEN is set" }]);
  }
  if (session === undefined) {
    const detail =
      "no CAUSEWAY_TOKEN and no login; right only for a service on this machine without an issuer";
    return Promise.resolve([{ what, state: "look", detail }]);
  }
  return Promise.resolve([{ what, state: "ok", detail: "logged in" }]);
}

async function files({ env }: Setting): Promise<Finding[]> {
  const path = configPath(env);
  try {
    const { mode } = await stat(path);
    if ((mode & 0o077) === 0)
      return [{ what: "files", state: "ok", detail: `${path} is yours alone` }];
    const detail = `${path} can be read by others, and holds tokens`;
    return [{ what: "files", state: "wrong", detail, cure: `chmod 600 ${path}` }];
  } catch {
    return [];
  }
}

async function access({ client, settings }: Setting): Promise<Finding[]> {
  const what = "access";
  try {
    const me = await client.call("whoAmI", {});
    const roles = rolesOf(me).map((line) => line.trim());
    const { tenant } = settings;
    const known = tenant === undefined || me.operator || me.roles[tenant] !== undefined;
    if (known) return [{ what, state: "ok", detail: `${me.name}: ${roles.join(", ")}` }];
    const detail = `${me.name} has no role in the tenant ${tenant}, only: ${roles.join(", ")}`;
    return [
      {
        what,
        state: "wrong",
        detail,
        cure: "Ask an admin of the tenant for a role, or set another --tenant.",
      },
    ];
  } catch (error) {
    if (!(error instanceof ApiProblem)) return [];
    return [
      {
        what,
        state: "wrong",
        detail: error.message,
        cure: "causeway login, or set CAUSEWAY_TOKEN.",
      },
    ];
  }
}

async function service({ client }: Setting): Promise<Finding[]> {
  try {
    const { checks } = await client.call("readiness", {});
    return Object.entries(checks).map(([what, { ok, detail }]) => ({
      what: `service's ${what}`,
      state: ok ? ("ok" as const) : ("wrong" as const),
      detail: detail ?? "is there",
    }));
  } catch {
    return [];
  }
}
