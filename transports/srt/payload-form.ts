import type { InputContext } from "@bilbycast/engine/transport";
import { NUMBERED, type Carrier } from "@bilbycast/protocols/seamless";
import type { declaration } from "./declaration.ts";

/** Counts the changes between the legs of plain TS, and tells when the form of the stream lets the legs protect each other no more, and again. */
export const followForm = ({ stats, report }: Pick<InputContext<typeof declaration>, "stats" | "report">) => {
  stats.failoverActive.set(0);
  return (to: Carrier, from: Carrier | undefined): void => {
    if (to !== NUMBERED && (from === undefined || from === NUMBERED)) {
      stats.failoverActive.set(1);
      report({
        severity: "warning",
        category: "redundancy",
        code: "redundancy_failover_mode",
        message:
          "The legs bring plain MPEG-TS without RTP: there are no common numbers to make one stream of, so the other leg is used when one has been silent for a second.",
        details: { leg: to + 1 },
      });
    } else if (to === NUMBERED && from !== undefined) {
      stats.failoverActive.set(0);
      report({
        severity: "info",
        category: "redundancy",
        code: "redundancy_seamless_mode",
        message: "The legs bring RTP: one stream is made of both.",
      });
    } else if (to !== NUMBERED) {
      stats.redundancySwitches.add(1);
    }
  };
};
