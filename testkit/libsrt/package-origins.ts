/** Where packages come from: what a stanza of apt's sources says, but for the suite. */
export type PackageOrigin = { uris: string; components: string; signedBy: string | undefined };

/** The origins of the release `suite` among apt's sources, of a deb822 file (`.sources`) or of one with a line each (`.list`). */
export const originsOf = (text: string, form: "sources" | "list", suite: string): PackageOrigin[] =>
  (form === "sources" ? stanzasOf(text) : linesOf(text)).flatMap(({ suites, ...origin }) =>
    suites.split(/\s+/).includes(suite) ? [origin] : [],
  );

/** The sources of source packages of a suite at that origin, as a deb822 file. */
export const sourceStanza = ({ uris, components, signedBy }: PackageOrigin, suite: string): string =>
  [
    "Types: deb-src",
    `URIs: ${uris}`,
    `Suites: ${suite}`,
    `Components: ${components}`,
    ...(signedBy === undefined ? [] : [`Signed-By: ${signedBy}`]),
    "",
  ].join("\n");

type Stanza = PackageOrigin & { suites: string };

const stanzasOf = (text: string): Stanza[] =>
  text
    .split(/\n\s*\n/)
    .map(fieldsOf)
    .filter((fields) => fields.get("enabled") !== "no")
    .map((fields) => ({
      uris: fields.get("uris") ?? "",
      suites: fields.get("suites") ?? "",
      components: fields.get("components") ?? "",
      signedBy: fields.get("signed-by"),
    }));

/** Fields by their names in lower case; what goes on in the next line, as a key does, keeps its line breaks. */
const fieldsOf = (stanza: string): Map<string, string> => {
  const fields = new Map<string, string>();
  let last = "";
  for (const line of stanza.split("\n").filter((each) => !each.startsWith("#"))) {
    const field = /^([A-Za-z-]+):\s*(.*)$/.exec(line);
    if (field === null) {
      fields.set(last, `${fields.get(last) ?? ""}\n${line}`);
    } else {
      last = (field[1] ?? "").toLowerCase();
      fields.set(last, field[2] ?? "");
    }
  }
  return fields;
};

const linesOf = (text: string): Stanza[] =>
  text.split("\n").flatMap((line) => {
    const found = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s+(.+?)\s*$/.exec(line);
    const signedBy = /signed-by=(\S+)/.exec(found?.[1] ?? "")?.[1];
    return found === null ? [] : [{ uris: found[2] ?? "", suites: found[3] ?? "", components: found[4] ?? "", signedBy }];
  });
