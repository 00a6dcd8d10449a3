import type { Adapter, AdapterPayload } from "oidc-provider";

interface Kept {
  payload: AdapterPayload;
  endsAt: number;
}

const mostKept = 10_000;

/** Sessions, grants and codes of one issuer, in memory, by what they are and their id. */
export function makeStore(): (model: string) => Adapter {
  const everything = new Map<string, Kept>();
  const live = (key: string): AdapterPayload | undefined => {
    const kept = everything.get(key);
    return kept !== undefined && kept.endsAt > Date.now() ? kept.payload : undefined;
  };
  const findBy = (model: string, is: (payload: AdapterPayload) => boolean) =>
    Promise.resolve(
      [...everything.keys()]
        .filter((key) => key.startsWith(`${model}:`))
        .map(live)
        .find((payload) => payload !== undefined && is(payload)),
    );
  const forget = (unwanted: (kept: Kept) => boolean): void => {
    for (const [key, kept] of everything) if (unwanted(kept)) everything.delete(key);
  };
  return (model) => ({
    upsert: (id, payload, expiresIn) => {
      // Codes that were never used, sessions that ended.
      if (everything.size > mostKept) forget(({ endsAt }) => endsAt <= Date.now());
      const endsAt =
        expiresIn !== undefined && expiresIn > 0 ? Date.now() + expiresIn * 1000 : Infinity;
      everything.set(`${model}:${id}`, { payload, endsAt });
      return Promise.resolve();
    },
    find: (id) => Promise.resolve(live(`${model}:${id}`)),
    findByUserCode: (code) => findBy(model, ({ userCode }) => userCode === code),
    findByUid: (uid) => findBy(model, (payload) => payload.uid === uid),
    consume: (id) => {
      const payload = live(`${model}:${id}`);
      if (payload !== undefined) payload.consumed = Math.floor(Date.now() / 1000);
      return Promise.resolve();
    },
    destroy: (id) => {
      everything.delete(`${model}:${id}`);
      return Promise.resolve();
    },
    revokeByGrantId: (grantId) => {
      // What was granted, and not the login that somebody else has just begun in the same browser: it names the grant too.
      forget(({ payload }) => payload.grantId === grantId && payload.kind !== "Interaction");
      return Promise.resolve();
    },
  });
}
