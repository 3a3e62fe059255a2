export { catalogueForm, type CatalogueForm } from "./catalogue-form.ts";
export type { MediaAnalysis, MediaEvent, Scte35Cue, TellMedia } from "./media/form.ts";
export { MediaAnalyser } from "./media/media-analyser.ts";
