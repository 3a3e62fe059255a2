import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Group } from "@bilbycast/contracts/manager-api";
import { api, ask, renew } from "../../api/browser.tsx";
import { useMay } from "../../api/me.tsx";
import { useBrandOf } from "../../frame/brand.tsx";
import { useCanWrite } from "../../frame/link-banner.tsx";
import { Confirm } from "../../parts/confirm.tsx";
import { TextField } from "../../parts/field.tsx";
import { FormFailure } from "../../parts/form-failure.tsx";
import { Meter } from "../../parts/meter.tsx";
import { useAct } from "../../parts/mutate.tsx";
import type { Brand } from "../../style/brand.ts";
import { grouped } from "../../words/numbers.ts";
import { GroupLogo } from "./group-logo.tsx";

const BRAND_HINTS: Readonly<Record<Brand["is"], string>> = {
  "as chosen": "Of the mark and its stripe. Never of buttons, tally or alarms.",
  moved: "Too faint on the panel of this theme: shown lighter or darker, until it can be seen.",
  "too near to on air": "Too near to the red of what is on air: mark and stripe stay grey. A logo may be red.",
};

/** Name, colour and logo, and the group's end. */
export const GroupForm = ({ group }: { group: Group }) => {
  const may = useMay();
  const canWrite = useCanWrite() && may("group.update", { groupId: group.id }).is;
  const [name, setName] = useState(group.name);
  const [color, setColor] = useState(group.brand_color ?? "");
  const [isDeleting, setDeleting] = useState(false);
  const brand = useBrandOf(color);
  const shown = brand === undefined ? "transparent" : brand.is === "too near to on air" ? "var(--line-3)" : brand.color;
  const params = { group_id: group.id };
  const save = useAct({
    act: () => api("updateGroup", { params, version: group.version, body: { name, brand_color: color === "" ? null : color } }),
    said: () => "Saved.",
    onDone: () => void renew("groups", "me"),
    isQuiet: true,
  });
  const remove = useAct({
    act: () => api("deleteGroup", { params }),
    said: () => `${group.name} deleted.`,
    onDone: () => void renew("groups", "me"),
  });
  return (
    <div className="panel">
      <header>Name, colour and logo</header>
      <div className="form">
        <div className="pair">
          <TextField label="Name" value={name} onChange={setName} isDisabled={!canWrite} problem={save.problemOf("name")} />
          <TextField
            label="Colour"
            value={color}
            onChange={setColor}
            isDisabled={!canWrite}
            placeholder="#4fd1c5"
            isMono
            problem={color === "" || /^#[0-9a-f]{6}$/i.test(color) ? save.problemOf("brand_color") : "Write #rrggbb, like #4fd1c5."}
            hint={brand === undefined ? "Of the mark and its stripe. Never of buttons, tally or alarms." : BRAND_HINTS[brand.is]}
            end={<span className="swatch" style={{ background: shown }} />}
          />
        </div>
        <GroupLogo group={group} />
        <div className="row">
          <span className="grow">
            <FormFailure failure={save.failure} />
          </span>
          {may("group.delete").is ? (
            <button type="button" className="btn" onClick={() => setDeleting(true)}>
              Delete group
            </button>
          ) : null}
          <button type="button" className="btn pri" disabled={!canWrite || save.isRunning} onClick={() => save.run(undefined)}>
            Save
          </button>
        </div>
      </div>
      <Confirm
        title={`Delete ${group.name}`}
        sentence="Only a group that owns nothing any more can go. Its members stay, without it."
        keep="Keep it"
        act="Hold to delete"
        isHeld
        typed={group.name}
        isOpen={isDeleting}
        onClose={() => setDeleting(false)}
        onAct={() => remove.run(undefined)}
      />
    </div>
  );
};

const KINDS = [
  { key: "nodes", limit: "max_nodes", word: "Nodes" },
  { key: "users", limit: "max_users", word: "People" },
  { key: "tunnels", limit: "max_tunnels", word: "Tunnels" },
] as const;

/** How much of what the group may have it has. */
export const Quotas = ({ group }: { group: Group }) => {
  const may = useMay()("group.quota");
  const usage = useQuery(ask("groupUsage", { params: { group_id: group.id } })).data;
  const [limits, setLimits] = useState({
    max_nodes: group.max_nodes?.toString() ?? "",
    max_users: group.max_users?.toString() ?? "",
    max_tunnels: group.max_tunnels?.toString() ?? "",
  });
  const asQuota = (text: string): number | null => (text.trim() === "" ? null : Number(text));
  const save = useAct({
    act: () =>
      api("setQuotas", {
        params: { group_id: group.id },
        version: group.version,
        body: { max_nodes: asQuota(limits.max_nodes), max_users: asQuota(limits.max_users), max_tunnels: asQuota(limits.max_tunnels) },
      }),
    said: () => "Saved.",
    onDone: () => void renew("groups", "groupUsage"),
    isQuiet: true,
  });
  return (
    <div className="panel">
      <header>Quotas</header>
      <div className="form">
        {KINDS.map(({ key, limit, word }) => (
          <div key={key} className="row">
            <span style={{ width: 80 }}>{word}</span>
            <span className="m" style={{ width: 90, textAlign: "right" }}>
              {usage === undefined ? "–" : grouped(usage[key])}
              {usage?.[limit] === null || usage === undefined ? "" : ` of ${grouped(usage[limit] ?? 0)}`}
            </span>
            <span className="grow">
              <Meter label={`${word} used`} share={usage?.[limit] ? usage[key] / (usage[limit] ?? 1) : undefined} />
            </span>
            <span style={{ width: 120 }}>
              <TextField
                label={<span className="spoken">Most {word.toLowerCase()}</span>}
                value={limits[limit]}
                placeholder="no limit"
                isDisabled={!may.is}
                onChange={(text) => setLimits({ ...limits, [limit]: text })}
              />
            </span>
          </div>
        ))}
        {may.is ? (
          <div className="row">
            <span className="grow">
              <FormFailure failure={save.failure} />
            </span>
            <button
              type="button"
              className="btn"
              disabled={save.isRunning || Object.values(limits).some((text) => !/^\s*\d*\s*$/.test(text))}
              onClick={() => save.run(undefined)}
            >
              Set quotas
            </button>
          </div>
        ) : null}
      </div>
    </div>
  );
};
