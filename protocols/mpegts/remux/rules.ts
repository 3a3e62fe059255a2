/** Where the parts of a program go, by their PIDs in the output. */
export type PidOverride = {
  pmtPid?: number | undefined;
  /** Of the first video stream of the program's map. */
  videoPid?: number | undefined;
  /** Of its audio streams, in the order of the map. */
  audioPids?: readonly number[] | undefined;
  /** The one of the above that is to carry the PCR. */
  pcrPid?: number | undefined;
};

/** What is done to a transport stream on its way out. */
export type RemuxRules = {
  /** The only program that passes; all when absent. */
  programNumber?: number | undefined;
  /** By program_number. */
  overrides: ReadonlyMap<number, PidOverride>;
  /** PID to PID, applied to what the overrides have made. */
  pidMap: ReadonlyMap<number, number>;
  /** Null packets do not pass: others are put in their place. */
  dropsNulls: boolean;
};

/** Whether any table must be read. */
export const readsTables = ({ programNumber, overrides, pidMap }: RemuxRules): boolean =>
  programNumber !== undefined || overrides.size > 0 || pidMap.size > 0;
