/** One thing that a host does. It is given one message at a time. */
export type HostJob = {
  /** A rejection ends the job. */
  take(kind: number, body: Uint8Array): Promise<void>;
  close(): void;
};

/** Says something of this job to the process that we serve; the parts of a body lie one behind the other. */
export type Say = (kind: number, ...body: readonly Uint8Array[]) => void;
