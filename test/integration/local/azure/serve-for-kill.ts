import { LocalAzure } from "../../../../local/azure/azure.ts";
import { createAccount, sasFor } from "./fixture.ts";

/** Run by durability.test.ts, which kills it. */
const [home] = process.argv.slice(2);
const azure = await LocalAzure.start({ home, port: 0 });
await createAccount(azure, "landing");
console.log(`${azure.endpoint}/landing/data?${await sasFor(azure, "landing")}`);
