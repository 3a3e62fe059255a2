/** A form of text that JSON Schema has a name for, or that nodes name beyond it, and what to write instead. */
export type Format = { fits: (text: string) => boolean; remedy: string };

const isIpv4 = (text: string): boolean => /^(\d{1,3})(\.\d{1,3}){3}$/.test(text) && text.split(".").every((part) => Number(part) <= 255);
const isIpv6 = (text: string): boolean =>
  text.includes(":") && /^[0-9a-f:]+(%\w+)?(\d+\.\d+\.\d+\.\d+)?$/i.test(text) && URL.canParse(`http://[${text.replace(/%\w+$/, "")}]/`);
const isIp = (text: string): boolean => isIpv4(text) || isIpv6(text);

/** `10.0.0.1:5000` or `[::1]:5000`, taken apart; `undefined` for anything else. */
export const splitSocket = (text: string): { host: string; port: number } | undefined => {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  return host === undefined || port > 65_535 ? undefined : { host, port };
};

const isSocket = (text: string): boolean => isIp(splitSocket(text)?.host ?? "");

export const FORMATS: Readonly<Record<string, Format | undefined>> = {
  "socket-address": { fits: isSocket, remedy: "Write an IP address and a port, like 10.0.0.1:5000 or [::1]:5000." },
  "ip-address": { fits: isIp, remedy: "Write an IP address without a port, like 10.0.0.1 or ::1." },
  uuid: {
    fits: (text) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text),
    remedy: "Write a UUID, like 6f1c2c1e-6f0b-4f0c-9b51-0d4f3c6f6b6a.",
  },
};
