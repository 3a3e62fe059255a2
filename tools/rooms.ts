/** A workspace package: a layer, or one program of the apps layer. */
export type Package = {
  name: string;
  /** From the root: `engine`, `apps/edge`. */
  folder: string;
  layer: string;
  dependencies: ReadonlySet<string>;
  /** The file behind a subpath such as `/transport/declare`, by the package's exports; `undefined` when there is no such door. */
  resolve(subpath: string): string | undefined;
};

type Manifest = {
  name: string;
  exports?: Record<string, string>;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
};

/** Packages whose folders are one room: scripts that belong together. */
const ONE_ROOM = new Set(["tools", "bench", "apps"]);

/** The packages of a tree, by their manifests. */
export const packagesOf = (tree: ReadonlyMap<string, string>): Package[] =>
  [...tree]
    .filter(([file]) => /^(?:[^/]+|apps\/[^/]+)\/package\.json$/.test(file))
    .map(([file, text]) => {
      const folder = file.slice(0, -"/package.json".length);
      const manifest = JSON.parse(text) as Manifest;
      return {
        name: manifest.name,
        folder,
        layer: folder.split("/")[0] ?? folder,
        dependencies: new Set(
          [manifest.dependencies, manifest.devDependencies, manifest.optionalDependencies].flatMap((each) => Object.keys(each ?? {})),
        ),
        resolve: (subpath) => resolveExport(folder, manifest.exports ?? {}, `.${subpath}`),
      };
    });

const resolveExport = (folder: string, exports: Readonly<Record<string, string>>, subpath: string): string | undefined => {
  const exact = exports[subpath];
  if (exact !== undefined) {
    return `${folder}/${exact.slice(2)}`;
  }
  const wildcard = exports["./*"];
  return wildcard === undefined || !subpath.startsWith("./") ? undefined : `${folder}/${wildcard.slice(2).replace("*", subpath.slice(2))}`;
};

/** The package that a file lies in. */
export const packageOf = (packages: readonly Package[], file: string): Package | undefined =>
  packages.find((each) => file.startsWith(`${each.folder}/`));

/** The folder that is one module: `protocols/rtp`, `engine/io`; the package itself for files beside its folders. */
export const roomOf = (own: Package, file: string): string => {
  const [room, ...rest] = file.slice(own.folder.length + 1).split("/");
  return rest.length === 0 || ONE_ROOM.has(own.layer) ? own.folder : `${own.folder}/${room}`;
};

/** The file that others come in by. */
export const doorsOf = (own: Package, room: string): string | undefined => (room === own.folder ? undefined : `${room}/index.ts`);
