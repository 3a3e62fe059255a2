import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Fault } from "@bilbycast/foundation/fault";
import type { DeviceDriver } from "./driver.ts";

export type Drivers = ReadonlyMap<string, DeviceDriver>;

const OWN = fileURLToPath(new URL(".", import.meta.url));

/** Every driver: a folder with a `driver.ts` that exports `driver`, below ours and below each of `folders`. Throws the Fault `driver_unusable`. */
export const loadDrivers = async (folders: readonly string[] = []): Promise<Drivers> => {
  const drivers = new Map<string, DeviceDriver>();
  for (const path of [OWN, ...folders].flatMap((folder) => driversIn(folder))) {
    const { driver } = (await import(pathToFileURL(path).href)) as { driver?: DeviceDriver };
    if (driver === undefined || !/^[a-z0-9_]{1,64}$/.test(driver.deviceType)) {
      throw new Fault("driver_unusable", `${path} exports no driver with a device type of a-z, 0-9 and _`);
    }
    if (drivers.has(driver.deviceType)) {
      throw new Fault("driver_unusable", `There are two drivers for ${driver.deviceType}; ${path} is the second`);
    }
    drivers.set(driver.deviceType, driver);
  }
  return drivers;
};

const driversIn = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(folder, entry.name, "driver.ts"))
    .filter((path) => existsSync(path))
    .toSorted();
