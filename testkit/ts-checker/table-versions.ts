import { u16 } from "@bilbycast/foundation/bytes";
import { countUp, type Findings } from "./check-report.ts";
import { sameBytes, type Section } from "./sections.ts";
import { isEventOfThisStream, TABLE, tableName } from "./table-names.ts";

/** From here on a step of the 5-bit version counts as one back. */
const BACK = 16;

/** A sub-table as it came last. */
type SubTable = {
  pid: number;
  tableId: number;
  extension: number;
  version: number;
  last: number;
  /** What each section says, without its version; as far as sections of this version have come. */
  bodies: Map<number, Uint8Array>;
  /** The version before, while sections of this one are still missing. */
  replaced: number | undefined;
};

/**
 * Versions of tables: a receiver looks at a table again only when its version differs, so what changes without a new version goes unseen,
 * and an old version that comes back is a change too many. ISO/IEC 13818-1 §2.4.4.5, §2.4.4.9; EN 300 468 §5.1.1.
 */
export class TableVersions {
  readonly changes: Record<string, number> = {};
  jumps = 0;
  readonly #findings: Findings;
  readonly #isStrict: boolean;
  readonly #tables = new Map<string, SubTable>();

  constructor(findings: Findings, isStrict: boolean) {
    this.#findings = findings;
    this.#isStrict = isStrict;
  }

  judge(section: Section, number: number): void {
    const key = keyOf(section);
    const known = this.#tables.get(key);
    if (known === undefined) {
      this.#displace(section);
      this.#tables.set(key, begin(section, undefined));
    } else if (known.version === section.version) {
      this.#compare(known, section, number);
    } else {
      this.#change(known, section, number);
      this.#tables.set(key, begin(section, section.last === 0 ? undefined : known.version));
    }
  }

  /** The PAT has changed: what belongs to programs that it no longer names is gone, also for a receiver. */
  keepPrograms(isNamed: (programNumber: number, pmtPid: number | undefined) => boolean): void {
    for (const [key, { tableId, extension, pid }] of this.#tables) {
      const isGone = tableId === TABLE.pmt ? !isNamed(extension, pid) : isEventOfThisStream(tableId) && !isNamed(extension, undefined);
      if (isGone) {
        this.#tables.delete(key);
      }
    }
  }

  /** A stream has one network and one description of its own services: another one takes the place of the first. */
  #displace({ pid, tableId }: Section): void {
    if (tableId !== TABLE.nitActual && tableId !== TABLE.sdtActual) {
      return;
    }
    for (const [key, table] of this.#tables) {
      if (table.pid === pid && table.tableId === tableId) {
        this.#tables.delete(key);
      }
    }
  }

  #compare(known: SubTable, section: Section, number: number): void {
    const body = known.bodies.get(section.number);
    const hasChanged = known.last !== section.last || (body !== undefined && !sameBytes(body, bodyOf(section)));
    if (hasChanged) {
      this.#add(section, number, `changed and kept version ${section.version}`);
      known.last = section.last;
    }
    known.bodies.set(section.number, bodyOf(section));
    if (known.bodies.size > known.last) {
      known.replaced = undefined;
    }
  }

  #change(known: SubTable, section: Section, number: number): void {
    const step = (section.version - known.version) & 0x1f;
    countUp(this.changes, tableName(section.tableId) ?? "");
    if (step !== 1) {
      this.jumps++;
    }
    if (known.replaced === section.version) {
      this.#add(section, number, `sections of version ${known.version} and ${section.version} are mixed`);
    } else if (step >= BACK || (step !== 1 && this.#isStrict)) {
      this.#add(section, number, `version ${known.version} to ${section.version}`);
    }
  }

  #add({ pid, tableId, extension }: Section, number: number, what: string): void {
    this.#findings.add("version", pid, number, `${tableName(tableId)} ${extension}: ${what}`);
  }
}

const begin = (section: Section, replaced: number | undefined): SubTable => ({
  pid: section.pid,
  tableId: section.tableId,
  extension: section.extension,
  version: section.version,
  last: section.last,
  bodies: new Map([[section.number, bodyOf(section)]]),
  replaced,
});

/** What a section of the PAT says includes the number of its stream. The bytes of a section are lent. */
const bodyOf = ({ tableId, extension, body }: Section): Uint8Array =>
  tableId === TABLE.pat ? Uint8Array.of(extension >>> 8, extension, ...body) : body.slice();

/** A stream has one PAT and one CAT. Services and events are told apart by their network too: EN 300 468 §5.2.3, §5.2.4. */
const keyOf = ({ pid, tableId, extension, body }: Section): string => {
  const name = tableName(tableId);
  if (name === "pat" || name === "cat") {
    return `${pid}/${tableId}`;
  }
  const stream = name === "sdt" ? `/${u16(body, 0)}` : name === "eit" ? `/${u16(body, 0)}/${u16(body, 2)}` : "";
  return `${pid}/${tableId}/${extension}${stream}`;
};
