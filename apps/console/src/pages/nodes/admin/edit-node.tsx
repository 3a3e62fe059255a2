import { useState } from "react";
import type { BodyOf, Endpoints, ManagedNode } from "@bilbycast/contracts/manager-api";
import { api, renew } from "../../../api/browser.tsx";
import { useCanWrite } from "../../../frame/link-banner.tsx";
import { SelectField, TextField } from "../../../parts/field.tsx";
import { FormFailure } from "../../../parts/form-failure.tsx";
import { useAct } from "../../../parts/mutate.tsx";
import { SideSheet } from "../../../parts/side-sheet.tsx";
import { useFormDraft } from "../../../prefs/form-draft.tsx";
import { fieldOfTime, timeOfField } from "../../../words/times.ts";

type Described = BodyOf<Endpoints["updateNode"]>;
type Form = {
  name: string;
  description: string;
  zone: string;
  network: ManagedNode["network_type"];
  webUi: string;
  until: string;
};

const NETWORKS: readonly { value: ManagedNode["network_type"]; label: string }[] = [
  { value: "nat", label: "Behind NAT" },
  { value: "public", label: "Reachable from outside" },
  { value: "unknown", label: "Not known" },
];

const formOf = (node: ManagedNode): Form => ({
  name: node.name,
  description: node.description,
  zone: node.network_zone ?? "",
  network: node.network_type,
  webUi: node.web_ui_url ?? "",
  until: fieldOfTime(node.expires_at),
});

const orNull = (text: string): string | null => (text.trim() === "" ? null : text.trim());

/** An end that nobody touched stays as it was to the second: the control has minutes alone. */
const describedBy = (form: Form, node: ManagedNode): Described => ({
  name: form.name,
  description: form.description,
  network_zone: orNull(form.zone),
  network_type: form.network,
  web_ui_url: orNull(form.webUi),
  expires_at: form.until === fieldOfTime(node.expires_at) ? node.expires_at : timeOfField(form.until),
});

/** What the manager knows of a node: what it is called, where it stands, how long it may come. */
export const EditNode = ({ node: given, onClose }: { node: ManagedNode; onClose: () => void }) => {
  // What was opened is what is changed: a newer one is told as that when it is saved.
  const [node] = useState(given);
  const { form, set, isChanged, forget, mark } = useFormDraft(`node ${node.id} ${node.version}`, formOf(node));
  const canWrite = useCanWrite();
  const save = useAct({
    act: () => api("updateNode", { params: { node_id: node.id }, version: node.version, body: describedBy(form, node) }),
    said: (saved) => `${saved.name} saved.`,
    onDone: () => {
      forget();
      void renew("node", "nodes");
      onClose();
    },
    isQuiet: true,
  });
  const isStale = save.failure?.code === "version_conflict";
  return (
    <SideSheet
      title="Edit node"
      on={node.name}
      isOpen
      onClose={onClose}
      head={mark}
      foot={
        <>
          <span className="grow">
            {isStale ? (
              <span className="problem" role="alert">
                <span>
                  Somebody changed this node since it was opened. Close, and open it again. <span className="m dim">version_conflict</span>
                </span>
              </span>
            ) : save.failure?.problems.length === 0 ? (
              <FormFailure failure={save.failure} />
            ) : null}
          </span>
          <button type="button" className="btn ghost" onClick={onClose}>
            Cancel
          </button>
          <button
            type="submit"
            form="edit-node"
            className="btn pri"
            disabled={!canWrite || !isChanged || form.name.trim() === "" || save.isRunning}
          >
            {save.isRunning ? "Saving" : "Save"}
          </button>
        </>
      }
    >
      <form
        id="edit-node"
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          save.run(undefined);
        }}
      >
        <Fields form={form} onChange={set} problemOf={save.problemOf} />
      </form>
    </SideSheet>
  );
};

type FieldsGiven = { form: Form; onChange: (change: Partial<Form>) => void; problemOf: (field: string) => string | undefined };

const Fields = ({ form, onChange, problemOf }: FieldsGiven) => (
  <>
    <TextField label="Name" value={form.name} onChange={(name) => onChange({ name })} isRequired problem={problemOf("name")} />
    <TextField
      label="What it is"
      value={form.description}
      onChange={(description) => onChange({ description })}
      placeholder="Northgate Arena, truck A"
      problem={problemOf("description")}
    />
    <div className="pair">
      <SelectField
        label="Network"
        value={form.network}
        onChange={(network) => onChange({ network: network as Form["network"] })}
        options={NETWORKS}
      />
      <TextField
        label="Zone"
        value={form.zone}
        onChange={(zone) => onChange({ zone })}
        placeholder="arena-lan"
        hint="Nodes of one zone reach each other."
        problem={problemOf("network_zone")}
      />
    </div>
    <TextField
      label="The device's own page"
      value={form.webUi}
      onChange={(webUi) => onChange({ webUi })}
      placeholder="https://10.20.4.11"
      isMono
      problem={problemOf("web_ui_url")}
    />
    <TextField
      label="May come until"
      type="datetime-local"
      value={form.until}
      onChange={(until) => onChange({ until })}
      hint="In the time of this device. Empty: for good. Afterwards it is disconnected and refused."
      problem={problemOf("expires_at")}
    />
  </>
);
