import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { ManagedNode, Permission, Share } from "@bilbycast/contracts/manager-api";
import { api, ask, renew } from "../../../api/browser.tsx";
import { useMe } from "../../../api/me.tsx";
import { useCanWrite } from "../../../frame/link-banner.tsx";
import { useNow } from "../../../live/use-now.tsx";
import { SelectField, TextField } from "../../../parts/field.tsx";
import { FormFailure } from "../../../parts/form-failure.tsx";
import { useAct } from "../../../parts/mutate.tsx";
import { SideSheet } from "../../../parts/side-sheet.tsx";
import { tell } from "../../../parts/toasts.tsx";
import { usePrefs } from "../../../prefs/prefs.tsx";
import { momentText, timeOfField } from "../../../words/times.ts";

const PERMISSIONS: readonly { value: Permission; label: string }[] = [
  { value: "view", label: "View: they see it" },
  { value: "operate", label: "Operate: they steer it" },
  { value: "manage", label: "Manage: they arrange it" },
];

/** Another group, which is none of the person's: known by its id alone. */
const OTHER = "";

/** With whom a node is shared, for what and how long. Members of that group have no more of it than their role there. */
export const ShareNode = ({ node, onClose }: { node: ManagedNode; onClose: () => void }) => {
  const shares = useQuery(ask("shares", { params: { node_id: node.id } }));
  return (
    <SideSheet title="Share" on={node.name} isOpen onClose={onClose}>
      <ShareList node={node} shares={shares.data?.shares} />
      <ShareForm node={node} shares={shares.data?.shares ?? []} />
    </SideSheet>
  );
};

const renewShares = (): void => void renew("shares", "node", "nodes");

const useNameOf = (): ((groupId: string) => string) => {
  const { groups } = useMe();
  return (groupId) => groups.find(({ id }) => id === groupId)?.name ?? groupId;
};

const ShareList = ({ node, shares }: { node: ManagedNode; shares: readonly Share[] | undefined }) => {
  const nameOf = useNameOf();
  const now = useNow();
  const { zone } = usePrefs();
  const canWrite = useCanWrite();
  const set = useAct({
    act: (share: Share) =>
      api("setShare", {
        params: { node_id: node.id, group_id: share.group_id },
        body: { permission: share.permission, expires_at: share.expires_at },
      }),
    onDone: renewShares,
  });
  const end = useAct({
    act: (share: Share) => api("removeShare", { params: { node_id: node.id, group_id: share.group_id } }),
    onDone: (_, share) => {
      renewShares();
      tell({
        kind: "done",
        text: `No longer shared with ${nameOf(share.group_id)}.`,
        action: { label: "Undo", act: () => set.run(share) },
      });
    },
  });
  return (
    <div className="panel">
      <header>Shared with</header>
      {shares === undefined || shares.length === 0 ? (
        <p className="dim calm">{shares === undefined ? "Asking." : "Nobody: it is seen by the group that owns it alone."}</p>
      ) : (
        <table className="plain" aria-label="Shares">
          <tbody>
            {shares.map((share) => {
              const ends = share.expires_at === null ? undefined : Date.parse(share.expires_at);
              return (
                <tr key={share.group_id}>
                  <td className="b el">{nameOf(share.group_id)}</td>
                  <td>
                    <span className="chip">{share.permission}</span>
                  </td>
                  <td className="mid">
                    {ends === undefined ? "for good" : ends <= now ? "has ended" : `until ${momentText(ends, now, zone)}`}
                  </td>
                  <td className="r">
                    <button
                      type="button"
                      className="btn sm"
                      disabled={!canWrite || end.isRunning}
                      aria-label={`End the share with ${nameOf(share.group_id)}`}
                      onClick={() => end.run(share)}
                    >
                      End
                    </button>
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
    </div>
  );
};

const ShareForm = ({ node, shares }: { node: ManagedNode; shares: readonly Share[] }) => {
  const { groups } = useMe();
  const nameOf = useNameOf();
  const canWrite = useCanWrite();
  const others = groups.filter(({ id }) => id !== node.owner_group_id);
  const [chosen, setChosen] = useState(others[0]?.id ?? OTHER);
  const [typed, setTyped] = useState("");
  const [permission, setPermission] = useState<Permission>("view");
  const [until, setUntil] = useState("");
  const groupId = chosen === OTHER ? typed.trim() : chosen;
  const share = useAct({
    act: () => api("setShare", { params: { node_id: node.id, group_id: groupId }, body: { permission, expires_at: timeOfField(until) } }),
    said: () => `Shared with ${nameOf(groupId)}.`,
    onDone: () => {
      setTyped("");
      renewShares();
    },
    isQuiet: true,
  });
  const unknown = share.failure?.code === "not_found" ? "There is no other group of this id." : undefined;
  const isSet = shares.some(({ group_id: id }) => id === groupId);
  return (
    <form
      className="panel"
      onSubmit={(event) => {
        event.preventDefault();
        share.run(undefined);
      }}
    >
      <header>Share with another group</header>
      <div className="form">
        <SelectField
          label="Group"
          value={chosen}
          onChange={setChosen}
          options={[...others.map(({ id, name }) => ({ value: id, label: name })), { value: OTHER, label: "Another one, by its id" }]}
          problem={chosen === OTHER ? undefined : unknown}
        />
        {chosen === OTHER ? (
          <TextField
            label="Id of the group"
            value={typed}
            onChange={setTyped}
            isMono
            placeholder="grp_meridian"
            hint="Its admins see it on their page Groups."
            problem={unknown ?? share.problemOf("group_id")}
          />
        ) : null}
        <div className="pair">
          <SelectField
            label="For"
            value={permission}
            onChange={(value) => setPermission(value as Permission)}
            options={PERMISSIONS}
            problem={share.problemOf("permission")}
          />
          <TextField
            label="Until"
            type="datetime-local"
            value={until}
            onChange={setUntil}
            hint="Empty: for good."
            problem={share.problemOf("expires_at")}
          />
        </div>
        <div className="row">
          <span className="grow">
            {unknown === undefined && share.failure?.problems.length === 0 ? <FormFailure failure={share.failure} /> : null}
          </span>
          <button type="submit" className="btn pri" disabled={!canWrite || groupId === "" || share.isRunning}>
            {isSet ? "Change the share" : "Share"}
          </button>
        </div>
      </div>
    </form>
  );
};
