import type { InputStats } from "@bilbycast/contracts/edge-api";
import type { FlowSnapshot, PartSnapshot } from "@bilbycast/engine/flow";

/** Every picture is made in this size. */
export const THUMBNAIL_SIZE = { width: 320, height: 180 } as const;

/** What is told of an input's pictures. `nowMs`: the wall clock. */
export const thumbnailOf = (snapshot: PartSnapshot | undefined, nowMs: number): Pick<InputStats, "thumbnail"> => {
  const pictures = snapshot?.pictures;
  if (pictures === undefined) {
    return {};
  }
  const { picture, isLive, alarms, trouble } = pictures;
  const [alarm] = alarms;
  return {
    thumbnail: {
      ...(picture === undefined
        ? {}
        : {
            taken_unix_ms: Math.round(picture.takenAtMs),
            age_ms: ageOf(picture.takenAtMs, nowMs),
            number: picture.number,
            bytes: picture.bytes,
            ...THUMBNAIL_SIZE,
            source_width: picture.width,
            source_height: picture.height,
            mean_luma: Math.round(picture.luma * 10) / 10,
          }),
      live: isLive,
      ...(alarm === undefined ? {} : { alarm }),
      alarms: [...alarms],
      ...(trouble === undefined ? {} : { absent: trouble }),
    },
  };
};

/** Milliseconds since the picture was on the wire. A clock that was set back makes no picture of the future. */
export const ageOf = (takenAtMs: number, nowMs: number): number => Math.max(0, Math.round(nowMs - takenAtMs));

/** Why there is no picture of an input, or of the flow's active one. */
export const absenceOf = (flow: FlowSnapshot | undefined, inputId: string | undefined): { code: string; message: string } => {
  if (flow === undefined) {
    return { code: "flow_not_running", message: "the flow does not run" };
  }
  const id = inputId ?? flow.activeInputId;
  const input = flow.inputs.find((candidate) => candidate.id === id);
  if (input === undefined) {
    return { code: "no_input", message: "the flow has no active input" };
  }
  if (input.state !== "running") {
    return { code: "input_not_running", message: "the input is not open" };
  }
  if (input.pictures === undefined) {
    return { code: "thumbnail_off", message: "the flow's thumbnail is false" };
  }
  return input.pictures.trouble ?? { code: "pending", message: "the first one is being made" };
};
