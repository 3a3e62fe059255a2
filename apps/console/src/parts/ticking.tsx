import type { ComponentProps } from "react";
import "./own-layout.css";

/** Words that change while nothing else does. Their class gives them width and height: a page of a thousand boxes is not laid out for a second hand. */
export const Ticking = ({ className, children, ...rest }: ComponentProps<"span">) => (
  <span className={`own-layout ticking ${className ?? ""}`} {...rest}>
    <span>{children}</span>
  </span>
);

/** The same in the font of numbers: it is as wide as it is long. */
export const TickingNumber = ({ className, children, ...rest }: ComponentProps<"span"> & { children: string }) => (
  <Ticking className={`m ${className ?? ""}`} style={{ width: `${children.length}ch` }} {...rest}>
    {children}
  </Ticking>
);
