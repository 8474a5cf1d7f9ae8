import type { ReactNode } from 'react';

/** Line icons of 16 px. They decorate a label that is text; alone, the button around them carries the name. */
const paths = {
  search: <path d="M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9Zm3.300 7.800L14 14" />,
  menu: <path d="M2 4h12M2 8h12M2 12h12" />,
  moon: <path d="M13.5 9.5A6 6 0 0 1 6.5 2.5a6 6 0 1 0 7 7Z" />,
  sun: (
    <path d="M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6ZM8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1" />
  ),
  close: <path d="m4 4 8 8M12 4l-8 8" />,
  plus: <path d="M8 3v10M3 8h10" />,
  download: <path d="M8 2v8M4.5 7 8 10.5 11.5 7M2.5 13.5h11" />,
  upload: <path d="M8 10.5v-8M4.5 6 8 2.5 11.5 6M2.5 13.5h11" />,
  copy: <path d="M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3" />,
  left: <path d="M10 3 5 8l5 5" />,
  right: <path d="m6 3 5 5-5 5" />,
  play: <path d="M4.5 3v10l8-5z" />,
} satisfies Record<string, ReactNode>;

export function Icon({ name }: { name: keyof typeof paths }) {
  return (
    <svg
      width="16"
      height="16"
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      {paths[name]}
    </svg>
  );
}

/** The twinflower: two flowers on one stem. */
export function Logo() {
  return (
    <svg
      width="24"
      height="24"
      viewBox="0 0 24 24"
      fill="none"
      strokeLinecap="round"
      strokeWidth="2"
      aria-hidden="true"
    >
      <path d="M12 22V12M12 13c0-3-2-5-5-5M12 13c0-3 2-5 5-5" stroke="var(--primary)" />
      <path d="M2.5 8.5c0-3.5 2-5 4.5-5s2.5 2 2.5 5c-2 1.5-5 1.5-7 0Z" fill="var(--twin)" />
      <path d="M21.5 8.5c0-3.5-2-5-4.5-5s-2.5 2-2.5 5c2 1.5 5 1.5 7 0Z" fill="var(--twin)" opacity="0.8" />
    </svg>
  );
}
