import { useSyncExternalStore } from "react";
import type { NodeCard, Preset, PresetAction, Take } from "@bilbycast/contracts/manager-api";
import { useLiveRow, useLiveValue, useTopics } from "../../live/live-link.tsx";
import type { Json } from "../../live/merge-patch.ts";
import { useNow } from "../../live/use-now.tsx";
import { StateGlyph } from "../../parts/glyph.tsx";
import { Icon } from "../../parts/icon.tsx";
import { Monitor, NoScreen } from "../../parts/monitor.tsx";
import { MonitorPicture } from "../../parts/monitor-picture.tsx";
import { TickingNumber } from "../../parts/ticking.tsx";
import { megabits } from "../../words/numbers.ts";
import { airText } from "../../words/times.ts";
import { listAt, readFlow, stateOfPart, textAt } from "../node/flow-view.ts";
import { isOver } from "./desk-rows.ts";
import { lostText } from "./take-words.ts";
import { SignalChip } from "./signal-chip.tsx";
import { failedText, type TakeLook } from "./take-look.ts";
import { useControl, useDeskState } from "./use-control.tsx";
import type { DeskRows } from "./use-desk.tsx";

/** A preset that does a lot is shown whole as four pictures; more are too small to be judged. */
const QUAD = 4;

type PvwGiven = { rows: DeskRows; look: TakeLook; onPicked: () => void };

/** What the next take puts on air: the inputs themselves, whether or not they are on air now. */
export const PvwMonitor = ({ rows, look, onPicked }: PvwGiven) => {
  const control = useControl();
  const pvwId = useDeskState((_, { pvwId: id }) => id);
  const press = useDeskState(({ press: each }) => each);
  const newest = rows.takes[0];
  const underWay = press?.presetId ?? (newest !== undefined && !isOver(newest) ? (newest.preset_id ?? undefined) : undefined);
  const isTaking = underWay !== undefined && underWay !== "" && (pvwId === undefined || underWay === pvwId);
  const preset = rows.presets.find(({ id }) => id === (isTaking ? underWay : pvwId));
  const tally = isTaking ? "pend" : pvwId === undefined ? "none" : "pvw";
  return (
    <Monitor
      tally={tally}
      word={isTaking ? "TAKING" : "PVW"}
      name={preset?.short_label ?? (pvwId === undefined ? "" : "…")}
      aside={isTaking ? undefined : <Readiness look={look} />}
      facts={
        preset === undefined ? (
          <span className="dim">Nothing is loaded</span>
        ) : (
          <Facts key={preset.id} preset={preset} bus="pvw" onPicked={onPicked} />
        )
      }
    >
      {preset === undefined ? (
        <NoScreen>{control.canWrite ? "A key loads PVW" : "Nothing in PVW"}</NoScreen>
      ) : (
        <Screen preset={preset} bus="pvw" />
      )}
    </Monitor>
  );
};

const READY: Readonly<Record<TakeLook["is"], string>> = {
  nothing: "",
  off: "",
  safe: "",
  checking: "Checking",
  blocked: "Blocked",
  armed: "Ready",
  hold: "Ready, hold",
  taking: "",
  taken: "",
  partial: "",
  failed: "",
};

const Readiness = ({ look }: { look: TakeLook }) =>
  READY[look.is] === "" ? null : (
    <span className={`aside ${look.is}`}>
      {look.is === "armed" || look.is === "hold" ? <Icon name="check" size={17} /> : null}
      {look.is === "blocked" ? <StateGlyph state="critical" size={16} silent /> : null}
      {READY[look.is]}
    </span>
  );

/** What is on air: the flows as they leave. */
export const PgmMonitor = ({ rows, onPicked }: { rows: DeskRows; onPicked: () => void }) => {
  const { desk, presets, takes } = rows;
  const pgm = desk?.pgm ?? undefined;
  const preset = presets.find(({ id }) => id === pgm?.preset_id);
  const take = takes.find(({ id }) => id === pgm?.take_id);
  if (pgm === undefined) {
    const lost = desk?.pgm_lost ?? undefined;
    const label = presets.find(({ id }) => id === lost?.preset_id)?.short_label ?? "The preset";
    return (
      <Monitor tally="none" word="PGM" name="Not known" facts={<span className="dim">Something may be on air all the same.</span>}>
        <NoScreen>{lost === undefined ? "No preset is on air" : lostText(lost.reason, label)}</NoScreen>
      </Monitor>
    );
  }
  return (
    <Monitor
      tally="pgm"
      word="PGM"
      name={preset?.short_label ?? "…"}
      aside={
        <>
          <AirClock since={Date.parse(pgm.since)} />
        </>
      }
      facts={preset === undefined ? "" : <Facts key={preset.id} preset={preset} bus="pgm" take={take} onPicked={onPicked} />}
    >
      {preset === undefined ? <NoScreen>The preset is not here</NoScreen> : <Screen preset={preset} bus="pgm" />}
      {pgm.state === "partial" ? <PartialChip take={take} /> : null}
    </Monitor>
  );
};

const PartialChip = ({ take }: { take: Take | undefined }) => (
  <span className="partial">PARTIAL{take === undefined ? "" : ` ${failedText(take)}`}</span>
);

/** Its own clock: it ticks, and nothing around it does. */
const AirClock = ({ since }: { since: number }) => {
  const now = useNow();
  return (
    <TickingNumber role="timer" aria-live="off" aria-label="On air for">
      {airText(since, now)}
    </TickingNumber>
  );
};

/** Which picture of a preset each monitor shows: the place of its action, or all of them. */
const picks = new Map<string, number | "all">();
const pickListeners = new Set<() => void>();

const onPick = (listener: () => void): (() => void) => {
  pickListeners.add(listener);
  return () => pickListeners.delete(listener);
};

const usePick = (key: string, count: number): number | "all" => {
  const pick = useSyncExternalStore(onPick, () => picks.get(key) ?? 0);
  return pick === "all" || pick < count ? pick : 0;
};

const Screen = ({ preset, bus }: { preset: Preset; bus: "pgm" | "pvw" }) => {
  const pick = usePick(`${bus} ${preset.id}`, preset.actions.length);
  const shown = pick === "all" ? preset.actions.slice(0, QUAD) : preset.actions.slice(pick, pick + 1);
  return (
    <div className={shown.length > 1 ? "quad" : ""}>
      {shown.map((action) => (
        <ActionPicture
          key={`${action.node_id} ${flowOf(action)} ${inputOf(action)}`}
          action={action}
          bus={bus}
          label={preset.short_label}
        />
      ))}
    </div>
  );
};

const ActionPicture = ({ action, bus, label }: { action: PresetAction; bus: "pgm" | "pvw"; label: string }) => {
  const isThere = useLiveValue<NodeCard, boolean>("nodes", action.node_id, (card) => card !== undefined);
  const watched = { nodeId: action.node_id, flowId: flowOf(action), inputId: bus === "pvw" ? inputOf(action) : undefined };
  return isThere ? (
    <MonitorPicture {...watched} of={label}>
      <SignalChip {...watched} />
    </MonitorPicture>
  ) : (
    <NoScreen>Needs Viewer on this node</NoScreen>
  );
};

type FactsGiven = { preset: Preset; bus: "pgm" | "pvw"; take?: Take | undefined; onPicked: () => void };

/** Node, input, format and rate of what is shown; which it is, where there are several. */
const Facts = ({ preset, bus, take, onPicked }: FactsGiven) => {
  const key = `${bus} ${preset.id}`;
  const pick = usePick(key, preset.actions.length);
  const action = preset.actions[pick === "all" ? 0 : pick];
  if (action === undefined) {
    return null;
  }
  return (
    <>
      {preset.actions.length > 1 ? (
        <select
          className="pick"
          aria-label={`Picture of ${bus.toUpperCase()}`}
          value={String(pick)}
          onChange={(event) => {
            const { value } = event.currentTarget;
            picks.set(key, value === "all" ? "all" : Number(value));
            pickListeners.forEach((listener) => listener());
            onPicked();
          }}
        >
          {preset.actions.map((each, i) => (
            <PickOption key={`${each.node_id} ${flowOf(each)}`} action={each} place={i} />
          ))}
          <option value="all">{`First ${Math.min(QUAD, preset.actions.length)} together`}</option>
        </select>
      ) : (
        <NodeName id={action.node_id} />
      )}
      <Signal action={action} hasFormat={take?.state !== "verified" || take.verified_ms === null} />
      {take?.state === "verified" && take.verified_ms !== null ? (
        <span className="verified" title="Verified by the nodes: from the press to the first new datagram of the last output">
          <Icon name="check" size={12} />
          <span className="spoken">verified in</span>
          {Math.round(take.verified_ms)} ms
        </span>
      ) : null}
      {take?.state === "unconfirmed" ? (
        <span className="verified">
          <StateGlyph state="warning" size={12} silent />
          not verified
        </span>
      ) : null}
    </>
  );
};

const PickOption = ({ action, place }: { action: PresetAction; place: number }) => {
  const name = useLiveValue<NodeCard, string>("nodes", action.node_id, (card) => card?.name ?? "Node");
  return <option value={String(place)}>{`${name}, ${flowOf(action)}`}</option>;
};

const NodeName = ({ id }: { id: string }) => {
  const name = useLiveValue<NodeCard, string>("nodes", id, (card) => card?.name ?? "Node not seen");
  return <b className="b">{name}</b>;
};

const Signal = ({ action, hasFormat }: { action: PresetAction; hasFormat: boolean }) => {
  const topic = `node:${action.node_id}`;
  useTopics(topic);
  const flow = readFlow(useLiveRow<Json>(topic, `flow:${flowOf(action)}`) ?? null);
  const input = flow?.inputs.find(({ id }) => id === inputOf(action));
  const video = input?.isActive === true ? listAt(flow?.raw["media_analysis"], "video_streams")[0] : undefined;
  const format = [textAt(video, "resolution"), textAt(video, "codec")].filter((each) => each !== undefined).join(" ");
  return (
    <>
      <span className="el">{input?.name ?? inputOf(action)}</span>
      <span className="grow" />
      {hasFormat ? <span className="el format">{format}</span> : null}
      {input === undefined ? null : (
        <>
          <span className="nw">{megabits(input.bitrateBps)} Mbit/s</span>
          <StateGlyph state={stateOfPart(input)} size={10} />
        </>
      )}
    </>
  );
};

export const flowOf = (action: PresetAction): string => (action.type === "bus_route" ? action.dst_flow_id : action.flow_id);
export const inputOf = (action: PresetAction): string => (action.type === "bus_route" ? action.source_input_id : action.input_id);
