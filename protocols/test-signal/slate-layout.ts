import { GLYPH_ADVANCE, GLYPH_HEIGHT } from "./font.ts";
import { TIMECODE_LENGTH } from "./frame-grid.ts";
import { textWidth } from "./lettering.ts";
import { even } from "./planes.ts";

export type Box = { x: number; y: number; width: number; height: number };

/** Letters somewhere: `scale` samples to a dot. */
export type Lettering = { x: number; y: number; scale: number; letters: number };

/** Where the parts of the slate are; what has no room is absent. All boxes have even edges. */
export type SlateLayout = {
  /** In the base colour. */
  panel: Box;
  name?: Lettering;
  /** Black, behind timecode and patch. */
  window: Box;
  timecode?: Lettering;
  patch: Box;
  track: Box;
};

/** Dots of timecode, gap, patch and the margin on each side. */
const MARGIN = 2;
const TIMECODE = textWidth(TIMECODE_LENGTH, 1);
const GAP = 4;
const PATCH = GLYPH_HEIGHT + 2 * MARGIN;
const WINDOW = MARGIN + TIMECODE + GAP + PATCH;

/**
 * Three quarters of the width and a third of the height, over the bars and clear of what lies below them. From above: the name, the timecode
 * with the flash patch at its right, the track of the sweep. Dots are whole samples; a name that is too long is cut at one sample a dot, and
 * a timecode that does not fit so is left out: then the patch has its place.
 */
export const slateLayout = (width: number, height: number, nameLetters: number): SlateLayout => {
  const panel = { x: even(width / 8), y: even(height / 4), width: even((3 * width) / 4), height: even(height / 3) };
  const scale = Math.floor(Math.min((0.94 * panel.width) / WINDOW, (0.36 * panel.height) / PATCH));
  const top = even(panel.y + 0.46 * panel.height);
  const isTold = scale >= 1;
  const windowWidth = even(isTold ? WINDOW * scale : panel.width / 2);
  const windowHeight = even(isTold ? PATCH * scale : 0.36 * panel.height);
  const window = { x: even(panel.x + (panel.width - windowWidth) / 2), y: top, width: windowWidth, height: windowHeight };
  const patchWidth = isTold ? even(PATCH * scale) : windowWidth;
  const trackWidth = even(0.9 * panel.width);
  const track = {
    x: even(panel.x + (panel.width - trackWidth) / 2),
    y: even(panel.y + 0.87 * panel.height),
    width: trackWidth,
    height: even(Math.max(2, 0.09 * panel.height)),
  };
  const name = nameLayout(panel, nameLetters);
  return {
    panel,
    ...(name === undefined ? {} : { name }),
    window,
    ...(isTold ? { timecode: { x: window.x + MARGIN * scale, y: window.y + MARGIN * scale, scale, letters: TIMECODE_LENGTH } } : {}),
    patch: { x: window.x + windowWidth - patchWidth, y: top, width: patchWidth, height: windowHeight },
    track,
  };
};

const nameLayout = (panel: Box, letters: number): Lettering | undefined => {
  const room = 0.94 * panel.width;
  const tallest = Math.floor((0.3 * panel.height) / GLYPH_HEIGHT);
  if (tallest < 1 || letters === 0) {
    return undefined;
  }
  const scale = Math.max(1, Math.min(tallest, Math.floor(room / textWidth(letters, 1))));
  const shown = Math.min(letters, Math.floor((room / scale + 1) / GLYPH_ADVANCE));
  const width = textWidth(shown, scale);
  return {
    x: even(panel.x + (panel.width - width) / 2),
    y: even(panel.y + 0.23 * panel.height - (GLYPH_HEIGHT * scale) / 2),
    scale,
    letters: shown,
  };
};
