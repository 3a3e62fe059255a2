export type SplitAddress = { host: string; port: number; family: 4 | 6 };

/** The parts of `ip:port`, IPv6 in brackets; `undefined` for anything else. Names are not resolved: a media node must not depend on DNS. */
export const splitAddress = (text: string): SplitAddress | undefined => {
  const match = /^(?:\[([0-9a-fA-F:.]+(?:%[\w.-]+)?)\]|([0-9.]+)):(\d{1,5})$/.exec(text);
  if (match === null) {
    return undefined;
  }
  const [, six, four, digits] = match;
  const port = Number(digits);
  if (port > 65_535) {
    return undefined;
  }
  if (six !== undefined && isIpv6(six)) {
    return { host: six, port, family: 6 };
  }
  return four !== undefined && isIpv4(four) ? { host: four, port, family: 4 } : undefined;
};

/** Dotted quad, no leading zeroes. */
export const isIpv4 = (text: string): boolean => {
  const parts = text.split(".");
  return parts.length === 4 && parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
};

/** RFC 4291 §2.2, with an optional `%scope`. */
export const isIpv6 = (text: string): boolean => {
  const [bare = "", scope, ...more] = text.split("%");
  if (more.length > 0 || scope === "") {
    return false;
  }
  const halves = bare.split("::");
  if (halves.length > 2) {
    return false;
  }
  const count = halves.map((half) => (half === "" ? 0 : groupCount(half)));
  if (count.includes(-1)) {
    return false;
  }
  const groups = count.reduce((sum, n) => sum + n, 0);
  return halves.length === 2 ? groups <= 7 : groups === 8;
};

export const isIpAddress = (text: string): boolean => isIpv4(text) || isIpv6(text);

/** 224.0.0.0/4 and ff00::/8. */
export const isMulticast = (host: string): boolean => {
  if (isIpv4(host)) {
    const first = Number(host.split(".")[0]);
    return first >= 224 && first <= 239;
  }
  return isIpv6(host) && /^ff[0-9a-f]{2}:/i.test(host);
};

/** 16-bit groups in a half, a dotted quad at its end counting as two; -1 when it is malformed. */
const groupCount = (half: string): number => {
  const groups = half.split(":");
  const last = groups.at(-1) ?? "";
  const quad = last.includes(".");
  const hex = quad ? groups.slice(0, -1) : groups;
  if ((quad && !isIpv4(last)) || !hex.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) {
    return -1;
  }
  return hex.length + (quad ? 2 : 0);
};
