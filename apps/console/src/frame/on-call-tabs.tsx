import { Link } from "@tanstack/react-router";
import { Icon, type IconName } from "../parts/icon.tsx";
import { useAlarmCounts } from "./use-alarm-counts.tsx";
import "./on-call.css";

type Tab = { to: "/events" | "/admin/nodes" | "/account"; word: string; icon: IconName };

const TABS: readonly Tab[] = [
  { to: "/events", word: "Alarms", icon: "alarms" },
  { to: "/admin/nodes", word: "Nodes", icon: "nodes" },
  { to: "/account", word: "Me", icon: "key" },
];

/** Where one goes on a telephone: at its foot, as wide as thumbs need. */
export const OnCallTabs = () => {
  const { critical } = useAlarmCounts();
  return (
    <nav className="oc-tabs" aria-label="Main">
      {TABS.map(({ to, word, icon }) => (
        <Link key={to} to={to} search={{}} activeProps={{ className: "on" }}>
          <Icon name={icon} size={22} />
          <span>{word}</span>
          {to !== "/events" || critical === 0 ? null : (
            <span className="n" aria-label={`${critical} critical`}>
              {critical > 99 ? "99+" : critical}
            </span>
          )}
        </Link>
      ))}
    </nav>
  );
};
