import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import type { Group } from "@bilbycast/contracts/manager-api";
import { api, ask, renew } from "../../api/browser.tsx";
import { useMay } from "../../api/me.tsx";
import { PageBar } from "../../frame/page-bar.tsx";
import { Empty } from "../../parts/empty.tsx";
import { TextField } from "../../parts/field.tsx";
import { FormFailure } from "../../parts/form-failure.tsx";
import { Icon } from "../../parts/icon.tsx";
import { useAct } from "../../parts/mutate.tsx";
import { SideSheet } from "../../parts/side-sheet.tsx";
import { useFormDraft } from "../../prefs/form-draft.tsx";
import { GroupForm, Quotas } from "./group-forms.tsx";
import { Members } from "./members.tsx";
import "./people.css";

/** Tenants: what they are called, how much they may have, who is in them. */
export const Groups = () => {
  const search = useSearch({ from: "/frame/admin/groups" });
  const navigate = useNavigate({ from: "/admin/groups" });
  const open = (group: string): void => void navigate({ search: { group }, replace: true });
  const groups = useQuery(ask("groups")).data?.groups ?? [];
  const current = groups.find(({ id }) => id === search.group) ?? groups[0];
  const may = useMay()("group.create");
  return (
    <>
      <PageBar title="Groups">
        <span className="grow" />
        <button type="button" className="btn pri" disabled={!may.is} title={may.is ? undefined : may.why} onClick={() => open("new")}>
          <Icon name="plus" />
          New group
        </button>
      </PageBar>
      <div className="panes groups">
        <nav className="pane list scroll" aria-label="Groups">
          {groups.map((group) => (
            <button key={group.id} type="button" aria-current={group.id === current?.id} onClick={() => open(group.id)}>
              <span className="swatch" style={{ background: group.brand_color ?? "transparent" }} />
              <span className="b el grow">{group.name}</span>
            </button>
          ))}
        </nav>
        {current === undefined ? (
          <Empty title="No group">You are in no group yet.</Empty>
        ) : (
          <GroupPane key={`${current.id} ${current.version}`} group={current} />
        )}
      </div>
      <NewGroup isOpen={search.group === "new"} onClose={() => open("")} onCreated={open} />
    </>
  );
};

const GroupPane = ({ group }: { group: Group }) => (
  <section className="pane scroll group-work" aria-label={group.name}>
    <div className="row">
      <h2 className="t18">{group.name}</h2>
      <span className="m dim">{group.id}</span>
    </div>
    <GroupForm group={group} />
    <Quotas group={group} />
    <Members group={group} />
  </section>
);

const slugOf = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, 63);

const NewGroup = ({ isOpen, onClose, onCreated }: { isOpen: boolean; onClose: () => void; onCreated: (id: string) => void }) => {
  const draft = useFormDraft("new group", { name: "" });
  const { name } = draft.form;
  const create = useAct({
    act: () => api("createGroup", { body: { name, slug: slugOf(name) } }),
    said: (group) => `${group.name} created.`,
    onDone: (group) => {
      draft.forget();
      draft.set({ name: "" });
      void renew("groups", "me");
      onCreated(group.id);
    },
    isQuiet: true,
  });
  return (
    <SideSheet
      title="New group"
      isOpen={isOpen}
      onClose={onClose}
      head={draft.mark}
      foot={
        <>
          <span className="grow">
            <FormFailure failure={create.failure} />
          </span>
          <button
            type="button"
            className="btn pri"
            disabled={slugOf(name) === "" || create.isRunning}
            onClick={() => create.run(undefined)}
          >
            Create group
          </button>
        </>
      }
    >
      <TextField
        label="Name"
        value={name}
        onChange={(value) => draft.set({ name: value })}
        autoFocus
        hint={name === "" ? "A tenant: its nodes, people and alarms are its own." : `Known as ${slugOf(name)}.`}
      />
    </SideSheet>
  );
};
