/** Ppih. ISO/IEC 21122-2 annex A. */
const PROFILES: ReadonlyMap<number, string> = new Map([
  [0x0000, "Unrestricted"],
  [0x1500, "Light 422.10"],
  [0x1a00, "Light 444.12"],
  [0x2500, "Light-Subline 422.10"],
  [0x3240, "Main 420.12"],
  [0x3540, "Main 422.10"],
  [0x3a40, "Main 444.12"],
  [0x3e40, "Main 4444.12"],
  [0x4a40, "High 444.12"],
  [0x4e40, "High 4444.12"],
  [0x6ec0, "MLS.12"],
  [0x9300, "Light Bayer"],
  [0xb340, "Main Bayer"],
  [0xc340, "High Bayer"],
]);

/** The higher byte of Plev. */
const LEVELS: ReadonlyMap<number, string> = new Map([
  [0x00, "Unrestricted"],
  [0x04, "1k-1"],
  [0x10, "2k-1"],
  [0x20, "4k-1"],
  [0x24, "4k-2"],
  [0x28, "4k-3"],
  [0x30, "8k-1"],
  [0x34, "8k-2"],
  [0x38, "8k-3"],
  [0x40, "10k-1"],
]);

/** The lower byte of Plev: bits per pixel at most. */
const SUBLEVELS: ReadonlyMap<number, string> = new Map([
  [0x03, "2 bpp"],
  [0x04, "3 bpp"],
  [0x06, "4 bpp"],
  [0x08, "6 bpp"],
  [0x0c, "9 bpp"],
  [0x10, "12 bpp"],
  [0x80, "Full"],
]);

/** The profile's name; `undefined` for one that has none here. */
export const profileName = (ppih: number): string | undefined => PROFILES.get(ppih);

/** Level and sublevel, like "2k-1, 3 bpp"; `undefined` for a level that has no name here. */
export const levelName = (plev: number): string | undefined => {
  const level = LEVELS.get(plev >> 8);
  const sublevel = SUBLEVELS.get(plev & 0xff);
  return level === undefined || sublevel === undefined ? level : `${level}, ${sublevel}`;
};
