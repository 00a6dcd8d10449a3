import type { Reply } from "../../../service/client/operations.ts";
import { Exit } from "../../exit.ts";
import type { Setting } from "../setting.ts";

export async function whoami({ client, ui, settings }: Setting): Promise<Exit> {
  const me = await client.call("whoAmI", {});
  if (ui.json) ui.data(me);
  else ui.print(`${me.name} (${me.kind}) at ${settings.url}`, ...rolesOf(me));
  return Exit.done;
}

export function rolesOf(me: Reply<"whoAmI">): string[] {
  const { operator, roles, until } = me;
  const lines = Object.entries(roles).map(([tenant, role]) => `  ${role} of ${tenant}`);
  return [
    ...(operator
      ? ["  operator of every tenant"]
      : lines.length > 0
        ? lines
        : ["  no role in any tenant"]),
    ...(until === null ? [] : [`  until ${until}`]),
  ];
}
