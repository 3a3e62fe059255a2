import { setU16, u16 } from "@bilbycast/foundation/bytes";
import { readDescriptors, writeDescriptors, type Descriptor } from "./descriptors.ts";
import { readDvbText } from "./dvb-text.ts";
import { NETWORK_NAME, writeNetworkName } from "./service-descriptors.ts";
import { writeEntry } from "./service-information.ts";
import { bodyRoom, joined, LONGEST_PSI_SECTION, packEntries, writeSections } from "./section-table.ts";
import { headOf, readSection, type SectionHead } from "./section.ts";

const NIT_ACTUAL = 0x40;
const NIT_OTHER = 0x41;
/** Bytes of both loop lengths. */
const LENGTHS = 4;

/** network_information_section. EN 300 468 §5.2.1. */
export type NetworkInformation = SectionHead & {
  networkId: number;
  isActual: boolean;
  /** From the network name descriptor, where there is one; in a table of several sections it stands in the first. */
  name?: string;
  /** All other descriptors of the network; views of the section, like those of its streams. */
  descriptors: Descriptor[];
  transportStreams: NetworkStream[];
};

export type NetworkStream = { transportStreamId: number; originalNetworkId: number; descriptors: Descriptor[] };

/** `undefined` for anything that is no right NIT section. */
export const readNetworkInformation = (bytes: Uint8Array): NetworkInformation | undefined => {
  const section = readSection(bytes);
  if (section === undefined || (section.tableId !== NIT_ACTUAL && section.tableId !== NIT_OTHER) || section.body.length < LENGTHS) {
    return undefined;
  }
  const { body } = section;
  const descriptorsEnd = 2 + (u16(body, 0) & 0x0fff);
  if (descriptorsEnd + 2 > body.length) {
    return undefined;
  }
  const all = readDescriptors(body, 2, descriptorsEnd);
  const named = all.find(({ tag }) => tag === NETWORK_NAME);
  const transportStreams: NetworkStream[] = [];
  for (let at = descriptorsEnd + 2; at + 6 <= body.length;) {
    const end = at + 6 + (u16(body, at + 4) & 0x0fff);
    if (end > body.length) {
      break;
    }
    transportStreams.push({
      transportStreamId: u16(body, at),
      originalNetworkId: u16(body, at + 2),
      descriptors: readDescriptors(body, at + 6, end),
    });
    at = end;
  }
  return {
    ...headOf(section),
    networkId: section.tableIdExtension,
    isActual: section.tableId === NIT_ACTUAL,
    ...(named === undefined ? {} : { name: readDvbText(named.data) }),
    descriptors: all.filter((each) => each !== named),
    transportStreams,
  };
};

/** A table of any size, in as many sections as it takes: the network's descriptors first, its streams behind them. */
export const writeNetworkInformationTable = (table: Omit<NetworkInformation, "sectionNumber" | "lastSectionNumber">): Uint8Array[] => {
  const { networkId: tableIdExtension, versionNumber, currentNextIndicator } = table;
  const head = { tableId: table.isActual ? NIT_ACTUAL : NIT_OTHER, tableIdExtension, versionNumber, currentNextIndicator };
  const room = bodyRoom(LONGEST_PSI_SECTION) - LENGTHS;
  const all = [...(table.name === undefined ? [] : [writeNetworkName(table.name)]), ...table.descriptors];
  const descriptors = packEntries(
    all.map((each) => writeDescriptors([each])),
    room,
  );
  const shared = descriptors.length - 1;
  const streams = packEntries(table.transportStreams.map(writeStream), room, room - (descriptors[shared]?.length ?? 0));
  const none = new Uint8Array(0);
  const bodies = Array.from({ length: shared + streams.length }, (_, i) => body(descriptors[i] ?? none, streams[i - shared] ?? none));
  return writeSections(head, bodies);
};

const writeStream = ({ transportStreamId, originalNetworkId, descriptors }: NetworkStream): Uint8Array => {
  const fixed = new Uint8Array(6);
  setU16(fixed, 0, transportStreamId);
  setU16(fixed, 2, originalNetworkId);
  return writeEntry(fixed, undefined, descriptors);
};

/** Both loops, each behind its length. */
const body = (descriptors: Uint8Array, streams: Uint8Array): Uint8Array => {
  const lengths = new Uint8Array(LENGTHS);
  setU16(lengths, 0, 0xf000 | descriptors.length);
  setU16(lengths, 2, 0xf000 | streams.length);
  return joined(lengths.subarray(0, 2), descriptors, lengths.subarray(2), streams);
};
