import { useQuery } from "@tanstack/react-query";
import type { ManagedNode } from "@bilbycast/contracts/manager-api";
import { api, ask } from "../../api/browser.tsx";
import type { Json } from "../../live/merge-patch.ts";
import { StateGlyph } from "../../parts/glyph.tsx";
import { useAct } from "../../parts/mutate.tsx";
import { useCommandGate } from "./command.tsx";
import { numberAt, textAt } from "./flow-view.ts";

type Verdict = { isGood: boolean; message: string; rttMs: number | undefined };

const readVerdict = (data: unknown): Verdict => ({
  isGood: (data as { success?: unknown } | undefined)?.success === true,
  message: textAt(data as Json | undefined, "message") ?? "The node said nothing of it.",
  rttMs: numberAt(data as Json | undefined, "rtt_ms"),
});

/** Whether nodes of this kind can say how a part of theirs stands. */
export const useCanTest = (node: ManagedNode, side: "input" | "output"): boolean => {
  const types = useQuery({ ...ask("deviceTypes"), staleTime: 600_000 }).data?.device_types ?? [];
  const own = types.find(({ device_type: type }) => type === node.device_type);
  return own?.supported_commands.some(({ name }) => name === `test_${side}`) ?? false;
};

/** Asks the node how an input or output stands now, and says what it answered. */
export const TestPart = ({ node, side, id, name }: { node: ManagedNode; side: "input" | "output"; id: string; name: string }) => {
  const gate = useCommandGate(node);
  const test = useAct({
    act: async () => {
      const answer = await api("command", { params: { node_id: node.id }, body: { action: { type: `test_${side}`, [`${side}_id`]: id } } });
      return readVerdict(answer.data);
    },
    isQuiet: true,
  });
  const verdict = test.answer;
  return (
    <span className="row">
      <button
        type="button"
        className="btn sm"
        aria-label={`Test ${name}`}
        disabled={gate.isOff || test.isRunning}
        title={gate.why}
        onClick={() => test.run(undefined)}
      >
        Test
      </button>
      <span role="status" className="row t12">
        {test.isRunning ? (
          "Asking"
        ) : test.failure !== undefined ? (
          <>
            <StateGlyph state="critical" size={11} />
            {test.failure.message}
          </>
        ) : verdict === undefined ? null : (
          <>
            <StateGlyph state={verdict.isGood ? "good" : "warning"} size={11} />
            {verdict.message}
            {verdict.rttMs === undefined ? "" : `, ${verdict.rttMs.toFixed(0)} ms`}
          </>
        )}
      </span>
    </span>
  );
};
