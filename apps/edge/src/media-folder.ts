import { join } from "node:path";

/** Where the media library is: BILBYCAST_MEDIA_DIR, else the user's data folder, else `./media`. It need not exist. */
export const mediaFolder = (environment: Readonly<Record<string, string | undefined>>): string => {
  const { BILBYCAST_MEDIA_DIR: own, XDG_DATA_HOME: data, HOME: home } = environment;
  if (own !== undefined && own !== "") {
    return own;
  }
  if (data !== undefined && data !== "") {
    return join(data, "bilbycast", "media");
  }
  return home !== undefined && home !== "" ? join(home, ".bilbycast", "media") : "./media";
};
