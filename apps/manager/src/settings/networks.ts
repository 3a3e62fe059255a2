import { BlockList, isIP, isIPv6 } from "node:net";

/** 10.0.0.0/8, fd00::/8. */
export const isCidr = (text: string): boolean => {
  const [address = "", length, more] = text.split("/");
  const family = isIP(address);
  return (
    family !== 0 && more === undefined && length !== undefined && /^\d{1,3}$/.test(length) && Number(length) <= (family === 4 ? 32 : 128)
  );
};

/** Networks as one question: is this address in one of them? */
export const networksOf = (networks: readonly string[]): ((address: string) => boolean) => {
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", length = ""] = network.split("/");
    list.addSubnet(address, Number(length), isIPv6(address) ? "ipv6" : "ipv4");
  }
  return (address) => isIP(address) !== 0 && list.check(address, isIPv6(address) ? "ipv6" : "ipv4");
};

/** An IPv4 address as IPv4, also when it came over a socket for both. */
export const plainAddress = (address: string): string => {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  return mapped?.[1] ?? address;
};
