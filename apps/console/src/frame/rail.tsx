import { Link } from "@tanstack/react-router";
import { useMay } from "../api/me.tsx";
import { Icon, Mark } from "../parts/icon.tsx";
import { MANAGE, OPERATE, type Place } from "./places.tsx";
import { useAlarmCounts } from "./use-alarm-counts.tsx";

/** Pages: operate above the line, manage below it. */
export const Rail = () => {
  const may = useMay();
  const { critical } = useAlarmCounts();
  const isOpen = ({ act }: Place): boolean => may(act).is;
  return (
    <nav className="rail" aria-label="Main">
      <Link to="/dashboard" className="mark" aria-label="bilbycast, dashboard">
        <Mark />
      </Link>
      {OPERATE.filter(isOpen).map((place) => (
        <RailLink key={place.to} place={place} count={place.to === "/events" ? critical : 0} />
      ))}
      <hr />
      {MANAGE.filter(isOpen).map((place) => (
        <RailLink key={place.to} place={place} count={0} />
      ))}
    </nav>
  );
};

const RailLink = ({ place, count }: { place: Place; count: number }) => (
  <Link to={place.to} className="place" activeProps={{ className: "place on" }} title={`${place.word} (G ${place.key.toUpperCase()})`}>
    <Icon name={place.icon} size={20} />
    <span>{place.word}</span>
    {count === 0 ? null : (
      <span className="n" aria-label={`${count} critical`}>
        {count > 99 ? "99+" : count}
      </span>
    )}
  </Link>
);
