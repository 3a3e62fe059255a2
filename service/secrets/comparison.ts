import { createHash, timingSafeEqual } from "node:crypto";

/** True when both are the same; takes as long whatever the difference, and whatever the lengths. */
export const isSameSecret = (given: string, expected: string): boolean => timingSafeEqual(digest(given), digest(expected));

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
