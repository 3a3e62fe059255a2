/** Values of the custom properties of one theme, by name without the dashes. */
export type Palette = ReadonlyMap<string, string>;

export type Theme = "dark" | "light" | "contrast";

/** The palettes of a style sheet: what a theme does not say is that of `:root`. */
export const palettesOf = (css: string): Readonly<Record<Theme, Palette>> => {
  const plain = css.replaceAll(/\/\*[\s\S]*?\*\//g, "");
  const dark = valuesIn(plain, ":root");
  const over = (theme: Theme): Palette => new Map([...dark, ...valuesIn(plain, `[data-theme="${theme}"]`)]);
  return { dark, light: over("light"), contrast: over("contrast") };
};

const valuesIn = (css: string, selector: string): Map<string, string> => {
  const start = css.indexOf(`${selector} {`);
  const body = start < 0 ? "" : css.slice(start, css.indexOf("}", start));
  return new Map([...body.matchAll(/--([\w-]+):\s*([^;]+);/g)].map((match) => [match[1] ?? "", (match[2] ?? "").trim()]));
};

/** Contrast of two opaque colours, 1 to 21. WCAG 2.2, "contrast ratio". */
export const contrast = (one: string, other: string): number => {
  const [light = 1, dark = 0] = [luminance(one), luminance(other)].toSorted((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
};

/** WCAG 2.2, "relative luminance", of `#rgb` or `#rrggbb`. */
const luminance = (colour: string): number => {
  const digits = colour.slice(1);
  const pairs = digits.length === 3 ? Array.from(digits, (digit) => digit + digit) : (digits.match(/../g) ?? []);
  const [red = 0, green = 0, blue = 0] = pairs.map((pair) => {
    const share = Number.parseInt(pair, 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
};
