import assert from "node:assert/strict";
import { effectOf } from "@bilbycast/testkit/conformance";
import type { TestSignalSpec } from "@bilbycast/engine/transport";
import { HandDriven } from "./test/hand-driven.ts";

const asked = (fields: Record<string, unknown>): TestSignalSpec => {
  const session = new HandDriven();
  session.open(fields).close();
  const [spec] = session.specs;
  assert.ok(spec !== undefined);
  return spec;
};

const tells =
  (fields: Record<string, unknown>, expected: { [Name in keyof TestSignalSpec]?: TestSignalSpec[Name] | undefined }) => (): void => {
    const spec = asked(fields);
    for (const [name, value] of Object.entries(expected)) {
      assert.deepEqual(spec[name as keyof TestSignalSpec], value, name);
    }
  };

const SOUND = { channels: 2, toneHz: 1_000, toneDbfs: -20, content: "tone", kbps: 128 } as const;
const ASKS = "what the encoder is asked for";

effectOf("input.width", ASKS, tells({ width: 640 }, { width: 640 }));
effectOf("input.height", ASKS, tells({ height: 360 }, { height: 360 }));
effectOf("input.fps", ASKS, tells({ fps: 50 }, { fps: 50 }));
effectOf("input.video_bitrate_kbps", ASKS, tells({ video_bitrate_kbps: 900 }, { videoKbps: 900 }));
effectOf("input.audio_enabled", ASKS, tells({ audio_enabled: false }, { audio: undefined }));
effectOf("input.tone_hz", ASKS, tells({ tone_hz: 440 }, { audio: { ...SOUND, toneHz: 440 } }));
effectOf("input.tone_dbfs", ASKS, tells({ tone_dbfs: -9 }, { audio: { ...SOUND, toneDbfs: -9 } }));
effectOf("input.audio_channels", ASKS, tells({ audio_channels: 6 }, { audio: { ...SOUND, channels: 6, kbps: 384 } }));
effectOf("input.audio_content", ASKS, tells({ audio_content: "channel_ident" }, { audio: { ...SOUND, content: "channel_ident" } }));
effectOf("input.av_sync_marker", ASKS, tells({ av_sync_marker: true }, { marker: "flash" }));
effectOf("input.av_sync_style", ASKS, tells({ av_sync_marker: true, av_sync_style: "sweep" }, { marker: "sweep" }));
effectOf("input.screen_id", ASKS, () => {
  assert.deepEqual([asked({ screen_id: "Studio" }).name, asked({}).name], ["Studio", "bars-in"]);
});
effectOf("input.ts_packets_per_datagram", "the size of the units", () => {
  const session = new HandDriven();
  session.open({ ts_packets_per_datagram: 3 });
  session.run(1_000_000);
  assert.ok(session.written.length > 100 && session.written.every(({ unit }) => unit.length === 3 * 188));
});
