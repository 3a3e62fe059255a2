import { Link, useLocation } from "@tanstack/react-router";
import type { NodeCard } from "@bilbycast/contracts/manager-api";
import { useMe } from "../api/me.tsx";
import { useLiveRow } from "../live/live-link.tsx";
import { Icon } from "../parts/icon.tsx";
import { wordsOf } from "../form/words.ts";
import { MANAGE, OPERATE } from "./places.tsx";

/** Where one is: three steps at most. */
export const Crumbs = () => {
  const { pathname } = useLocation();
  const [, first, nodeId = "", tab] = pathname.split("/");
  const card = useLiveRow<NodeCard>("nodes", first === "nodes" ? nodeId : "");
  const place = [...OPERATE, ...MANAGE].find(({ to }) => to === pathname);
  if (first === "nodes") {
    return (
      <nav className="crumb" aria-label="Place">
        <Link to="/admin/nodes">Nodes</Link>
        <Icon name="right" size={12} />
        <span className="el">{card?.name ?? "Node"}</span>
        <Icon name="right" size={12} />
        <b aria-current="page">{wordsOf(tab ?? "overview")}</b>
      </nav>
    );
  }
  if (first === "switcher" && nodeId !== "") {
    return <DeskCrumbs groupId={nodeId} />;
  }
  return (
    <nav className="crumb" aria-label="Place">
      <b aria-current="page">{place?.word ?? (pathname === "/account" ? "My account" : "")}</b>
    </nav>
  );
};

const DeskCrumbs = ({ groupId }: { groupId: string }) => {
  const { groups } = useMe();
  return (
    <nav className="crumb" aria-label="Place">
      <Link to="/switcher">Switcher</Link>
      <Icon name="right" size={12} />
      <b aria-current="page" className="el">
        {groups.find(({ id }) => id === groupId)?.name ?? "Desk"} desk
      </b>
    </nav>
  );
};
