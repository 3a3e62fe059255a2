import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import type { User } from "@bilbycast/contracts/manager-api";
import { ask } from "../../api/browser.tsx";
import { useMe } from "../../api/me.tsx";
import { FilterBox, PageBar } from "../../frame/page-bar.tsx";
import { useNow } from "../../live/use-now.tsx";
import { Empty, FilteredToNone, Refused } from "../../parts/empty.tsx";
import { StateGlyph } from "../../parts/glyph.tsx";
import { Icon } from "../../parts/icon.tsx";
import { usePrefs } from "../../prefs/prefs.tsx";
import { DataTable, type Column } from "../../table/data-table.tsx";
import { orderBy } from "../../table/order.ts";
import { counted } from "../../words/numbers.ts";
import { momentText } from "../../words/times.ts";
import "./people.css";
import { NewUser, UserSheet } from "./user-sheet.tsx";

const COLUMNS: readonly Column[] = [
  { key: "state", title: "", width: 40 },
  { key: "name", title: "Person", sorts: "up" },
  { key: "email", title: "Mail", isMinor: true },
  { key: "roles", title: "Groups and roles" },
  { key: "until", title: "Until", isMinor: true },
  { key: "seen", title: "Last signed in", align: "right", sorts: "down" },
];

/** Who may come in, and as what. */
export const Users = () => {
  const search = useSearch({ from: "/frame/admin/users" });
  const navigate = useNavigate({ from: "/admin/users" });
  const set = (change: Partial<typeof search>): void => void navigate({ search: (before) => ({ ...before, ...change }), replace: true });
  const { group } = usePrefs();
  const asked = useQuery(ask("users", { query: { group_id: group } }));
  const users = useMemo(() => asked.data?.users ?? [], [asked.data]);
  const byId = useMemo(() => new Map(users.map((user) => [user.id, user])), [users]);
  const filter = (search.filter ?? "").toLowerCase();
  const shown = users.filter((user) =>
    filter
      .split(/\s+/)
      .every((word) => `${user.username} ${user.display_name} ${user.email ?? ""} ${user.platform_role}`.toLowerCase().includes(word)),
  );
  const key = search.sort?.replace(/^-/, "") ?? "name";
  const isDescending = search.sort?.startsWith("-") ?? false;
  const ids = orderBy(
    shown.map(({ id }) => id),
    (id) => (key === "seen" ? (byId.get(id)?.last_login_at ?? undefined) : byId.get(id)?.display_name),
    isDescending,
  );
  const Row = useMemo(
    () =>
      ({ id }: { id: string }) => <UserRow user={byId.get(id)} />,
    [byId],
  );
  const current = search.user === undefined ? undefined : byId.get(search.user);
  return (
    <>
      <PageBar title="Users" about={asked.data === undefined ? undefined : counted(users.length, "person", "people")}>
        <FilterBox value={search.filter ?? ""} onChange={(text) => set({ filter: text })} what="Name or mail" />
        <span className="grow" />
        <button type="button" className="btn pri" onClick={() => set({ user: "new" })}>
          <Icon name="plus" />
          New person
        </button>
      </PageBar>
      {asked.error === null ? null : <Refused sentence={asked.error.message} />}
      <DataTable
        label="Users"
        columns={COLUMNS}
        ids={ids}
        Row={Row}
        nameOf={(id) => byId.get(id)?.display_name ?? id}
        sort={{ key, isDescending }}
        onSort={(sort) => set({ sort: `${sort.isDescending ? "-" : ""}${sort.key}` })}
        onOpen={(user) => set({ user })}
        current={search.user}
        isLoading={asked.isLoading}
        empty={users.length > 0 ? <FilteredToNone what="people" onClear={() => set({ filter: "" })} /> : <Empty title="Nobody yet" />}
      />
      {search.user === "new" ? <NewUser onClose={() => set({ user: "" })} /> : null}
      {current === undefined ? null : (
        <UserSheet key={`${current.id} ${current.version}`} user={current} onClose={() => set({ user: "" })} />
      )}
    </>
  );
};

const UserRow = ({ user }: { user: User | undefined }) => {
  const now = useNow();
  const { zone } = usePrefs();
  const { groups } = useMe();
  if (user === undefined) {
    return null;
  }
  const isOver = user.expires_at !== null && Date.parse(user.expires_at) < now;
  return (
    <>
      <td>
        <StateGlyph state={!user.is_active || isOver ? "off" : "good"} />
      </td>
      <td className="nm">
        <b>{user.display_name}</b>
        <small>
          {user.username}
          {user.is_active ? "" : ", switched off"}
        </small>
      </td>
      <td className="minor mid">{user.email ?? "–"}</td>
      <td>
        <span className="row" style={{ gap: 4 }}>
          {user.platform_role === "super_admin" ? <span className="chip">Super admin</span> : null}
          {user.memberships.slice(0, 4).map((each) => (
            <span key={each.group_id} className="chip o">
              {groups.find(({ id }) => id === each.group_id)?.name ?? each.group_id}, {each.role}
            </span>
          ))}
          {user.memberships.length > 4 ? <span className="dim t12">+{user.memberships.length - 4}</span> : null}
        </span>
      </td>
      <td className="minor m">{user.expires_at === null ? "–" : momentText(Date.parse(user.expires_at), now, zone)}</td>
      <td className="r m">{user.last_login_at === null ? "never" : momentText(Date.parse(user.last_login_at), now, zone)}</td>
    </>
  );
};
