import { MEMBER_ROLES, rankOfRole, type MemberRole, type Membership } from "@bilbycast/contracts/manager-api";
import { sql } from "kysely";
import type { Queries, Transaction } from "../database/tables.ts";
import type { Caller } from "./caller.ts";

type Row = {
  user_id: string;
  username: string;
  platform_role: "user" | "super_admin";
  must_change_password: boolean;
  memberships: Membership[];
};

/** What of a person decides over access. Those who are disabled or have expired are nobody. */
const personOf = sql`
  u.id as user_id, u.username, u.platform_role, u.must_change_password,
  coalesce((select json_agg(json_build_object('group_id', m.group_id, 'role', m.role, 'allowed_node_ids', m.allowed_node_ids) order by m.group_id)
    from group_members m where m.user_id = u.id), '[]'::json) as memberships`;
const isSomebody = sql`u.is_active and (u.expires_at is null or u.expires_at > now())`;

/** Whose session this is; undefined when it has ended. */
export const callerOfSession = async (queries: Queries | Transaction, sessionId: string): Promise<Caller | undefined> => {
  const { rows } = await sql<Row>`
    select ${personOf} from sessions s join users u on u.id = s.user_id
    where s.id = ${sessionId} and s.expires_at > now() and ${isSomebody}`.execute(queries);
  const [row] = rows;
  return row === undefined ? undefined : callerOf(row, { sessionId });
};

type TokenRow = Row & { token_id: string; token_group_id: string | null; token_role: MemberRole };

/** Whose API token this is; a token has no more than it was given, and never the platform role. */
export const callerOfToken = async (queries: Queries, fingerprint: string): Promise<Caller | undefined> => {
  const { rows } = await sql<TokenRow>`
    update api_tokens t set last_used_at = now() from users u
    where t.fingerprint = ${fingerprint} and t.user_id = u.id and t.expires_at > now() and ${isSomebody}
    returning ${personOf}, t.id as token_id, t.group_id as token_group_id, t.role as token_role`.execute(queries);
  const [row] = rows;
  if (row === undefined) {
    return undefined;
  }
  const memberships = row.memberships
    .filter(({ group_id: group }) => row.token_group_id === null || group === row.token_group_id)
    .map((membership) => ({ ...membership, role: lesser(membership.role, row.token_role) }));
  return callerOf({ ...row, memberships, platform_role: "user" }, { tokenId: row.token_id });
};

const lesser = (a: MemberRole, b: MemberRole): MemberRole => MEMBER_ROLES[Math.min(rankOfRole(a), rankOfRole(b))] ?? "viewer";

const callerOf = (row: Row, by: { sessionId?: string; tokenId?: string }): Caller => ({
  subject: {
    user_id: row.user_id,
    platform_role: row.platform_role,
    memberships: row.memberships,
    via: by.tokenId === undefined ? "session" : "token",
  },
  userId: row.user_id,
  name: row.username,
  platformRole: row.platform_role,
  sessionId: by.sessionId,
  tokenId: by.tokenId,
  mustChangePassword: row.must_change_password,
});
