import { randomInt } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { sql } from "kysely";
import { record } from "../audit/record.ts";
import { giveTokenFor } from "../nodes/enrolment.ts";
import type { RunningManager } from "../serve/manager.ts";
import { addFirstPerson } from "./first-person.ts";

/** What whoever starts a demonstration has to know. The token is for the edge beside it; undefined when that has registered already. */
export type Demonstration = {
  type: "demonstration";
  address: string;
  username: string;
  /** undefined: it was changed, or is not ours to know. */
  password: string | undefined;
  enrolment: { managerUrl: string; token: string | undefined; fingerprint: string | undefined };
};

const USERNAME = "admin";
const NODE = "Demonstration";
/** Without those that look like others. */
const LETTERS = "abcdefghijkmnpqrstuvwxyz23456789";

/** Makes sure that somebody can log in and that the edge of the demonstration has a place to register at. */
export const prepareDemonstration = async ({ app, port, address }: RunningManager, dataDir: string): Promise<Demonstration> => {
  const path = join(dataDir, "first-password");
  const password = `Bilby-${Array.from({ length: 10 }, () => LETTERS[randomInt(LETTERS.length)]).join("")}-${randomInt(10, 100)}`;
  const isNew = await addFirstPerson(
    app.database,
    { username: USERNAME, display_name: "Administrator", email: null, password },
    app.instanceId,
  );
  if (isNew) {
    await writeFile(path, `${password}\n`, { mode: 0o600 });
  }
  const known = isNew ? password : (await readFile(path, "utf8").catch(() => "")).trim();
  const isChanged = await wasChanged(app);
  return {
    type: "demonstration",
    address,
    username: USERNAME,
    password: isChanged || known === "" ? undefined : known,
    enrolment: await enrolmentOf(app, port),
  };
};

const wasChanged = async ({ database }: RunningManager["app"]): Promise<boolean> => {
  const { rows } = await sql<{ changed: boolean }>`
    select exists (select 1 from audit_log a join users u on u.id::text = a.target_id
      where u.username = ${USERNAME} and a.action in ('account.password', 'user.password')) as changed`.execute(database.queries);
  return rows[0]?.changed === true;
};

const enrolmentOf = async (app: RunningManager["app"], port: number): Promise<Demonstration["enrolment"]> => {
  const managerUrl = `wss://localhost:${port}/ws/node`;
  return app.database.transaction(async (tx) => {
    const known = await tx
      .selectFrom("nodes")
      .select(["id", "secret_fingerprint"])
      .where("name", "=", NODE)
      .where("owner_group_id", "=", "grp_default")
      .executeTakeFirst();
    if (known?.secret_fingerprint !== null && known !== undefined) {
      return { managerUrl, token: undefined, fingerprint: app.certFingerprint };
    }
    const id =
      known?.id ??
      (
        await tx
          .insertInto("nodes")
          .values({
            owner_group_id: "grp_default",
            name: NODE,
            description: "The edge that npm start runs beside the manager",
            device_type: "edge",
            expires_at: null,
            web_ui_url: null,
            network_zone: null,
          })
          .returning("id")
          .executeTakeFirstOrThrow()
      ).id;
    const { token } = await giveTokenFor(tx, app, id);
    await record(
      tx,
      { id: null, name: "demonstration", via: "command_line", ipAddress: "", instanceId: app.instanceId },
      { action: known === undefined ? "node.create" : "node.token", groupId: "grp_default", target: { type: "node", id, name: NODE } },
    );
    return { managerUrl, token, fingerprint: app.certFingerprint };
  });
};
