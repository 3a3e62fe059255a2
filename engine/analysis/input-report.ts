/** Something about an input that a person should hear of. */
export type AnalysisEvent = {
  severity: "info" | "warning" | "critical";
  category: string;
  code: string;
  message: string;
  details?: Record<string, unknown>;
};

/** What is known of an input, as plain objects in the form of the API's contract. */
export type InputReport = {
  /** Counts up with each change of the catalogue. */
  catalogTick: number;
  /** There when it is another one than in the report before. */
  catalog?: object;
  tr101290?: object;
  media?: object;
  arrivals?: object;
};
