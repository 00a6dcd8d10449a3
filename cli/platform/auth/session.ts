import { keepSecret } from "../../../runtime/secrets.ts";
import { readConfig, writeConfig, type Environment, type Session } from "../config-file.ts";

/** A token is renewed when it has less than this left, so that none ends on its way. */
const leastLeftMs = 60_000;

/** Gives the token of the session with a service, renewed in time; undefined where nobody is logged in. */
export function sessionToken(url: string, env: Environment): () => Promise<string | undefined> {
  let known: Session | undefined;
  return async () => {
    known ??= (await readConfig(env)).sessions?.[url];
    if (known === undefined) return undefined;
    keepSecret(known.accessToken);
    if (known.expiresAt === undefined || known.expiresAt - Date.now() > leastLeftMs) {
      return known.accessToken;
    }
    known = (await renewed(url, env)) ?? known;
    keepSecret(known.accessToken);
    return known.accessToken;
  };
}

/** Another command may have renewed it meanwhile, and a refresh token serves once: the file is read again first. */
async function renewed(url: string, env: Environment): Promise<Session | undefined> {
  const { renew } = await import("./oauth.ts");
  const config = await readConfig(env);
  const session = config.sessions?.[url];
  if (session === undefined) return undefined;
  if (session.expiresAt !== undefined && session.expiresAt - Date.now() > leastLeftMs)
    return session;
  const next = await renew(session);
  if (next === undefined) return undefined;
  await writeConfig(env, { ...config, sessions: { ...config.sessions, [url]: next } });
  return next;
}
