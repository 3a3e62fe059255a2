import { useEffect, useState } from "react";
import { watchPicture, type Shown } from "../live/watch-picture.tsx";
import { Picture } from "./picture.tsx";

type Given = {
  nodeId: string;
  flowId: string;
  of: string;
  /** Where the newest is, and when it was taken, as the node's card says: shown until the first live one is here. */
  src: string | undefined;
  takenAt: number | undefined;
};

/** A flow as it is now: five pictures a second while this stands and the tab is in front, and no longer. */
export const LivePicture = ({ nodeId, flowId, of, src, takenAt }: Given) => {
  const shown = useLivePictures(nodeId, flowId);
  return <Picture of={of} src={shown?.url ?? src} takenAt={shown?.takenAt ?? takenAt} />;
};

const useLivePictures = (nodeId: string, flowId: string): Shown | undefined => {
  const [shown, setShown] = useState<Shown>();
  useEffect(() => {
    const stop = watchPicture({ nodeId, flowId }, setShown);
    return () => {
      stop();
      setShown(undefined);
    };
  }, [nodeId, flowId]);
  return shown;
};
