export { AnalysisHandle, type AnalysisHooks } from "./analysis-handle.ts";
export type { AnalysisEvent, InputReport } from "./input-report.ts";
export { TABLES_ALONE } from "./orders.ts";
export type { AnalysisMessage, AnalysisWishes } from "./orders.ts";
export { AlarmState, type AlarmRule, type AlarmTurn } from "./alarm-state.ts";
export { CHECK_FIELDS, type CheckField } from "./check-fields.ts";
export {
  MDI_LIMITS,
  STREAM_ALARMS,
  StreamAlarms,
  streamReasons,
  type AlarmChange,
  type MdiLimits,
  type StreamReason,
} from "./stream-alarms.ts";
export { InputAnalysis } from "./input-analysis.ts";
export { StreamAnalysis, type AnalysisSnapshot } from "./stream-analysis.ts";
export {
  arrivalForm,
  tr101290Form,
  type ArrivalForm,
  type EvidenceForm,
  type IntervalForm,
  type MdiForm,
  type PcrForm,
  type Tr101290Form,
} from "./tr101290-form.ts";
export { catalogueForm, type CatalogueForm } from "./catalogue-form.ts";
export type { MediaAnalysis, MediaEvent, Scte35Cue, TellMedia } from "./media/form.ts";
export { identify } from "./media/stream-identity.ts";
export { MediaAnalyser } from "./media/media-analyser.ts";
export { PICTURE_ALARMS, PictureAlarms, type PictureAlarm, type PictureAlarmChange } from "./pictures/picture-alarms.ts";
export { PicturePicker, type PickedUnits } from "./pictures/picture-picker.ts";
export type { PictureTrouble, PictureTroubleCode, PictureWishes } from "./pictures/picture-wishes.ts";
export { AnalysisHost } from "./analysis-host.ts";
