import type { ReactNode } from "react";

const dot = (x: number) => <circle cx={x} cy="10" r="1.4" fill="currentColor" />;

const SHAPES = {
  dashboard: <path d="M2.5 2.5h6v7h-6zM11.5 2.5h6v4h-6zM11.5 9.5h6v8h-6zM2.5 12.5h6v5h-6z" />,
  nodes: <path d="M2.5 3.5h15v5h-15zM2.5 11.5h15v5h-15zM5.5 6h.1M5.5 14h.1M12 6h3M12 14h3" />,
  alarms: <path d="M10 2.5 18 17H2zM10 8v4.5M10 14v1.2" />,
  flows: (
    <path d="M2 5h6c4 0 4 10 10 10M2 15h6c1.6 0 2.6-1.6 3.4-3.4M13 7c1-1.3 2.4-2 5-2M15.5 2.5 18 5l-2.5 2.5M15.5 12.5 18 15l-2.5 2.5" />
  ),
  admin: (
    <>
      <circle cx="10" cy="10" r="2.6" />
      <path d="M10 2v3M10 15v3M2 10h3M15 10h3M4.4 4.4l2 2M13.6 13.6l2 2M15.6 4.4l-2 2M6.4 13.6l-2 2" />
    </>
  ),
  switcher: <path d="M2.5 3.5h6v6h-6zM11.5 3.5h6v6h-6zM2.5 12.5h3v4h-3zM8.5 12.5h3v4h-3zM14.5 12.5h3v4h-3z" />,
  lock: <path d="M4.5 9h11v8.5h-11zM6.5 9V6.5a3.5 3.5 0 0 1 7 0V9" />,
  shield: <path d="M10 2.5 16.5 5v4.5c0 4-2.6 6.6-6.5 8-3.9-1.4-6.5-4-6.5-8V5z" />,
  differs: <path d="M3 7h14M3 13h14M13.5 2 6.5 18" />,
  left: <path d="m12 6-4 4 4 4" />,
  grip: <path d="M7.5 4v.1M12.5 4v.1M7.5 10v.1M12.5 10v.1M7.5 16v.1M12.5 16v.1" strokeWidth="2.4" strokeLinecap="round" />,
  key: (
    <>
      <circle cx="6.5" cy="13.5" r="3.5" />
      <path d="m9 11 8-8M13.5 6.5 16 9" />
    </>
  ),
  people: (
    <>
      <circle cx="7.5" cy="6.5" r="3" />
      <path d="M2 16.5c0-3.5 2.4-5.5 5.5-5.5s5.5 2 5.5 5.5M13 4a3 3 0 0 1 0 5.4M15 11.6c1.9.8 3 2.5 3 4.9" />
    </>
  ),
  groups: <path d="M2.5 7.5h6v9h-6zM11.5 3.5h6v13h-6zM5.5 7.5v-4h6M5 11h1M14 7.5h1M14 11h1" />,
  record: <path d="M4.5 2.5h8l3 3v12h-11zM7.5 9h5M7.5 12h5M7.5 6h2.5" />,
  down: <path d="m6 8 4 4 4-4" />,
  right: <path d="m8 6 4 4-4 4" />,
  search: (
    <>
      <circle cx="8.5" cy="8.5" r="5" />
      <path d="m12.5 12.5 5 5" />
    </>
  ),
  filter: <path d="M3 4h14l-5.5 6.5V16l-3 1v-6.5z" />,
  more: (
    <>
      {dot(4)}
      {dot(10)}
      {dot(16)}
    </>
  ),
  plus: <path d="M10 4v12M4 10h12" />,
  restart: <path d="M4 4.5v5h5M4.5 9A6.5 6.5 0 1 1 5 14" />,
  undo: <path d="M4 4.5v5h5M4.5 9A6.5 6.5 0 1 1 5 14" />,
  stop: <path d="M4.5 4.5h11v11h-11z" />,
  start: <path d="M5.5 3.5v13l10-6.5z" />,
  close: <path d="m5 5 10 10M15 5 5 15" />,
  check: <path d="m4 10.5 4 4 8-9" strokeWidth="2" />,
  link: <path d="M8 12 12 8M8.5 6 11 3.5a3.8 3.8 0 0 1 5.5 5.5L14 11.5M6 8.5 3.5 11A3.8 3.8 0 0 0 9 16.5l2.5-2.5" />,
  bell: <path d="M5 14V9a5 5 0 0 1 10 0v5l1.5 1.5h-13zM8.5 17.5h3" />,
  eye: (
    <>
      <path d="M2 10s3-5.5 8-5.5S18 10 18 10s-3 5.5-8 5.5S2 10 2 10z" />
      <circle cx="10" cy="10" r="2.4" />
    </>
  ),
  plug: <path d="M7 3v4M13 3v4M5 7h10v3a5 5 0 0 1-10 0zM10 15v3" />,
  input: <path d="M3 3.5h7M3 16.5h7M10 3.5v13M13 10H3M9.5 6.5 13 10l-3.5 3.5M17 3.5v13" />,
  copy: <path d="M7 7h10v10H7zM13 7V3H3v10h4" />,
  trash: <path d="M4 6h12M8 6V3.5h4V6M5.5 6l.7 11h7.6l.7-11M8.5 9v5M11.5 9v5" />,
} as const satisfies Readonly<Record<string, ReactNode>>;

export type IconName = keyof typeof SHAPES;

/** A picture beside a word, which says the same: never spoken. */
export const Icon = ({ name, size = 14 }: { name: IconName; size?: number }) => (
  <svg
    width={size}
    height={size}
    viewBox="0 0 20 20"
    fill="none"
    stroke="currentColor"
    strokeWidth="1.5"
    strokeLinejoin="round"
    aria-hidden
  >
    {SHAPES[name]}
  </svg>
);

/** The mark of the product; its waves have the tenant's colour. */
export const Mark = ({ size = 26 }: { size?: number }) => (
  <svg width={size} height={size} viewBox="0 0 26 26" fill="none" stroke="var(--text)" strokeWidth="2.2" role="img" aria-label="bilbycast">
    <path d="M4 3v20" />
    <path d="M4 13h6.5a5.5 5.5 0 0 1 0 10H4" />
    <path d="M12 3.5a9.5 9.5 0 0 1 10.5 9.5M12 8.5a4.5 4.5 0 0 1 5.5 4.5" stroke="var(--brand)" />
  </svg>
);
