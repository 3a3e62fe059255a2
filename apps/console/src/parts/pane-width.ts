/** Bounds of an inspector's width, and a step of the keyboard. CSS pixels. */
export const NARROWEST = 248;
export const WIDEST = 376;
const STEP = 16;

export const paneWidth = (wanted: number): number => Math.round(Math.min(WIDEST, Math.max(NARROWEST, wanted)));

/** What a key makes of a pane at the right; `undefined`: nothing. */
export const widthByKey = (key: string, width: number, usual: number): number | undefined => {
  switch (key) {
    case "ArrowLeft":
      return paneWidth(width + STEP);
    case "ArrowRight":
      return paneWidth(width - STEP);
    case "Home":
      return WIDEST;
    case "End":
      return NARROWEST;
    case "Enter":
      return paneWidth(usual);
    default:
      return undefined;
  }
};
