import type { PoolEvent } from "@bilbycast/engine/media";
import type { EngineEvent } from "./spec.ts";

const REASONS = {
  stopped: "was ended while somebody wanted something of it",
  crashed: "crashed",
  hung: "did not answer and was ended",
  memory: "took more memory than it may and was ended",
  protocol: "said what cannot be read and was ended",
  not_started: "did not start",
  recycled: "was replaced",
} as const;

/** What is to be told of a host; `undefined`: nothing that anybody needs to know. */
export const hostEvent = (event: PoolEvent): EngineEvent | undefined => {
  if (event.event === "host_started") {
    return undefined;
  }
  const { end, jobs, suspects } = event;
  const doing = suspects.length > 0 ? ` It was at work for ${suspects.join(", ")}.` : "";
  return {
    severity: "warning",
    category: "media",
    code: "media_host_ended",
    message: `A codec host ${REASONS[end.reason]}; another takes its place. No packet was touched by it.${doing}`,
    details: {
      reason: end.reason,
      pid: end.pid,
      jobs,
      suspects,
      ...(end.signal === null ? {} : { signal: end.signal }),
      ...(end.code === null ? {} : { exit_code: end.code }),
      ...(end.lastWords === "" ? {} : { last_words: end.lastWords.slice(-500) }),
    },
  };
};
