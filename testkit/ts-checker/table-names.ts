/** The tables that are judged: ISO/IEC 13818-1 table 2-31, EN 300 468 table 2. */
export const TABLE = { pat: 0x00, cat: 0x01, pmt: 0x02, nitActual: 0x40, sdtActual: 0x42 } as const;

const EIT_FIRST = 0x4e;
const EIT_LAST = 0x6f;

/** `undefined` for a table that is not judged. */
export const tableName = (tableId: number): string | undefined => (tableId >= EIT_FIRST && tableId <= EIT_LAST ? "eit" : NAMES[tableId]);

const NAMES: Readonly<Record<number, string>> = {
  0x00: "pat",
  0x01: "cat",
  0x02: "pmt",
  0x40: "nit",
  0x41: "nit",
  0x42: "sdt",
  0x46: "sdt",
};

/** The tables with a PID of their own. ISO/IEC 13818-1 table 2-3, EN 300 468 table 1. */
export const PID = { pat: 0x00, cat: 0x01, nit: 0x10, sdt: 0x11, eit: 0x12 } as const;

/** Where a table id has no business it is not judged: a private table may use any. */
export const belongs = (name: string, pid: number, isMapPid: boolean, networkPid: number): boolean =>
  name === "pmt" ? isMapPid : name === "nit" ? pid === PID.nit || pid === networkPid : pid === PID[name as keyof typeof PID];

/** Events of the services of this very stream: present and following, and schedule. EN 300 468 §5.2.4. */
export const isEventOfThisStream = (tableId: number): boolean => tableId === EIT_FIRST || (tableId >= 0x50 && tableId <= 0x5f);

/** Lowest PID that ISO/IEC 13818-1 and EN 300 468 leave to programs. */
export const FIRST_FREE_PID = 0x20;
