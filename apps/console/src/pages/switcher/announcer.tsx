import { useEffect, useRef, useState } from "react";
import type { Desk } from "@bilbycast/contracts/manager-api";
import { announcementOf } from "./take-words.ts";
import type { DeskRows } from "./use-desk.tsx";

/** Says aloud at once what changes on a bus. */
export const Announcer = ({ rows }: { rows: DeskRows }) => {
  const before = useRef<Desk>(undefined);
  const [text, setText] = useState("");
  const { desk, presets } = rows;
  useEffect(() => {
    const said = announcementOf(before.current, desk, (id) => presets.find((preset) => preset.id === id)?.short_label ?? "a preset");
    before.current = desk;
    if (said !== "") {
      setText(said);
    }
  }, [desk, presets]);
  return (
    <div className="spoken" role="alert" aria-live="assertive" aria-label="Tally">
      {text}
    </div>
  );
};
