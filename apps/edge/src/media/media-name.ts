import { MEDIA_NAME } from "@bilbycast/contracts/node-link";
import { Fault } from "@bilbycast/foundation/fault";

/** The name of a file in the media folder and nowhere else. Throws the Fault `media_name_invalid`. */
export const mediaName = (name: string): string => {
  if (!MEDIA_NAME.test(name)) {
    const message =
      "The name of a media file must be 1 to 255 letters, digits, dots, dashes, underscores and blanks, and begin with no dot";
    throw new Fault("media_name_invalid", message, { details: { field: "name" } });
  }
  return name;
};
