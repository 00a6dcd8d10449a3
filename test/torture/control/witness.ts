import { join } from "node:path";
import { sql } from "kysely";
import { openDatabase, type OpenDatabase } from "../../../service/db/database.ts";

export interface Testimony {
  /** Operations that were settled another number of times than once. */
  notOnce: { id: string; state: string; times: number }[];
  operations: {
    id: string;
    state: string;
    attempts: number;
    deaths: number;
    code: string | null;
  }[];
  /** Leases and claims that nobody holds any more. (What a killed service held beside its operations ends by its time.) */
  leases: string[];
}

/** Sees every settlement: the database itself counts them, whatever the services believe. */
export class Witness {
  readonly #where: { url: string | undefined; folder: string };

  constructor(url: string | undefined, home: string) {
    this.#where = { url, folder: join(home, "service", "db") };
  }

  async prepare(): Promise<void> {
    await this.#using(async ({ db }) => {
      await sql`create table torture_settlements (id text not null, state text not null)`.execute(
        db,
      );
      await sql`
        create function torture_witness() returns trigger language plpgsql as $$
        begin
          if new.state in ('succeeded', 'failed', 'cancelled') and (tg_op = 'INSERT' or old.state is distinct from new.state or old.settled_at is distinct from new.settled_at) then
            insert into torture_settlements values (new.id, new.state);
          end if;
          return new;
        end $$`.execute(db);
      await sql`
        create trigger torture_witness after insert or update on operations
          for each row execute function torture_witness()`.execute(db);
    });
  }

  /** When no service runs any more. `stopped`: the processes of those that ended in order. */
  async testify(stopped: readonly number[]): Promise<Testimony> {
    return this.#using(async ({ db }) => {
      const { rows: notOnce } = await sql<Testimony["notOnce"][number]>`
        select o.id, o.state, count(s.id)::integer as times
        from operations o left join torture_settlements s on s.id = o.id
        group by o.id, o.state having count(s.id) <> 1`.execute(db);
      const rows = await db.selectFrom("operations").selectAll().orderBy("seq").execute();
      const held = await db.selectFrom("leases").select(["name", "owner"]).execute();
      const left = held.filter(({ owner }) => stopped.some((pid) => owner.includes(`:${pid}:`)));
      const claimed = rows.filter(({ lease_owner, child_pid }) => lease_owner ?? child_pid);
      return {
        notOnce,
        operations: rows.map(({ id, state, attempts, deaths, failure }) => ({
          ...{ id, state, attempts, deaths },
          code: failure?.code ?? null,
        })),
        leases: [...left.map(({ name }) => name), ...claimed.map(({ id }) => `operation ${id}`)],
      };
    });
  }

  async #using<T>(use: (open: OpenDatabase) => Promise<T>): Promise<T> {
    const open = await openDatabase(this.#where);
    try {
      return await use(open);
    } finally {
      await open.close();
    }
  }
}
