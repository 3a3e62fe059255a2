import type { ManagedNode, NodeCard } from "@bilbycast/contracts/manager-api";
import { useLiveRow } from "../../live/live-link.tsx";
import { StateGlyph } from "../../parts/glyph.tsx";
import { LivePicture } from "../../parts/live-picture.tsx";
import { megabits } from "../../words/numbers.ts";
import { pictureUrl } from "../dashboard/fleet-cells.tsx";
import { listAt, stateOfPart, textAt, type FlowView, type PartView } from "./flow-view.ts";

const STEP = 60;
const BOX = 44;
const TOP = 12;
const MOST = 8;

const middle = (count: number): number => TOP + (Math.max(1, count) * STEP - (STEP - BOX)) / 2;
const centre = (place: number): number => TOP + place * STEP + BOX / 2;

/** From which inputs the signal may come, from which it comes, and where it goes. Standby is dashed. */
export const Signal = ({ node, flow }: { node: ManagedNode; flow: FlowView }) => {
  const card = useLiveRow<NodeCard>("nodes", node.id);
  const picture = card?.pictures[flow.id];
  const inputs = flow.inputs.slice(0, MOST);
  const outputs = flow.outputs.slice(0, MOST);
  const rows = Math.max(4, inputs.length, outputs.length);
  const height = TOP * 2 + rows * STEP - (STEP - BOX);
  const hub = Math.min(middle(rows), TOP + 70);
  return (
    <div className="panel signal">
      <header>
        Signal
        <span className="grow" />
        <span className="t12 dim">Numbers are Mbit/s</span>
      </header>
      <div className="signal-plan scroll" role="group" aria-label="Signal" tabIndex={0} style={{ height: Math.max(258, height) }}>
        <ul aria-label="Inputs">
          {inputs.map((part) => (
            <PartBox key={part.id} part={part} side="input" />
          ))}
          {flow.inputs.length > MOST ? <li className="dim t12">{flow.inputs.length - MOST} more</li> : null}
        </ul>
        <Wires count={inputs.length} hub={hub} height={Math.max(258, height)} isLeft isActive={(i) => inputs[i]?.isActive === true} />
        <div className="hub">
          <div className="hub-picture">
            <LivePicture
              nodeId={node.id}
              flowId={flow.id}
              of={flow.name}
              src={picture === undefined ? undefined : pictureUrl(node.id, flow.id, picture.tag)}
              takenAt={picture === undefined ? undefined : Date.parse(picture.at)}
            />
          </div>
          <Content flow={flow} />
        </div>
        <Wires
          count={outputs.length}
          hub={hub}
          height={Math.max(258, height)}
          isLeft={false}
          isActive={(i) => outputs[i]?.state === "sending"}
        />
        <ul aria-label="Outputs">
          {outputs.map((part) => (
            <PartBox key={part.id} part={part} side="output" />
          ))}
          {flow.outputs.length > MOST ? <li className="dim t12">{flow.outputs.length - MOST} more</li> : null}
        </ul>
      </div>
    </div>
  );
};

const PartBox = ({ part, side }: { part: PartView; side: "input" | "output" }) => (
  <li
    className={`part${side === "input" && part.isActive ? " act" : ""}${side === "input" && !part.isActive ? " sb" : ""}`}
    title={part.error?.message ?? part.address}
  >
    <b>
      <span className="el grow">{part.name}</span>
      {side === "input" && part.state === "receiving" ? (
        <span className="m">{megabits(part.bitrateBps)}</span>
      ) : (
        <StateGlyph state={stateOfPart(part)} size={11} />
      )}
    </b>
    <span className="el">
      {part.kind.replaceAll("_", " ").toUpperCase()}
      {part.error === undefined
        ? side === "input" && !part.isActive
          ? `, ${part.state === "receiving" ? "standby ready" : "standby"}`
          : `, ${part.state}`
        : `, ${part.error.code}`}
    </span>
  </li>
);

type WiresGiven = { count: number; hub: number; height: number; isLeft: boolean; isActive: (place: number) => boolean };

/** Lines between the boxes and the picture; only where something flows are they whole. */
const Wires = ({ count, hub, height, isLeft, isActive }: WiresGiven) => (
  <svg viewBox={`0 0 80 ${height}`} preserveAspectRatio="none" className="wires" style={{ height }} aria-hidden>
    {Array.from({ length: count }, (_, i) => i)
      .toSorted((a, b) => Number(isActive(a)) - Number(isActive(b)))
      .map((i) => {
        const [from, to] = isLeft ? [centre(i), hub] : [hub, centre(i)];
        return (
          <path
            key={i}
            d={`M0 ${from}C40 ${from} 40 ${to} 80 ${to}`}
            fill="none"
            vectorEffect="non-scaling-stroke"
            stroke={isActive(i) ? "var(--text)" : "var(--line-3)"}
            strokeWidth={isActive(i) ? 2.5 : 1.2}
            strokeDasharray={isActive(i) ? "none" : "3 3"}
          />
        );
      })}
  </svg>
);

/** What the streams are, as the node's analysis says. */
const Content = ({ flow }: { flow: FlowView }) => {
  const media = flow.raw["media_analysis"];
  const video = listAt(media, "video_streams")[0];
  const audio = listAt(media, "audio_streams");
  const rows: [string, string | undefined][] = [
    [
      "Video",
      [textAt(video, "codec"), textAt(video, "profile"), textAt(video, "resolution")].filter((each) => each !== undefined).join(" ") ||
        undefined,
    ],
    [
      "Audio",
      audio
        .map((each) => textAt(each, "codec"))
        .filter((each) => each !== undefined)
        .join(", ") || undefined,
    ],
  ];
  return (
    <dl className="content">
      {rows.map(([name, value]) =>
        value === undefined ? null : (
          <div key={name} className="row">
            <dt className="grow">{name}</dt>
            <dd className="el">{value}</dd>
          </div>
        ),
      )}
    </dl>
  );
};
