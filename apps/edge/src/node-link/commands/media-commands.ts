import { Fault } from "@bilbycast/foundation/fault";
import type { Handlers } from "./desk.ts";

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** The files of the media folder. */
export const mediaCommands: Handlers<"list_media" | "scan_media" | "upload_media_chunk" | "delete_media"> = {
  list_media: (_, { media }) => media.list(),
  scan_media: ({ name }, { media }) => media.scan(name),
  upload_media_chunk: ({ data_b64: text, ...chunk }, { media }) => {
    if (!BASE64.test(text)) {
      throw new Fault("invalid_value", "upload_media_chunk cannot take this: data_b64 is no base64", { details: { field: "data_b64" } });
    }
    return media.upload(chunk, Buffer.from(text, "base64"));
  },
  delete_media: ({ name }, { media }) => media.delete(name),
};
