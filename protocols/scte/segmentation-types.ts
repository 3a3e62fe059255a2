/** Things that begin with a type and end with the next one. ANSI/SCTE 35 table 23. */
const PAIRS: readonly (readonly [number, string])[] = [
  [0x10, "Program"],
  [0x20, "Chapter"],
  [0x22, "Break"],
  [0x24, "Opening Credit"],
  [0x26, "Closing Credit"],
  [0x30, "Provider Advertisement"],
  [0x32, "Distributor Advertisement"],
  [0x34, "Provider Placement Opportunity"],
  [0x36, "Distributor Placement Opportunity"],
  [0x38, "Provider Overlay Placement Opportunity"],
  [0x3a, "Distributor Overlay Placement Opportunity"],
  [0x3c, "Provider Promo"],
  [0x3e, "Distributor Promo"],
  [0x40, "Unscheduled Event"],
  [0x42, "Alternate Content Opportunity"],
  [0x44, "Provider Ad Block"],
  [0x46, "Distributor Ad Block"],
  [0x50, "Network"],
];

const NAMES: ReadonlyMap<number, string> = new Map([
  [0x00, "Not Indicated"],
  [0x01, "Content Identification"],
  [0x02, "Private"],
  [0x12, "Program Early Termination"],
  [0x13, "Program Breakaway"],
  [0x14, "Program Resumption"],
  [0x15, "Program Runover Planned"],
  [0x16, "Program Runover Unplanned"],
  [0x17, "Program Overlap Start"],
  [0x18, "Program Blackout Override"],
  [0x19, "Program Join"],
  [0x1a, "Program Immediate Resumption"],
  ...PAIRS.flatMap(([id, name]): [number, string][] => [
    [id, `${name} Start`],
    [id + 1, `${name} End`],
  ]),
]);

/** The name of a segmentation_type_id. */
export const segmentationTypeName = (typeId: number): string => NAMES.get(typeId) ?? "Reserved";
