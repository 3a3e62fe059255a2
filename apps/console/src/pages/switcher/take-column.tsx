import { useEffect, useRef, useState, type ReactNode } from "react";
import { useNow } from "../../live/use-now.tsx";
import { HoldButton } from "../../parts/hold-button.tsx";
import { StateGlyph } from "../../parts/glyph.tsx";
import { Icon } from "../../parts/icon.tsx";
import { Ticking } from "../../parts/ticking.tsx";
import type { Hold, HoldAct } from "../../parts/hold.ts";
import { lastedText } from "../../words/times.ts";
import { restText, type Arming, type SafeWhy } from "./arming.ts";
import type { TakeLook } from "./take-look.ts";
import { useControl, useDeskState } from "./use-control.tsx";

type Given = {
  look: TakeLook;
  hold: Hold;
  onHold: (act: HoldAct) => void;
  label: string | undefined;
  revertHold: Hold;
  onRevertHold: (act: HoldAct) => void;
};

/** Between the monitors: whether the desk is armed, Take, and the ways back. */
export const TakeColumn = ({ look, hold, onHold, label, revertHold, onRevertHold }: Given) => {
  const isRefused = useDeskState(({ failure }) => failure !== undefined);
  return (
    <div className={isRefused ? "take has-failure" : "take"}>
      <ArmedLine />
      <TakeButton look={look} hold={hold} onHold={onHold} label={label} />
      <FailureBox />
      <RetryButton />
      <RevertButton hold={revertHold} onHold={onRevertHold} />
      <ClearButton />
    </div>
  );
};

const WHY: Readonly<Record<SafeWhy, string>> = {
  expired: "10 min without use",
  hidden: "the tab was hidden",
  reconnected: "connection was lost",
  "taken-over": "another director",
  "let-go": "made safe",
};

const ArmedLine = () => {
  const control = useControl();
  const arming = useDeskState(({ arming: each }) => each);
  const isArmed = arming.is === "armed";
  return (
    <button
      type="button"
      className={`armed ${arming.is}`}
      disabled={!isArmed}
      title={isArmed ? "Make safe" : undefined}
      onClick={() => control.arming("let-go")}
    >
      <Icon name={isArmed ? "shield" : "lock"} size={18} />
      <span>
        {isArmed ? "Armed" : "Safe"}
        <ArmedRest arming={arming} />
      </span>
    </button>
  );
};

const ArmedRest = ({ arming }: { arming: Arming }) => {
  const now = useNow();
  return arming.is === "armed" ? (
    <Ticking className="rest">{`safe again in ${restText(arming.until, now)}`}</Ticking>
  ) : (
    <small>{arming.why === undefined ? "nothing goes on air" : WHY[arming.why]}</small>
  );
};

const CAN_PRESS: ReadonlySet<TakeLook["is"]> = new Set(["safe", "armed", "hold"]);

type ButtonGiven = { look: TakeLook; hold: Hold; onHold: (act: HoldAct) => void; label: string | undefined };

const TakeButton = ({ look, hold, onHold, label }: ButtonGiven) => {
  const control = useControl();
  /** What the button was when the finger came down: a hold that armed the desk must not take as it lets go. */
  const downAs = useRef<TakeLook["is"]>(undefined);
  const isOff = !CAN_PRESS.has(look.is);
  const isHeldKind = look.is === "safe" || look.is === "hold";
  return (
    <button
      type="button"
      className={`tk ${look.is} ${hold.is}`}
      aria-disabled={isOff}
      aria-keyshortcuts="Space"
      tabIndex={-1}
      onPointerDown={(event) => {
        downAs.current = look.is;
        if (event.button === 0 && isHeldKind) {
          event.currentTarget.setPointerCapture(event.pointerId);
          onHold("press");
        }
      }}
      onPointerUp={() => onHold("release")}
      onPointerCancel={() => onHold("release")}
      onClick={(event) => {
        if (event.detail === 0 && isHeldKind) {
          onHold("tap");
        } else if (event.detail === 0 || downAs.current === "armed") {
          control.press(false);
        }
      }}
      onContextMenu={(event) => event.preventDefault()}
    >
      {label === undefined || look.is === "safe" || look.is === "nothing" || look.word !== "TAKE" ? null : (
        <span className="to">{label}</span>
      )}
      <span className="word">{look.word}</span>
      <small>{hold.is === "confirming" ? "Enter confirms" : look.small}</small>
      {isHeldKind ? (
        <span className="fill" aria-hidden>
          <i />
        </span>
      ) : null}
      <span className="spoken" role="status">
        {hold.is === "confirming" ? "Press Enter within 3 seconds to confirm." : ""}
      </span>
    </button>
  );
};

const FailureBox = () => {
  const control = useControl();
  const failure = useDeskState(({ failure: each }) => each);
  return failure === undefined ? null : (
    <div className="failure" role="alert">
      <b>
        <StateGlyph state="critical" size={12} silent />
        <span className="el grow">{failure.asked}</span>
        <button type="button" aria-label="Close" onClick={() => control.dismiss()}>
          <Icon name="close" size={12} />
        </button>
      </b>
      {failure.sentence}
      <span className="m">{failure.code}</span>
    </div>
  );
};

/** Drawn anew often enough while something is offered for a time. */
const useTick = (isOn: boolean): void => {
  const [, tick] = useState(0);
  useEffect(() => {
    if (!isOn) {
      return undefined;
    }
    const timer = window.setInterval(() => tick((n) => n + 1), 500);
    return () => window.clearInterval(timer);
  }, [isOn]);
};

const RetryButton = () => {
  const control = useControl();
  const isPartial = useDeskState((_, { retryable }) => retryable);
  return isPartial ? (
    <button type="button" className="sub strong" tabIndex={-1} disabled={control.whyNotAir() !== undefined} onClick={() => control.retry()}>
      Retry failed
    </button>
  ) : null;
};

const RevertButton = ({ hold, onHold }: { hold: Hold; onHold: (act: HoldAct) => void }) => {
  const control = useControl();
  const takeId = useDeskState(({ take }) => take?.overAt);
  const found = control.revertible();
  useTick(found !== undefined || takeId !== undefined);
  const rest = found === undefined ? undefined : <Ticking className="rest">{lastedText(found.rest).replace(/\.\d/, "")}</Ticking>;
  const keys: ReactNode = <kbd>Ctrl Z</kbd>;
  return (
    <div className="revert" onPointerEnter={() => control.lookAtRevert("pointer")} onPointerLeave={() => control.lookAway()}>
      {found?.needsHold === true ? (
        <HoldButton className={`sub ${hold.is}`} onHeld={() => control.revert(true)}>
          <span>Hold to revert </span>
          {rest}
          {keys}
        </HoldButton>
      ) : (
        <button
          type="button"
          className="sub"
          tabIndex={-1}
          disabled={found === undefined}
          onClick={() => (onHold("release"), control.revert(false))}
        >
          <span>Revert {rest}</span>
          {keys}
        </button>
      )}
    </div>
  );
};

const ClearButton = () => {
  const control = useControl();
  const isEmpty = useDeskState((_, { pvwId }) => pvwId === undefined);
  return (
    <button type="button" className="sub" tabIndex={-1} disabled={isEmpty || !control.canWrite} onClick={() => control.load(undefined)}>
      <span>Clear PVW</span>
      <kbd>Esc</kbd>
    </button>
  );
};
