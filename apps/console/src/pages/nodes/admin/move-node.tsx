import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { ManagedNode } from "@bilbycast/contracts/manager-api";
import { api, ask, renew } from "../../../api/browser.tsx";
import { useMay, useMe } from "../../../api/me.tsx";
import { useCanWrite } from "../../../frame/link-banner.tsx";
import { SelectField } from "../../../parts/field.tsx";
import { FormFailure } from "../../../parts/form-failure.tsx";
import { useAct } from "../../../parts/mutate.tsx";
import { SideSheet } from "../../../parts/side-sheet.tsx";
import { counted } from "../../../words/numbers.ts";

/** Gives a node to another group that the person administers too, after saying what that ends. */
export const MoveNode = ({ node, onClose }: { node: ManagedNode; onClose: () => void }) => {
  const { groups } = useMe();
  const may = useMay();
  const canWrite = useCanWrite();
  const mine = groups.filter(({ id }) => id !== node.owner_group_id && may("node.create", { groupId: id }).is);
  const [chosen, setChosen] = useState(mine[0]?.id ?? "");
  const nameOf = (groupId: string): string => groups.find(({ id }) => id === groupId)?.name ?? groupId;
  const move = useAct({
    act: () => api("transferNode", { params: { node_id: node.id }, body: { new_group_id: chosen } }),
    said: () => `${node.name} is ${nameOf(chosen)}'s.`,
    onDone: () => {
      void renew("node", "nodes", "shares", "alarms", "groupUsage");
      onClose();
    },
    isQuiet: true,
  });
  return (
    <SideSheet
      title="Move to a group"
      on={node.name}
      isOpen
      onClose={onClose}
      foot={
        <>
          <span className="grow">
            <FormFailure failure={move.failure} />
          </span>
          <button type="button" className="btn ghost" onClick={onClose}>
            Cancel
          </button>
          <button
            type="button"
            className="btn pri"
            disabled={!canWrite || chosen === "" || move.isRunning}
            onClick={() => move.run(undefined)}
          >
            {chosen === "" ? "Move" : `Move to ${nameOf(chosen)}`}
          </button>
        </>
      }
    >
      {mine.length === 0 ? (
        <p className="dim">It takes Admin of another group too: you administer none but the one that owns it.</p>
      ) : (
        <SelectField
          label="New owner"
          value={chosen}
          onChange={setChosen}
          options={mine.map(({ id, name }) => ({ value: id, label: name }))}
          problem={move.problemOf("new_group_id")}
        />
      )}
      {chosen === "" ? null : <Consequences node={node} from={nameOf(node.owner_group_id)} to={nameOf(chosen)} nameOf={nameOf} />}
    </SideSheet>
  );
};

type Given = { node: ManagedNode; from: string; to: string; nameOf: (groupId: string) => string };

const Consequences = ({ node, from, to, nameOf }: Given) => {
  const shares = useQuery(ask("shares", { params: { node_id: node.id } })).data?.shares;
  return (
    <div className="panel">
      <header>What changes</header>
      <ul className="changes-list">
        <li>
          Members of {from} no longer see it, those of {to} do.
        </li>
        <li>Its open alarms go with it.</li>
        <li>
          {shares === undefined
            ? "Every share of it ends."
            : shares.length === 0
              ? "It is shared with nobody: no share ends."
              : `${counted(shares.length, "share")} ${shares.length === 1 ? "ends" : "end"}: ${shares.map(({ group_id: id }) => nameOf(id)).join(", ")}.`}
        </li>
        <li>What it carries goes on. Nothing restarts.</li>
      </ul>
    </div>
  );
};
