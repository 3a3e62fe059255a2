import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useEffect } from "react";
import { useMay, useMe } from "../../api/me.tsx";
import { PageBar } from "../../frame/page-bar.tsx";
import { Empty } from "../../parts/empty.tsx";
import { usePrefs } from "../../prefs/prefs.tsx";
import { DeskPage } from "./desk-page.tsx";
import "./keys.css";
import "./switcher.css";

/** `/switcher` leads to the desk of the group that is looked at, or of the first in which one may sit. */
export const SwitcherHome = () => {
  const { groups } = useMe();
  const { group } = usePrefs();
  const may = useMay();
  const navigate = useNavigate();
  const open = groups.filter(({ id }) => may("switcher.read", { groupId: id }).is);
  const desk = open.find(({ id }) => id === group) ?? open[0] ?? groups.find(({ id }) => id === group) ?? groups[0];
  useEffect(() => {
    if (desk !== undefined) {
      void navigate({ to: "/switcher/$desk/{-$page}", params: { desk: desk.id }, search: {}, replace: true });
    }
  }, [desk, navigate]);
  return desk === undefined ? <Refusal name="Switcher" why="You are in no group." /> : <div className="bar" aria-busy />;
};

/** `/switcher/{desk}/{page}`: the desk of a group. */
export const Switcher = () => {
  const { desk, page } = useParams({ strict: false });
  const { mode, preset } = useSearch({ strict: false });
  const { groups } = useMe();
  const may = useMay();
  const group = groups.find(({ id }) => id === desk);
  const read = may("switcher.read", { groupId: desk ?? "" });
  if (desk === undefined || group === undefined) {
    return <Refusal name="Switcher" why="There is no desk at this address, or it belongs to a group that you are not in." />;
  }
  if (!read.is) {
    return (
      <Refusal
        name={`${group.name} desk`}
        why={`${read.why} A viewer sees what is on air on the dashboard. Ask an admin of ${group.name}.`}
      />
    );
  }
  // Another desk is another page: nothing that was armed or pressed at one is so at the other.
  return (
    <DeskPage key={desk} groupId={desk} groupName={group.name} pageId={page} mode={mode === "edit" ? "edit" : "live"} presetId={preset} />
  );
};

const Refusal = ({ name, why }: { name: string; why: string }) => (
  <>
    <PageBar title={name} />
    <Empty title="This desk is not yours to steer">{why}</Empty>
  </>
);
