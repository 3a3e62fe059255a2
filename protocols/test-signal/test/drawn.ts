import { TestPicture, type TestPictureOptions } from "../index.ts";

export const SIZES: readonly (readonly [width: number, height: number])[] = [
  [1280, 720],
  [1920, 1080],
  [720, 576],
  [320, 180],
  [322, 4320],
  [7680, 182],
  [1366, 768],
];

/** A second that begins with frame 25 times it. */
export const NOON = 1_800_014_400;
export const FPS = 25;

export const picture = (options: Partial<TestPictureOptions> = {}): TestPicture =>
  new TestPicture({ width: 1280, height: 720, fps: FPS, name: "Camera 1", tint: 0, sourceId: 0xcafe_f00d, marker: "flash", ...options });

/** A new buffer with the whole of one frame. */
export const drawn = (options: Partial<TestPictureOptions> = {}, frame = NOON * FPS): Uint8Array => {
  const made = picture(options);
  const bytes = new Uint8Array(made.size);
  made.prepare(bytes);
  made.draw(bytes, frame);
  return bytes;
};

/** Luma scaled by the mean of the area that each new sample covers. */
export const scaled = (luma: Uint8Array, width: number, height: number, newWidth: number, newHeight: number): Uint8Array => {
  const [stepX, stepY] = [width / newWidth, height / newHeight];
  const out = new Uint8Array(newWidth * newHeight);
  for (let y = 0; y < newHeight; y++) {
    for (let x = 0; x < newWidth; x++) {
      out[y * newWidth + x] = areaMean(luma, width, x * stepX, y * stepY, stepX, stepY);
    }
  }
  return out;
};

const areaMean = (luma: Uint8Array, width: number, left: number, top: number, across: number, down: number): number => {
  let sum = 0;
  for (let row = Math.floor(top); row < top + down - 1e-9; row++) {
    const rowPart = Math.min(row + 1, top + down) - Math.max(row, top);
    for (let column = Math.floor(left); column < left + across - 1e-9; column++) {
      sum += rowPart * (Math.min(column + 1, left + across) - Math.max(column, left)) * (luma[row * width + column] ?? 0);
    }
  }
  return Math.round(sum / (across * down));
};
