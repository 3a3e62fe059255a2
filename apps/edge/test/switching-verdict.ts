import assert from "node:assert/strict";
import type { LiveReport } from "@bilbycast/testkit/live";
import { NO_ERRORS } from "@bilbycast/testkit/ts-checker";

const DATAGRAM_PACKETS = 7;

/**
 * Fails when a receiver had anything to notice. A section that a switch cuts is thrown away by whoever reads it, so it is no error; but there
 * are no more of them than switches. `untouched`: datagrams that left before the first switch.
 */
export const checkNothingToNotice = (output: string, { check, rtp }: LiveReport, switches: number, untouched: number): void => {
  const { brokenSection, straySection, ...errors } = check.errors;
  const { brokenSection: _, straySection: __, ...none } = NO_ERRORS;
  assert.deepEqual(errors, none, `${output}: ${JSON.stringify(check.first.slice(0, 20))}`);
  assert.ok(brokenSection <= switches && straySection <= switches, `${output}: ${brokenSection} cut and ${straySection} stray sections`);
  assert.deepEqual(rtp, { sequenceErrors: 0, sourceChanges: 0 }, output);
  assert.equal(check.duplicates, 0, output);
  assert.ok(check.discontinuityCount > 0 && check.discontinuityCount <= switches, `${output}: ${check.discontinuityCount} discontinuities`);
  const unfounded = check.discontinuities.find(({ broke, pcr, packet }) => broke || !pcr || packet < untouched * DATAGRAM_PACKETS);
  assert.equal(unfounded, undefined, `${output}: a discontinuity_indicator belongs to the first PCR after a switch`);
};
