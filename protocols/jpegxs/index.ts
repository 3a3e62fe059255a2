export { readJpegXsDescriptor, type JpegXsDescriptor } from "./descriptor.ts";
export { readJpegXsPicture, type JpegXsPicture } from "./picture.ts";
