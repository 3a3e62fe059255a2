import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { ManagedNode } from "@bilbycast/contracts/manager-api";
import { api, ask, queries, renew } from "../../../api/browser.tsx";
import { useCanWrite } from "../../../frame/link-banner.tsx";
import type { Schema } from "../../../form/schema.ts";
import { wordsOf } from "../../../form/words.ts";
import type { JsonObject } from "../../../live/merge-patch.ts";
import { Refused } from "../../../parts/empty.tsx";
import { FormFailure } from "../../../parts/form-failure.tsx";
import { StateGlyph } from "../../../parts/glyph.tsx";
import { PaneEdge } from "../../../parts/pane-edge.tsx";
import { Segment } from "../../../parts/segment.tsx";
import { SideSheet } from "../../../parts/side-sheet.tsx";
import { tell } from "../../../parts/toasts.tsx";
import { counted } from "../../../words/numbers.ts";
import "./builder.css";
import { draftOf, idOf, nameOf } from "./draft.ts";
import { FieldMerge } from "./field-merge.tsx";
import { withChoices, type Choices } from "./merge.ts";
import { Outcome } from "./outcome.tsx";
import { StepForm, type Depth } from "./step-form.tsx";
import { Steps } from "./steps.tsx";
import { useBuilder, useKinds, type Builder, type ConfigView, type Step } from "./use-builder.tsx";

type Given = { node: ManagedNode; flowId: string | undefined; onClose: () => void; onSaved: (flowId: string) => void };

/** A flow and its parts are made and changed in one sheet, with what it will do beside it. */
export const FlowBuilder = (given: Given) => {
  const { node, onClose, flowId } = given;
  const params = { node_id: node.id };
  // An edit begins from what the node has now, and then stands still: what others do meanwhile shows as a conflict.
  const config = useQuery({
    ...ask("config", { params }),
    refetchOnMount: "always",
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
  const schema = useQuery({ ...ask("configSchema", { params }), staleTime: 600_000 });
  const error = config.error ?? schema.error;
  if (config.data === undefined || !config.isFetchedAfterMount || schema.data === undefined) {
    return (
      <SideSheet title={flowId === undefined ? "New flow" : "Edit flow"} on={`on ${node.name}`} size="wide" isOpen onClose={onClose}>
        {error === null ? (
          <p className="dim" style={{ padding: 16 }}>
            Asking {node.name} what it has and can.
          </p>
        ) : (
          <Refused sentence={error.message} />
        )}
      </SideSheet>
    );
  }
  return <Editor {...given} view={config.data} schema={schema.data.schema} />;
};

const DEPTHS = [
  { value: "basic", label: "Basic" },
  { value: "all", label: "All fields" },
  { value: "json", label: "JSON" },
] as const;

const Editor = ({ node, flowId, onClose, onSaved, view, schema }: Given & { view: ConfigView; schema: Schema }) => {
  const kinds = useKinds(schema);
  const builder = useBuilder(node.id, flowId, view, kinds);
  const [step, setStep] = useState<Step>({ at: "flow" });
  const [depth, setDepth] = useState<Depth>("basic");
  return (
    <SideSheet
      title={flowId === undefined ? "New flow" : nameOf(builder.draft.flow)}
      on={`on ${node.name}`}
      size="wide"
      isOpen
      onClose={onClose}
      head={
        <>
          {builder.isChanged ? <span className="chip o">Draft, kept on this device</span> : null}
          {builder.isChanged && builder.hadDraft ? (
            <button type="button" className="btn sm ghost" onClick={builder.discard}>
              Discard
            </button>
          ) : null}
          <span className="grow" />
          <Segment label="Fields" value={depth} options={DEPTHS} onChange={setDepth} />
        </>
      }
      foot={<Foot builder={builder} node={node} onClose={onClose} onSaved={onSaved} isNew={flowId === undefined} />}
    >
      <div className="builder">
        <Steps builder={builder} step={step} onStep={setStep} />
        <div className="scroll builder-form">
          <LostSecrets builder={builder} />
          <Meanwhile builder={builder} nodeId={node.id} flowId={flowId} onGone={onClose} />
          <StepForm builder={builder} kinds={kinds} step={step} onStep={setStep} depth={depth} />
        </div>
        <Outcome builder={builder} />
        <PaneEdge of="builder" usual={316} />
      </div>
    </SideSheet>
  );
};

/** A draft goes on without what was secret in it; without a word, a stream would go out unencrypted. */
const LostSecrets = ({ builder }: { builder: Builder }) => {
  const { lostSecrets, draft } = builder;
  if (lostSecrets.length === 0) {
    return null;
  }
  const names = lostSecrets.map(([side, index, ...rest]) => {
    const part = side === "flow" ? draft.flow : draft[side === "inputs" ? "inputs" : "outputs"][Number(index)];
    return `${wordsOf(String(rest.at(-1) ?? index)).toLowerCase()} of ${part === undefined ? "this flow" : nameOf(part)}`;
  });
  return (
    <div className="row lost-secrets" role="alert">
      <StateGlyph state="warning" silent />
      <span className="grow">Secrets are not kept on this device. Type again: {names.join(", ")}.</span>
      <button type="button" className="btn sm" onClick={builder.giveUpSecrets}>
        Go on without
      </button>
    </div>
  );
};

type MeanwhileGiven = { builder: Builder; nodeId: string; flowId: string | undefined; onGone: () => void };

/** What somebody else changed on the node since this edit began, where there is any. */
const Meanwhile = ({ builder, nodeId, flowId, onGone }: MeanwhileGiven) => {
  const [openedAt] = useState(() => Date.now());
  const plan = builder.plan.data;
  const goOn = useMutation({
    mutationFn: async (choices: Choices) => {
      const now = await api("config", { params: { node_id: nodeId } });
      if (plan === undefined || now.revision !== plan.revision) {
        // Somebody was faster once more: the fields are compared anew.
        await renew("planConfig", "changes");
        return;
      }
      const draft = draftOf(withChoices(plan.merged as JsonObject, plan.conflicts, choices), flowId ?? idOf(builder.draft.flow));
      queries.setQueryData(ask("config", { params: { node_id: nodeId } }).queryKey, now);
      if (draft === undefined) {
        builder.discard();
        tell({ kind: "partial", text: "The flow is gone, as the node has it." });
        onGone();
      } else {
        builder.rebase(now.revision, draft);
      }
    },
    onError: (error) => tell({ kind: "failed", text: error.message }),
  });
  if (plan !== undefined && plan.conflicts.length > 0) {
    return (
      <FieldMerge nodeId={nodeId} plan={plan} openedAt={openedAt} isRunning={goOn.isPending} onChosen={(choices) => goOn.mutate(choices)} />
    );
  }
  return builder.isMerged ? (
    <p className="hint" role="status">
      The node was changed meanwhile, in other fields than yours. Both are kept when you save.
    </p>
  ) : null;
};

type FootGiven = {
  builder: Builder;
  node: ManagedNode;
  onClose: () => void;
  onSaved: (flowId: string) => void;
  isNew: boolean;
};

const Foot = ({ builder, node, onClose, onSaved, isNew }: FootGiven) => {
  const canWrite = useCanWrite();
  const count = countProblems(builder);
  const isBlocked =
    !builder.isWhole ||
    count > 0 ||
    builder.lostSecrets.length > 0 ||
    !builder.isChanged ||
    !canWrite ||
    builder.save.isPending ||
    (builder.plan.data?.conflicts.length ?? 0) > 0;
  const save = (): void =>
    builder.save.mutate(undefined, {
      onSuccess: () => {
        tell({
          kind: "done",
          text: `${nameOf(builder.draft.flow)} ${isNew ? "created" : "saved"} on ${node.name}. Its alarms are watched for 20 s.`,
        });
        onSaved(idOf(builder.draft.flow));
      },
    });
  return (
    <>
      {count === 0 ? (
        <span className="grow">
          <FormFailure failure={builder.saveFailure} />
        </span>
      ) : (
        <span className="row grow" role="status">
          <StateGlyph state="critical" silent />
          <b className="b">{counted(count, "problem")}</b>
        </span>
      )}
      <button type="button" className="btn ghost" onClick={onClose}>
        Cancel
      </button>
      <button type="button" className="btn pri" disabled={isBlocked} onClick={save}>
        {builder.save.isPending ? "Saving" : isNew ? "Create flow" : "Save"}
      </button>
    </>
  );
};

/** Nothing is wrong with a sheet that nobody has written in yet. */
const countProblems = (builder: Builder): number => {
  if (!builder.isChanged) {
    return 0;
  }
  const steps: Step[] = [
    { at: "flow" },
    ...(["inputs", "outputs"] as const).flatMap((at) => builder.draft[at].map((_, index): Step => ({ at, index }))),
  ];
  return (
    steps.reduce((sum, step) => sum + builder.problemsAt(step).length + builder.texts(step).size, 0) +
    builder.elsewhere.filter(({ severity }) => severity === "error").length
  );
};
