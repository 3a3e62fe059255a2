import assert from "node:assert/strict";
import { test } from "node:test";
import { instant, seconds, type Instant, type Microseconds } from "@bilbycast/foundation/time";
import { Patience } from "../patience.ts";

const SPAN = seconds(5);
const EVERY = seconds(1);

/** A patience under a clock that is moved by hand. */
class Stage {
  readonly patience = new Patience(SPAN, EVERY);
  now: Instant = instant(0);
  #starved = 0;

  /** Looks after so long, in which the other one had no processor for `starved`. */
  lookAfter(span: Microseconds, starved: Microseconds = 0): boolean {
    this.now = instant(this.now + span);
    this.#starved += starved;
    return this.patience.look(this.now, () => this.#starved);
  }

  /** The look, counted from one, at which the other one is given up; undefined when that takes longer than a day. */
  givenUpAt(span: Microseconds, starved: Microseconds = 0): number | undefined {
    const looks = Math.ceil(seconds(86_400) / span);
    const at = Array.from({ length: looks }, () => this.lookAfter(span, starved)).indexOf(true);
    return at < 0 ? undefined : at + 1;
  }
}

test("who says nothing is given up when its time has passed, at the look behind the one that sees it", () => {
  const stage = new Stage();
  stage.patience.begin(stage.now);

  assert.equal(stage.givenUpAt(EVERY), 6);
});

test("what is awaited between two looks has its whole time", () => {
  const stage = new Stage();
  stage.patience.begin(instant(EVERY - 1));

  assert.equal(stage.givenUpAt(EVERY), 7);
});

test("nobody is given up when nothing is awaited", () => {
  const stage = new Stage();
  assert.equal(stage.givenUpAt(EVERY), undefined);

  stage.patience.begin(stage.now);
  stage.lookAfter(EVERY);
  stage.patience.end();
  assert.equal(stage.givenUpAt(EVERY), undefined);
});

test("who asks again while something is awaited gives it no more time; an answer does", () => {
  const stage = new Stage();
  stage.patience.begin(stage.now);
  for (let i = 0; i < 5; i++) {
    assert.equal(stage.lookAfter(EVERY), false);
    stage.patience.begin(stage.now);
  }
  assert.equal(stage.lookAfter(EVERY), true);

  stage.patience.again(stage.now);
  assert.equal(stage.givenUpAt(EVERY), 6);
});

test("time that the looking one lost is not the other one's: a minute in which nobody looked counts as one look", () => {
  const stage = new Stage();
  stage.patience.begin(stage.now);

  assert.equal(stage.lookAfter(seconds(60)), false);
  assert.equal(stage.lookAfter(seconds(60)), false);
  assert.equal(stage.givenUpAt(EVERY), 4);
});

test("an answer that came while nobody looked is read before anybody is judged", () => {
  const stage = new Stage();
  stage.patience.begin(stage.now);
  for (let i = 0; i < 4; i++) {
    stage.lookAfter(EVERY);
  }

  // Overdue, after a minute of our own; the pipe is read behind this look.
  assert.equal(stage.lookAfter(seconds(60)), false);
  stage.patience.end();
  assert.equal(stage.lookAfter(EVERY), false);
});

test("time in which the other one had no processor is not counted, but for a quarter: a machine that is always full has an end, too", () => {
  const [half, none] = [new Stage(), new Stage()];
  half.patience.begin(half.now);
  none.patience.begin(none.now);

  // Nobody knows before the first look what it had until then.
  assert.equal(half.givenUpAt(EVERY, EVERY / 2), 1 + 8 + 1);
  assert.equal(none.givenUpAt(EVERY, seconds(60)), 1 + 16 + 1);
});
