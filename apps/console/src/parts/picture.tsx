import { useState } from "react";
import { pictureAgeOf } from "../live/age.ts";
import { lastedText } from "../words/times.ts";
import { useOverTime } from "../live/use-now.tsx";
import "./picture.css";

type Given = {
  /** What is shown: the flow's name. */
  of: string;
  /** `undefined`: there never was one. */
  src: string | undefined;
  /** When it was taken, in milliseconds. */
  takenAt: number | undefined;
  /** Small tiles of a list say their age only when it matters. */
  small?: boolean;
};

/** A still or live tile. Over ten seconds it is dimmed, over a minute it is no picture any more. */
export const Picture = ({ of, src, takenAt, small = false }: Given) => {
  const [broken, setBroken] = useState<string>();
  const isAbsent = src === undefined || broken === src;
  const age = useOverTime((now) => (isAbsent ? "none" : pictureAgeOf(takenAt, now)));
  const isSaid = !(small && age === "live");
  const text = useOverTime((now) => (takenAt === undefined || !isSaid ? undefined : lastedText(now - takenAt)));
  return (
    <div className={`vid ${age}${small ? " small" : ""}`}>
      {age === "none" ? (
        <span className="none">
          <span className={small ? "spoken" : ""}>{text === undefined ? "No picture yet" : `No picture for ${text}`}</span>
        </span>
      ) : (
        <img src={src} alt={`Picture of ${of}`} loading="lazy" decoding="async" onError={() => setBroken(src)} />
      )}
      {text === undefined || age === "none" ? null : <span className="age">{text}</span>}
    </div>
  );
};
