import { memo, useEffect, useRef, useState, type ReactNode } from "react";

/** Pixels beyond the edge of sight within which things are drawn already. */
const MARGIN = "300px 0px";

const shown = new WeakMap<Element, (isShown: boolean) => void>();
let observer: IntersectionObserver | undefined;

/** One for all places: the nearest pane that scrolls clips them. */
const watch = (place: Element, onChange: (isShown: boolean) => void): (() => void) => {
  observer ??= new IntersectionObserver((entries) => entries.forEach(({ isIntersecting, target }) => shown.get(target)?.(isIntersecting)), {
    rootMargin: MARGIN,
    scrollMargin: MARGIN,
  });
  shown.set(place, onChange);
  observer.observe(place);
  return () => {
    shown.delete(place);
    observer?.unobserve(place);
  };
};

type Given = {
  id: string;
  /** What stands there, drawn as long as the place is in sight. */
  of: (id: string) => ReactNode;
  /** Pixels that the place takes before it was ever in sight. */
  height: number;
};

/** A place in a long list that scrolls. What is out of sight is not drawn, hears nothing and keeps its height. */
export const InSight = memo(({ id, of, height }: Given) => {
  const place = useRef<HTMLDivElement>(null);
  const [isShown, setShown] = useState(false);
  const [known, setKnown] = useState(height);
  useEffect(() => {
    const { current } = place;
    return current === null
      ? undefined
      : watch(current, (isNow) => {
          if (!isNow && current.firstElementChild !== null) {
            setKnown(current.offsetHeight);
          }
          setShown(isNow);
        });
  }, []);
  return (
    <div ref={place} className="place" style={isShown ? undefined : { height: known }}>
      {isShown ? of(id) : null}
    </div>
  );
});
