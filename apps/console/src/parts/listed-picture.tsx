import { useEffect, useState } from "react";
import { PacedStill, type Still, type StillLoader } from "../live/paced-still.ts";
import { onTick } from "../live/use-now.tsx";
import { Picture } from "./picture.tsx";

type Given = Parameters<typeof Picture>[0];

/** One of many pictures of a page, each of which another takes the place of every few seconds: all that came within a second are drawn together. */
export const ListedPicture = ({ src, takenAt, ...rest }: Given) => <Picture {...rest} {...usePaced({ src, takenAt })} />;

const usePaced = ({ src, takenAt }: Still): Still => {
  const [still] = useState(() => new PacedStill({ src, takenAt }, load));
  const [shown, setShown] = useState(still.shown);
  useEffect(() => {
    if (still.want({ src, takenAt })) {
      setShown(still.shown);
    }
  }, [still, src, takenAt]);
  useEffect(
    () =>
      onTick(() => {
        if (still.tick()) {
          setShown(still.shown);
        }
      }),
    [still],
  );
  return shown;
};

/** Its `decode` would make a frame of the page, which is what is saved: small pictures are decoded where they are drawn. */
const load: StillLoader = (src) =>
  new Promise((resolve, reject) => {
    const image = new Image();
    image.addEventListener("load", () => resolve(image));
    image.addEventListener("error", reject);
    image.src = src;
  });
