import type { Membership, Subject, User } from "@bilbycast/contracts/manager-api";
import { sql } from "kysely";
import type { Queries, Transaction } from "../database/tables.ts";

type Row = Omit<User, "expires_at" | "last_login_at" | "created_at"> & {
  expires_at: Date | null;
  last_login_at: Date | null;
  created_at: Date;
};

/** People by id, or all; with those memberships that `subject` administers. */
export const userViews = async (
  queries: Queries | Transaction,
  subject: Subject,
  which: { id: string } | { groups: readonly string[] | "all" },
): Promise<User[]> => {
  const administered = administeredBy(subject);
  const filter =
    "id" in which
      ? sql`u.id = ${which.id}`
      : which.groups === "all"
        ? sql`true`
        : sql`exists (select 1 from group_members m where m.user_id = u.id and m.group_id = any(${[...which.groups]}::text[]))`;
  const { rows } = await sql<Row>`
    select u.id, u.username, u.display_name, u.email, u.platform_role, u.is_active, u.is_temporary, u.expires_at, u.last_login_at, u.created_at, u.version,
      coalesce((select json_agg(json_build_object('group_id', m.group_id, 'role', m.role, 'allowed_node_ids', m.allowed_node_ids) order by m.group_id)
        from group_members m where m.user_id = u.id), '[]'::json) as memberships
    from users u where ${filter} order by lower(u.username)`.execute(queries);
  return rows.map((row) => ({
    ...row,
    memberships: row.memberships.filter(
      ({ group_id: id }: Membership) => row.id === subject.user_id || administered === "all" || administered.includes(id),
    ),
    expires_at: row.expires_at?.toISOString() ?? null,
    last_login_at: row.last_login_at?.toISOString() ?? null,
    created_at: row.created_at.toISOString(),
  }));
};

/** Groups that the person is admin of. */
export const administeredBy = ({ platform_role: platform, memberships }: Subject): readonly string[] | "all" =>
  platform === "super_admin" ? "all" : memberships.filter(({ role }) => role === "admin").map(({ group_id: id }) => id);
