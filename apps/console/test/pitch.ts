import { crc32, deflateSync } from "node:zlib";

const [WIDTH, HEIGHT, SKY] = [320, 180, 54];

type Color = readonly [red: number, green: number, blue: number];

const kept = new Map<number, Buffer>();

/** A picture of its own for each name, as a PNG: a pitch with its lines, in one of many colours. */
export const pitch = (name: string): Buffer => {
  const hue = hueOf(name);
  const made = kept.get(hue) ?? png((x, y) => colorAt(hue, x, y));
  kept.set(hue, made);
  return made;
};

const hueOf = (name: string): number => Array.from(name).reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) % 360, 7);

const colorAt = (hue: number, x: number, y: number): Color => {
  const isNear = (cx: number, cy: number, radius: number): boolean => Math.hypot(x - cx, y - cy) <= radius;
  if (isNear(60 + (hue % 200), 120, 7)) {
    return [255, 255, 255];
  }
  if (isNear(250 - (hue % 150), 142, 8)) {
    return [51, 68, 170];
  }
  const isCircle = Math.abs(Math.hypot((x - 160) / 40, (y - 128) / 22) - 1) < 0.04;
  const isLine = (Math.abs(y - 100) < 1 && x >= 20 && x <= 300) || (Math.abs(x - 160) < 1 && y > SKY);
  return y < SKY ? hsl(hue, 0.3, 0.26) : isCircle || isLine ? [205, 215, 205] : hsl(90 + (hue % 70), 0.38, 0.34);
};

const hsl = (hue: number, saturation: number, light: number): Color => {
  const part = (n: number): number => {
    const k = (n + hue / 30) % 12;
    return Math.round(255 * (light - saturation * Math.min(light, 1 - light) * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  };
  return [part(0), part(8), part(4)];
};

/** Eight bits a channel, no filter: PNG (ISO/IEC 15948) §11. */
const png = (at: (x: number, y: number) => Color): Buffer => {
  const rows = Buffer.alloc(HEIGHT * (1 + WIDTH * 3));
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      rows.set(at(x, y), y * (1 + WIDTH * 3) + 1 + x * 3);
    }
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(WIDTH);
  head.writeUInt32BE(HEIGHT, 4);
  head.set([8, 2], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk("IHDR", head), chunk("IDAT", deflateSync(rows)), chunk("IEND", Buffer.alloc(0))]);
};

const chunk = (type: string, data: Buffer): Buffer => {
  const body = Buffer.concat([Buffer.from(type), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
};
