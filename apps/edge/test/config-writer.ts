import { writeSync } from "node:fs";
import { ConfigStore } from "../src/config-store.ts";
import { Control } from "../src/control.ts";
import { MemoryEngine } from "./memory-engine.ts";
import { declarations, wireInput } from "./test-declarations.ts";

// Changes the configuration of `process.argv[2]` for ever, several changes at a time, from the number `process.argv[3]` on. Each
// change writes its number into both files. Says "ready", and the number of each change when it is acknowledged.

const [path = "", first = "1"] = process.argv.slice(2);
const AT_A_TIME = 4;

writeSync(1, "ready\n");
const store = await ConfigStore.open(path, declarations);
await store.keepIdentity();
const control = new Control({ store, engine: new MemoryEngine(), declarations, onChange: () => undefined });
await control.start();

let next = Number(first);
const change = async (): Promise<void> => {
  for (;;) {
    const number = next++;
    await control.change((draft) => {
      draft.document["device_name"] = String(number);
      draft.document["setup_token"] = `token ${number}`;
      draft.document["inputs"] = Array.from({ length: number % 7 }, (_, i) => wireInput(`input-${i}`, 5000 + i));
    });
    writeSync(1, `${number}\n`);
  }
};
await Promise.all(Array.from({ length: AT_A_TIME }, change));
