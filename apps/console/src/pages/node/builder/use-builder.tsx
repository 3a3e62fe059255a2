import { useMutation, useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useState } from "react";
import type { AnswerOf, Endpoints, LiveMessage } from "@bilbycast/contracts/manager-api";
import { ApiFailure } from "../../../api/api.ts";
import { api, renew } from "../../../api/browser.tsx";
import { useMe } from "../../../api/me.tsx";
import { problemsOf, type Problem } from "../../../form/check.ts";
import { pathOf } from "../../../form/edit.ts";
import { fieldsOf, type Field } from "../../../form/field.ts";
import { deref, partSchemas, type Schema } from "../../../form/schema.ts";
import { useMessages, useTopics } from "../../../live/live-link.tsx";
import type { JsonObject } from "../../../live/merge-patch.ts";
import { keepDraft } from "../../../prefs/kept-draft.ts";
import { draftOf, emptyDraft, idOf, kindOf, placeInDraft, withDraft, type Draft } from "./draft.ts";
import { emptySecrets, keptOf, readEdit, restored, withoutEmptySecrets } from "./kept-edit.ts";

export type ConfigView = AnswerOf<Endpoints["config"]>;
export type Plan = AnswerOf<Endpoints["planConfig"]>;

/** Where one is in the sheet: the flow itself, or one of its parts. */
export type Step = { at: "flow" } | { at: "inputs" | "outputs"; index: number };

export const stepKey = (step: Step): string => (step.at === "flow" ? "flow" : `${step.at}[${step.index}]`);

/** Fields of the kinds of parts and of the flow, as this node declares them. */
export const useKinds = (schema: Schema) =>
  useMemo(() => {
    const fields = (side: "inputs" | "outputs"): ReadonlyMap<string, { title: string; fields: readonly Field[] }> =>
      new Map(
        [...partSchemas(schema, side)].map(([kind, part]) => [
          kind,
          { title: titleOf(part, kind), fields: fieldsOf(schema, part, ["type"]) },
        ]),
      );
    const flow = deref(schema, deref(schema, schema.properties?.["flows"] ?? {}).items ?? {});
    return { inputs: fields("inputs"), outputs: fields("outputs"), flow: fieldsOf(schema, flow, ["input_ids", "output_ids"]) };
  }, [schema]);

export type Kinds = ReturnType<typeof useKinds>;

const titleOf = (part: Schema, kind: string): string => (part.title ?? kind).replace(/,? (input|output)$/, "");

/** Another person at the same browser has drafts of their own. */
const keptKey = (personId: string, nodeId: string, flowId: string | undefined): string =>
  `bilbycast.draft ${personId} ${nodeId} ${flowId ?? "new"}`;

/** The state of an edit of one flow: draft, problems, what the node would do, and saving it. */
export const useBuilder = (nodeId: string, flowId: string | undefined, view: ConfigView, kinds: Kinds) => {
  const config = view.config as JsonObject;
  const key = keptKey(useMe().id, nodeId, flowId);
  const before = useMemo(() => (flowId === undefined ? undefined : draftOf(config, flowId)), [config, flowId]);
  const [kept] = useState(() => readEdit(key));
  const [draft, setDraft] = useState<Draft>(() => (kept === undefined ? undefined : restored(kept, config)) ?? before ?? emptyDraft());
  const [base, setBase] = useState(kept?.revision ?? view.revision);
  const [texts, setTexts] = useState<ReadonlyMap<string, ReadonlyMap<string, string>>>(new Map());
  const isChanged = draft !== before && JSON.stringify(draft) !== JSON.stringify(before ?? emptyDraft());
  useEffect(() => {
    keepDraft(key, isChanged ? keptOf(base, draft, config) : undefined);
  }, [draft, base, isChanged, key, config]);
  const wanted = useMemo(() => withDraft(config, draft, before), [config, draft, before]);
  const own = useMemo(() => ownProblems(draft, kinds), [draft, kinds]);
  const isWhole = [...own.values()].every((problems) => problems.length === 0) && [...texts.values()].every((drafts) => drafts.size === 0);
  const { plan, isPlanned } = usePlan(nodeId, base, wanted, isChanged && isWhole);
  const found = useMemo(() => placed(plan.data, draft), [plan.data, draft]);
  // The node has another configuration by now: what is saved stands on that one.
  const merged = isPlanned && plan.data !== undefined && plan.data.revision !== base ? plan.data : undefined;
  const save = useMutation({
    mutationFn: () =>
      api("putConfig", {
        params: { node_id: nodeId },
        body: merged === undefined ? { base_revision: base, config: wanted } : { base_revision: merged.revision, config: merged.merged },
      }),
    onSuccess: () => {
      keepDraft(key, undefined);
      void renew("config", "changes", "nodeState");
    },
    onError: () => void renew("planConfig", "changes"),
  });
  const problemsAt = (step: Step): readonly Problem[] => [...(own.get(stepKey(step)) ?? []), ...(found.byStep.get(stepKey(step)) ?? [])];
  return {
    config,
    before,
    draft,
    setDraft,
    wanted,
    isChanged,
    isWhole,
    hadDraft: kept !== undefined,
    /** Secrets of that draft which this device did not keep, and nobody has typed again or given up. */
    lostSecrets: kept === undefined ? [] : emptySecrets(draft),
    giveUpSecrets: () => setDraft(withoutEmptySecrets(draft)),
    isMerged: merged !== undefined,
    discard: () => {
      setBase(view.revision);
      setDraft(before ?? emptyDraft());
    },
    /** Goes on from what the node has now, with what was chosen of it and of the draft. */
    rebase: (revision: string, next: Draft) => {
      setBase(revision);
      setDraft(next);
      save.reset();
    },
    texts: (step: Step) => texts.get(stepKey(step)) ?? NO_TEXTS,
    setTexts: (step: Step, next: ReadonlyMap<string, string>) => setTexts(new Map([...texts, [stepKey(step), next]])),
    problemsAt,
    elsewhere: found.elsewhere,
    plan,
    save,
    saveFailure: save.error instanceof ApiFailure ? save.error : undefined,
  };
};

export type Builder = ReturnType<typeof useBuilder>;

const NO_TEXTS: ReadonlyMap<string, string> = new Map();

/** What the schema says of each step. */
const ownProblems = (draft: Draft, kinds: Kinds): ReadonlyMap<string, readonly Problem[]> =>
  new Map([
    ["flow", problemsOf(kinds.flow, draft.flow)],
    ...(["inputs", "outputs"] as const).flatMap((side) =>
      draft[side].map((part, index) => [`${side}[${index}]`, problemsOf(kinds[side].get(kindOf(part))?.fields ?? [], part)] as const),
    ),
  ]);

/** What the node finds, beside the fields that it means; the rest is told at the foot. */
const placed = (plan: Plan | undefined, draft: Draft) => {
  const byStep = new Map<string, Problem[]>();
  const elsewhere: Plan["findings"] = [];
  for (const finding of plan?.findings ?? []) {
    const place = placeInDraft(finding.path, plan?.merged as JsonObject, draft);
    if (place === undefined || finding.severity === "warning") {
      elsewhere.push(finding);
    } else {
      const step = place.step === "flow" ? "flow" : `${place.step}[${place.index}]`;
      byStep.set(step, [...(byStep.get(step) ?? []), { path: pathOf(place.rest), message: finding.message, code: finding.code }]);
    }
  }
  return { byStep, elsewhere };
};

/** Asked some time after the last key, and only of what the schema takes. */
const PAUSE_MS = 500;

const usePlan = (nodeId: string, revision: string, wanted: JsonObject, isReady: boolean) => {
  const [settled, setSettled] = useState(wanted);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(wanted), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [wanted]);
  const plan = useQuery({
    queryKey: ["planConfig", nodeId, revision, settled],
    queryFn: ({ signal }) => api("planConfig", { params: { node_id: nodeId }, body: { base_revision: revision, config: settled }, signal }),
    enabled: isReady && settled === wanted,
    gcTime: 60_000,
    staleTime: 10_000,
  });
  useChangesOf(nodeId);
  return { plan, isPlanned: isReady && settled === wanted };
};

/** Somebody else saves: what this draft would do is another thing then. */
const useChangesOf = (nodeId: string): void => {
  useTopics(`changes:${nodeId}`);
  useMessages(
    useCallback(
      (message: LiveMessage) => {
        if (message.type === "change" && message.change.node_id === nodeId) {
          void renew("planConfig", "changes");
        }
      },
      [nodeId],
    ),
  );
};

/** All ids of one side that are taken on the node or in the draft. */
export const takenIds = (builder: Builder, side: "inputs" | "outputs" | "flows"): string[] => {
  const list = builder.config[side];
  const own = side === "flows" ? [builder.draft.flow] : builder.draft[side];
  return [...(Array.isArray(list) ? (list as readonly JsonObject[]) : []), ...own].map(idOf);
};
