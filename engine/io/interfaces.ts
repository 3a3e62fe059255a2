import { readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { ipBytes } from "@bilbycast/foundation/address";

/** Every IPv6 address of this network namespace with the index and the name of its interface: 32 hex digits, hex index, ..., name. */
const TABLE = "/proc/net/if_inet6";

type Row = { address: string; index: number; name: string };

/** Index of the interface that has this IPv6 address, or that the scope behind `%` names; `undefined` when there is none. */
export const interfaceIndex = (address: string): number | undefined => {
  const scope = scopeOf(address);
  if (scope !== undefined) {
    return scopeIndex(scope);
  }
  const digits = ipBytes(address)
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
  return table().find((row) => row.address === digits)?.index;
};

/** Number of the scope behind `%`, which is an interface's name or its number; 0 when there is none or it is not known here. */
export const scopeNumber = (address: string): number => {
  const scope = scopeOf(address);
  return scope === undefined ? 0 : (scopeIndex(scope) ?? 0);
};

/** The form in which the runtime's own sockets want the interface that has this address: itself, or `::%name`. */
export const interfaceWord = (address: string): string => {
  if (!address.includes(":")) {
    return address;
  }
  const scope = scopeOf(address);
  const wanted = ipBytes(address).join();
  const name = Object.entries(networkInterfaces()).find(([, rows]) =>
    rows?.some((row) => row.family === "IPv6" && ipBytes(row.address).join() === wanted),
  )?.[0];
  return `::%${scope ?? name ?? ""}`;
};

const scopeOf = (address: string): string | undefined => address.split("%")[1];

const scopeIndex = (scope: string): number | undefined =>
  /^\d+$/.test(scope) ? Number(scope) : table().find((row) => row.name === scope)?.index;

const table = (): Row[] => {
  try {
    return readFileSync(TABLE, "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => {
        const [address = "", index = "", , , , name = ""] = line.trim().split(/\s+/);
        return { address, index: Number.parseInt(index, 16), name };
      });
  } catch {
    return [];
  }
};
