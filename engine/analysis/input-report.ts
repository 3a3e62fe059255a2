import type { CatalogueForm } from "./catalogue-form.ts";
import type { MediaAnalysis } from "./media/form.ts";
import type { PictureTrouble } from "./pictures/picture-wishes.ts";
import type { StreamReason } from "./stream-alarms.ts";
import type { ArrivalForm, Tr101290Form } from "./tr101290-form.ts";

/** Something about an input that a person should hear of. */
export type AnalysisEvent = {
  severity: "info" | "warning" | "critical";
  category: string;
  code: string;
  message: string;
  details?: Record<string, unknown>;
};

/** What is known of an input, as plain data in the form of the API's contract. */
export type InputReport = {
  /** Counts up with each change of the catalogue. */
  catalogTick: number;
  /** There when it is another one than in the report before. */
  catalog?: CatalogueForm;
  /** There while the checks are wished for. */
  tr101290?: Tr101290Form;
  arrivals?: ArrivalForm;
  /** What is wrong with the stream now, worst first. */
  reasons?: StreamReason[];
  /** There while media analysis is wished for. */
  media?: MediaAnalysis;
  /** Why no picture can be taken; absent while one can, and while none are wished for. */
  pictureTrouble?: PictureTrouble;
};
