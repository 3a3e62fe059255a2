import { ageOf } from "../live/age.ts";
import { useNow } from "../live/use-now.tsx";
import { TallyGlyph } from "./glyph.tsx";
import "./monitor.css";
import { Picture } from "./picture.tsx";

type Given = {
  tally: "pgm" | "pvw";
  /** What is on it: a preset, a flow. */
  name: string;
  src: string | undefined;
  takenAt: number | undefined;
  clock?: string;
  /** Below the picture: node, input, format, rate. */
  facts: readonly string[];
  /** Whoever may not see the picture is told so. */
  isAllowed?: boolean;
};

/** PGM is a solid area and PVW a frame: they are told apart without their colours. */
export const Monitor = ({ tally, name, src, takenAt, clock, facts, isAllowed = true }: Given) => {
  const now = useNow();
  const age = ageOf(takenAt, now);
  return (
    <section className={`monitor ${tally}`} aria-label={`${tally.toUpperCase()} ${name}`}>
      <header>
        <TallyGlyph shape={tally} size={20} />
        <span>{tally.toUpperCase()}</span>
        <b className="el grow">{name}</b>
        {clock === undefined ? null : <span className="m">{clock}</span>}
      </header>
      {isAllowed ? (
        <div className={src !== undefined && age !== "fresh" && takenAt !== undefined && now - takenAt > 5_000 ? "stale" : ""}>
          <Picture of={name} src={src} takenAt={takenAt} />
        </div>
      ) : (
        <div className="vid none">
          <span className="none">Needs Viewer. Ask an admin.</span>
        </div>
      )}
      <footer>
        {facts.map((fact, i) => (
          <span key={fact} className={i === 0 ? "b" : "mid"}>
            {fact}
          </span>
        ))}
      </footer>
    </section>
  );
};
