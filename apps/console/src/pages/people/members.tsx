import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Group, MemberRole } from "@bilbycast/contracts/manager-api";
import { api, ask, renew } from "../../api/browser.tsx";
import { useMay } from "../../api/me.tsx";
import { useNow } from "../../live/use-now.tsx";
import { SelectField } from "../../parts/field.tsx";
import { useAct } from "../../parts/mutate.tsx";
import { usePrefs } from "../../prefs/prefs.tsx";
import { momentText } from "../../words/times.ts";

const ROLES = [
  { value: "viewer", label: "Viewer" },
  { value: "operator", label: "Operator" },
  { value: "admin", label: "Admin" },
] as const;

/** Who is in the group, and as what. */
export const Members = ({ group }: { group: Group }) => {
  const may = useMay()("member.list", { groupId: group.id });
  const now = useNow();
  const { zone } = usePrefs();
  const params = { group_id: group.id };
  const members = useQuery({ ...ask("members", { params }), enabled: may.is }).data?.members ?? [];
  const set = useAct({
    act: ({ user, role, nodes }: { user: string; role: MemberRole; nodes: readonly string[] | null }) =>
      api("setMember", { params: { ...params, user_id: user }, body: { role, allowed_node_ids: nodes === null ? null : [...nodes] } }),
    said: (member) => `${member.display_name} is ${member.role}.`,
    onDone: () => void renew("members", "memberCandidates", "users"),
  });
  const remove = useAct({
    act: (user: string) => api("removeMember", { params: { ...params, user_id: user } }),
    said: () => "Taken out of the group.",
    onDone: () => void renew("members", "memberCandidates", "users"),
  });
  if (!may.is) {
    return <p className="dim">{may.why} Members are shown to admins of the group.</p>;
  }
  return (
    <div className="panel">
      <header>
        Members
        <span className="grow" />
        <span className="dim">{members.length}</span>
      </header>
      <div className="scroll" role="group" aria-label="Members of the group" tabIndex={0}>
        <table className="plain" aria-label="Members">
          <thead>
            <tr>
              <th scope="col">Person</th>
              <th scope="col">Role</th>
              <th scope="col">Nodes</th>
              <th scope="col" className="r">
                Last signed in
              </th>
              <th />
            </tr>
          </thead>
          <tbody>
            {members.map((member) => (
              <tr key={member.user_id}>
                <td>
                  <b className="b">{member.display_name}</b> <span className="dim">{member.username}</span>
                </td>
                <td>
                  <SelectField
                    label={<span className="spoken">Role of {member.display_name}</span>}
                    value={member.role}
                    options={ROLES}
                    onChange={(role) => set.run({ user: member.user_id, role: role as MemberRole, nodes: member.allowed_node_ids })}
                  />
                </td>
                <td className="mid">{member.allowed_node_ids === null ? "all" : member.allowed_node_ids.length}</td>
                <td className="r m">{member.last_login_at === null ? "never" : momentText(Date.parse(member.last_login_at), now, zone)}</td>
                <td className="r">
                  <button type="button" className="btn sm ghost" onClick={() => remove.run(member.user_id)}>
                    Take out
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <AddMember group={group} onAdd={(user) => set.run({ user, role: "viewer", nodes: null })} />
    </div>
  );
};

const AddMember = ({ group, onAdd }: { group: Group; onAdd: (user: string) => void }) => {
  const [search, setSearch] = useState("");
  const found =
    useQuery({ ...ask("memberCandidates", { params: { group_id: group.id }, query: { search } }), enabled: search.length > 1 }).data
      ?.candidates ?? [];
  return (
    <div className="form">
      <label className="field">
        <span className="label">Add somebody</span>
        <span className="inp">
          <input value={search} placeholder="Name" onChange={(event) => setSearch(event.currentTarget.value)} />
        </span>
      </label>
      {found.map((each) => (
        <div key={each.user_id} className="row">
          <span className="grow">
            <b className="b">{each.display_name}</b> <span className="dim">{each.username}</span>
          </span>
          <button
            type="button"
            className="btn sm"
            onClick={() => {
              setSearch("");
              onAdd(each.user_id);
            }}
          >
            Add as viewer
          </button>
        </div>
      ))}
      {search.length > 1 && found.length === 0 ? <p className="hint">Nobody whom you administer elsewhere has this name.</p> : null}
    </div>
  );
};
