import { drawBars } from "./bars.ts";
import { BLACK, colorimetryOf, WHITE, type Colorimetry } from "./colour.ts";
import { codesOf } from "./font.ts";
import { isFlashFrame, timeOfFrame, TIMECODE_LENGTH, writeTimecode } from "./frame-grid.ts";
import { drawText } from "./lettering.ts";
import { Planes } from "./planes.ts";
import { slateLayout, type SlateLayout } from "./slate-layout.ts";
import { hasStrip } from "./strip-layout.ts";
import { StripWriter } from "./strip-writer.ts";
import { tintColour } from "./tint.ts";

export type TestPictureOptions = {
  /** 64 to 7680, even. */
  width: number;
  /** 64 to 4320, even. */
  height: number;
  /** Frames per second, 1 to 60, whole. */
  fps: number;
  /** Shown in capitals; the first 32 letters. */
  name: string;
  /** Number of the base colour; see `tintOf`. */
  tint: number;
  /** In the strip, 32 bits; see `hashOf`. */
  sourceId: number;
  /** Flash: a patch is white at the second; sweep: a bar crosses a mark besides. */
  marker: "none" | "flash" | "sweep";
  /** Of the timecode's local time from UTC, positive in the east; 0. */
  utcOffsetSeconds?: number;
};

const LONGEST_NAME = 32;
const MARK_LUMA = 126;
/** Of the track, the width of its bar. */
const BAR_SHARE = 1 / 40;

/**
 * Draws a test picture into planar 4:2:0 frames of 8 bits: colour bars, a slate with name and timecode in the source's base colour, the flash
 * and the sweep, and the strip that machines read. Frames have no number but the one since the epoch (`frameAt`).
 * `prepare` once for each buffer, then `draw` for each frame into any of them: nothing is kept about what is in which. Makes no object per frame.
 */
export class TestPicture {
  /** Bytes of a frame: Y', C'B and C'R without padding. */
  readonly size: number;
  readonly colorimetry: Colorimetry;
  readonly #options: TestPictureOptions;
  readonly #planes: Planes;
  readonly #layout: SlateLayout;
  readonly #name: Uint8Array;
  readonly #timecode = new Uint8Array(TIMECODE_LENGTH);
  readonly #strip: StripWriter | undefined;

  constructor(options: TestPictureOptions) {
    const { width, height } = options;
    this.#options = options;
    this.#planes = new Planes(width, height);
    this.size = this.#planes.size;
    this.colorimetry = colorimetryOf(width, height);
    this.#name = codesOf(options.name).subarray(0, LONGEST_NAME);
    this.#layout = slateLayout(width, height, this.#name.length);
    this.#strip = hasStrip(width, height) ? new StripWriter(this.#planes, options.sourceId) : undefined;
  }

  /** Draws what never changes. */
  prepare(frame: Uint8Array): void {
    const { panel, window, track, name } = this.#layout;
    const planes = this.#planes;
    drawBars(planes, frame, this.colorimetry);
    planes.fill(frame, panel.x, panel.y, panel.width, panel.height, tintColour(this.#options.tint, this.colorimetry));
    if (name !== undefined) {
      drawText(planes, frame, this.#name, name.letters, name.x, name.y, name.scale, WHITE[0]);
    }
    planes.fill(frame, window.x, window.y, window.width, window.height, BLACK);
    if (this.#options.marker === "sweep") {
      planes.fill(frame, track.x, track.y, track.width, track.height, BLACK);
    }
    this.#strip?.prepare(frame);
  }

  /** Draws what frame `number` since the epoch has of its own. */
  draw(frame: Uint8Array, number: number): void {
    const { fps, marker } = this.#options;
    this.#drawTimecode(frame, number);
    if (marker !== "none") {
      const { x, y, width, height } = this.#layout.patch;
      this.#planes.fillLuma(frame, x, y, width, height, isFlashFrame(number, fps) ? WHITE[0] : BLACK[0]);
    }
    if (marker === "sweep") {
      this.#drawSweep(frame, number);
    }
    this.#strip?.draw(frame, number, timeOfFrame(number, fps));
  }

  #drawTimecode(frame: Uint8Array, number: number): void {
    const { timecode, window, patch } = this.#layout;
    if (timecode === undefined) {
      return;
    }
    writeTimecode(this.#timecode, number, this.#options.fps, this.#options.utcOffsetSeconds ?? 0);
    this.#planes.fillLuma(frame, window.x, window.y, patch.x - window.x, window.height, BLACK[0]);
    drawText(this.#planes, frame, this.#timecode, timecode.letters, timecode.x, timecode.y, timecode.scale, WHITE[0]);
  }

  /** The bar goes from left to right once a second and stands on the mark in the frame that begins the second. */
  #drawSweep(frame: Uint8Array, number: number): void {
    const { x, y, width, height } = this.#layout.track;
    const planes = this.#planes;
    const bar = Math.max(2, Math.round(width * BAR_SHARE));
    const phase = ((number % this.#options.fps) / this.#options.fps + 0.5) % 1;
    const centre = Math.round((width - bar) / 2);
    planes.fillLuma(frame, x, y, width, height, BLACK[0]);
    planes.fillLuma(frame, x + centre, y, bar, height, MARK_LUMA);
    const quarter = Math.floor(height / 4);
    const left = centre + Math.round((width - bar) * (phase - 0.5));
    planes.fillLuma(frame, x + left, y + quarter, bar, height - 2 * quarter, WHITE[0]);
  }
}
