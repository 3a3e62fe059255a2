export { colorimetryOf, type Colorimetry } from "./colour.ts";
export { frameAt, isFlashFrame, SAMPLE_RATE, sampleOfFrame, timeOfFrame } from "./frame-grid.ts";
export { readStrip, type StripReading } from "./strip-reader.ts";
export { TestPicture, type TestPictureOptions } from "./test-picture.ts";
export { TestSound, type Samples, type TestSoundOptions } from "./test-sound.ts";
export { hashOf, TINT_COUNT, tintOf } from "./tint.ts";
