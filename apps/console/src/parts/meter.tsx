import "./meter.css";

type Given = {
  label: string;
  /** Share of the limit: 1 is all of it. `undefined`: nobody knows. */
  share: number | undefined;
  /** What a change would add. */
  added?: number;
  width?: number;
};

/** Where a limit begins to matter, and where it is passed. */
const WARNING = 0.8;

/** How much of a limit is used. Over 80 % it warns, over 100 % it is critical: the number beside it says so too. */
export const Meter = ({ label, share, added = 0, width }: Given) => {
  const total = (share ?? 0) + added;
  const tone = total > 1 ? "over" : total > WARNING ? "high" : "";
  const percent = Math.round(total * 100);
  return (
    <span
      className={`meter ${tone}`}
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.min(100, percent)}
      aria-valuetext={share === undefined ? "no data" : `${percent} %${added > 0 ? " after this change" : ""}`}
      style={width === undefined ? undefined : { width }}
    >
      <i style={{ width: `${Math.min(100, (share ?? 0) * 100)}%` }} />
      {added > 0 ? <i className="added" style={{ width: `${Math.min(100, added * 100)}%` }} /> : null}
    </span>
  );
};
