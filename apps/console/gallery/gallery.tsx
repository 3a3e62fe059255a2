import { useState } from "react";
import { Banner } from "../src/parts/banner.tsx";
import { ConditionBar } from "../src/parts/condition-bar.tsx";
import { Confirm } from "../src/parts/confirm.tsx";
import { Empty, FilteredToNone, Refused } from "../src/parts/empty.tsx";
import { SecretField, SelectField, SwitchField, TextField } from "../src/parts/field.tsx";
import { StateGlyph, type State } from "../src/parts/glyph.tsx";
import { HoldButton } from "../src/parts/hold-button.tsx";
import { Meter } from "../src/parts/meter.tsx";
import { Metric } from "../src/parts/metric.tsx";
import { Monitor, NoScreen } from "../src/parts/monitor.tsx";
import { Picture } from "../src/parts/picture.tsx";
import { Segment } from "../src/parts/segment.tsx";
import { TallyChip, type Tally } from "../src/parts/tally-chip.tsx";
import { tell, Toasts } from "../src/parts/toasts.tsx";
import { BigTable } from "./big-table.tsx";
import "./gallery.css";

const STATES: readonly State[] = ["good", "warning", "critical", "unknown", "off"];
const TALLIES: readonly Tally[] = ["on-air", "next", "taking", "unknown"];
const STILL = `data:image/svg+xml,${encodeURIComponent('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 9"><rect width="16" height="9" fill="#2f7a3c"/><path d="M8 0v9" stroke="#fff" stroke-width=".2"/></svg>')}`;
const LOSS = Array.from({ length: 60 }, (_, i) => (i > 20 && i < 26 ? undefined : i < 40 ? 0.2 + (i % 3) * 0.05 : 1.8 + (i % 4) * 0.3));

/** Every part in every state, on one page: what is tested, looked at and compared with the reference pictures. */
export const Gallery = () => {
  const [now] = useState(() => Date.now());
  return (
    <main className="gallery scroll">
      <h1>Parts</h1>
      <section aria-label="State and tally">
        <h2>State and tally</h2>
        <div className="row">
          {STATES.map((state) => (
            <StateGlyph key={state} state={state} size={16} />
          ))}
          {TALLIES.map((tally) => (
            <TallyChip key={tally} tally={tally} />
          ))}
          <span className="chip crit">
            <StateGlyph state="critical" size={11} silent />
            Critical
          </span>
          <span className="chip comm">committed</span>
        </div>
      </section>
      <section aria-label="Banners">
        <h2>Banners</h2>
        <Banner kind="lost" title="Connection lost 4 s ago." aside={<span className="dim">next try 2 s</span>}>
          Shown: 16:32:04.
        </Banner>
        <Banner kind="back" title="Back after 14 s.">
          3 things changed.
        </Banner>
        <Banner kind="warning" title="T. Okafor took over this desk.">
          You can watch.
        </Banner>
      </section>
      <section aria-label="Pictures">
        <h2>Pictures</h2>
        <div className="row three">
          <Picture of="live" src={STILL} takenAt={now - 400} />
          <Picture of="dimmed" src={STILL} takenAt={now - 14_000} />
          <Picture of="gone" src={STILL} takenAt={now - 72_000} />
        </div>
        <div className="row three">
          <Monitor tally="pvw" word="PVW" name="REPLAY A" facts="NGA-OB1, evs-a">
            <Picture of="REPLAY A" src={STILL} takenAt={now} />
          </Monitor>
          <Monitor tally="pgm" word="PGM" name="MATCH" aside={<span className="m">41:12</span>} facts="NGA-OB1, cam-match">
            <Picture of="MATCH" src={STILL} takenAt={now} />
          </Monitor>
          <Monitor tally="pend" word="TAKING" name="SECRET" facts="">
            <NoScreen>Needs Viewer. Ask an admin.</NoScreen>
          </Monitor>
        </div>
      </section>
      <section aria-label="Numbers">
        <h2>Numbers</h2>
        <div className="metrics">
          <Metric
            name="Bitrate"
            value="18.4"
            unit="Mbit/s"
            history={LOSS.map((value) => (value === undefined ? undefined : 18 + value / 4))}
          />
          <Metric name="Loss" value="2.31" unit="%" history={LOSS} over={{ severity: "critical", reason: "limit 1" }} />
          <Metric name="Round trip" value={undefined} unit="no data 33 min" />
        </div>
        <div className="row">
          {[0.4, 0.84, 1.1].map((share) => (
            <Meter key={share} label={`Used ${share}`} share={share} width={120} />
          ))}
          <Meter label="After a change" share={0.6} added={0.1} width={120} />
          <Meter label="Unknown" share={undefined} width={120} />
          <ConditionBar firstAt={now - 900_000} lastAt={now} clearedAt={undefined} count={1} tone="critical" now={now} />
        </div>
      </section>
      <Controls />
      <section aria-label="Empty and refused">
        <h2>Empty and refused</h2>
        <Empty title="No routines yet">A routine does a list of actions at a time you choose.</Empty>
        <FilteredToNone what="nodes" onClear={() => undefined} />
        <Refused sentence="AMS-DST1 refused the assembly." code="pid_bus_clock_mismatch">
          <span className="mid">Slot English has a source on another PTP domain.</span>
        </Refused>
      </section>
      <BigTable />
      <Toasts />
    </main>
  );
};

const Controls = () => {
  const [text, setText] = useState("7001");
  const [word, setWord] = useState("correct horse");
  const [mode, setMode] = useState("caller");
  const [isOn, setOn] = useState(true);
  const [held, setHeld] = useState(0);
  const [isOpen, setOpen] = useState(false);
  return (
    <section aria-label="Controls" className="controls">
      <h2>Controls</h2>
      <TextField
        label="Local port"
        value={text}
        onChange={setText}
        problem="Port 7001 is taken by output EU direct. Use 7004."
        code="port_conflict"
      />
      <SecretField label="Passphrase" value={word} onChange={setWord} isSet />
      <SelectField label="Key length" value="32" onChange={() => undefined} options={[{ value: "32", label: "AES-256" }]} hint="Of AES." />
      <SwitchField label="Enforce encryption" isOn={isOn} onChange={setOn} hint="Refuse who has another passphrase." />
      <Segment
        label="Mode"
        value={mode}
        onChange={setMode}
        options={[
          { value: "caller", label: "Caller" },
          { value: "listener", label: "Listener" },
          { value: "rendezvous", label: "Rendezvous" },
        ]}
      />
      <div className="row">
        <HoldButton onHeld={() => setHeld(held + 1)}>Hold to stop</HoldButton>
        <output aria-label="Held">{held}</output>
        <button type="button" className="btn" onClick={() => setOpen(true)}>
          Stop World feed dirty
        </button>
        <button
          type="button"
          className="btn"
          onClick={() =>
            tell({
              kind: "partial",
              text: "3 of 4 flows stopped. HBR-OB1 did not answer.",
              action: { label: "Retry 1", act: () => setHeld(100) },
            })
          }
        >
          Tell
        </button>
        <button type="button" className="btn pri" disabled>
          Not allowed
        </button>
      </div>
      <Confirm
        title="Stop World feed dirty"
        sentence="3 outputs go dark. 2 are on air."
        impacts={[
          { key: "b", name: "Local monitor", where: "NGA-OB1" },
          { key: "a", name: "Programme UK, MCR main", where: "LDN-MCR1", isOnAir: true },
        ]}
        keep="Keep running"
        act="Hold to stop, 2 on air"
        isHeld
        isOpen={isOpen}
        onClose={() => setOpen(false)}
        onAct={() => setHeld(held + 10)}
      />
    </section>
  );
};
