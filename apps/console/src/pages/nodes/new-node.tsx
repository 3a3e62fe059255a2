import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { AnswerOf, Endpoints } from "@bilbycast/contracts/manager-api";
import { api, ask, renew } from "../../api/browser.tsx";
import { useMay, useMe } from "../../api/me.tsx";
import { useCanWrite } from "../../frame/link-banner.tsx";
import { SelectField, TextField } from "../../parts/field.tsx";
import { FormFailure } from "../../parts/form-failure.tsx";
import { useAct } from "../../parts/mutate.tsx";
import { SideSheet } from "../../parts/side-sheet.tsx";
import { useFormDraft } from "../../prefs/form-draft.tsx";
import { usePrefs } from "../../prefs/prefs.tsx";
import { EnrolmentView } from "./enrolment.tsx";

type Created = AnswerOf<Endpoints["createNode"]>;

/** Adds a node and shows the one line that starts it. */
export const NewNode = ({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) => {
  const [created, setCreated] = useState<Created>();
  const close = (): void => {
    setCreated(undefined);
    onClose();
  };
  return created === undefined ? (
    <NewNodeForm isOpen={isOpen} onClose={close} onCreated={setCreated} />
  ) : (
    <SideSheet
      title={created.node.name}
      on="waits for its first connection"
      isOpen={isOpen}
      onClose={close}
      foot={
        <>
          <span className="grow dim t12">The token is shown this once. Another one can be made in the node's menu.</span>
          <button type="button" className="btn pri" onClick={close}>
            Done
          </button>
        </>
      }
    >
      <EnrolmentView nodeId={created.node.id} enrolment={created.enrolment} />
    </SideSheet>
  );
};

type Form = { name: string; description: string; type: string; chosen: string; network: "nat" | "public" | "unknown" };

const EMPTY: Form = { name: "", description: "", type: "edge", chosen: "", network: "nat" };

const NewNodeForm = ({ isOpen, onClose, onCreated }: { isOpen: boolean; onClose: () => void; onCreated: (created: Created) => void }) => {
  const { groups } = useMe();
  const { group: active } = usePrefs();
  const may = useMay();
  const canWrite = useCanWrite();
  const mine = groups.filter(({ id }) => may("node.create", { groupId: id }).is);
  const types = useQuery(ask("deviceTypes")).data?.device_types ?? [];
  const draft = useFormDraft("new node", EMPTY);
  const { name, description, type, chosen, network } = draft.form;
  const groupId = mine.find(({ id }) => id === chosen)?.id ?? mine.find(({ id }) => id === active)?.id ?? mine[0]?.id ?? "";
  const create = useAct({
    act: () => api("createNode", { body: { group_id: groupId, device_type: type, name, description, network_type: network } }),
    onDone: (answer: Created) => {
      draft.forget();
      void renew("nodes");
      onCreated(answer);
    },
    isQuiet: true,
  });
  return (
    <SideSheet
      title="New node"
      isOpen={isOpen}
      onClose={onClose}
      head={draft.mark}
      foot={
        <>
          <span className="grow">
            {mine.length === 0 ? <span className="dim">Needs Admin of a group.</span> : <FormFailure failure={create.failure} />}
          </span>
          <button type="button" className="btn ghost" onClick={onClose}>
            Cancel
          </button>
          <button
            type="submit"
            form="new-node"
            className="btn pri"
            disabled={!canWrite || name.trim() === "" || mine.length === 0 || create.isRunning}
          >
            {create.isRunning ? "Creating" : "Create node"}
          </button>
        </>
      }
    >
      <form
        id="new-node"
        className="enrol"
        onSubmit={(event) => {
          event.preventDefault();
          create.run(undefined);
        }}
      >
        <TextField
          label="Name"
          value={name}
          onChange={(value) => draft.set({ name: value })}
          autoFocus
          isRequired
          problem={create.problemOf("name")}
          hint="As people call it: NGA-OB1."
        />
        <TextField
          label="What it is"
          value={description}
          onChange={(value) => draft.set({ description: value })}
          placeholder="Northgate Arena, truck A"
          problem={create.problemOf("description")}
        />
        <SelectField
          label="Kind"
          value={type}
          onChange={(value) => draft.set({ type: value })}
          options={
            types.length === 0
              ? [{ value: "edge", label: "edge" }]
              : types.map((each) => ({ value: each.device_type, label: each.display_name }))
          }
        />
        {mine.length > 1 ? (
          <SelectField
            label="Group"
            value={groupId}
            onChange={(value) => draft.set({ chosen: value })}
            options={mine.map(({ id, name: label }) => ({ value: id, label }))}
          />
        ) : null}
        <SelectField
          label="Network"
          value={network}
          onChange={(value) => draft.set({ network: value as "nat" })}
          options={[
            { value: "nat", label: "Behind NAT" },
            { value: "public", label: "Reachable from outside" },
            { value: "unknown", label: "Not known" },
          ]}
          hint="Whether tunnels can end there. It dials out to this manager in either case."
        />
      </form>
    </SideSheet>
  );
};
