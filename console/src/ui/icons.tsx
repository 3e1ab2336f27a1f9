import type { ReactNode } from 'react';

/** Line icons of 24 by 24, drawn in the color of the text. Decoration: the words beside them say it. */
function icon(paths: ReactNode) {
  return function Icon({ size = 20 }: { readonly size?: number }) {
    return (
      <svg
        width={size}
        height={size}
        viewBox="0 0 24 24"
        fill="none"
        stroke="currentColor"
        strokeWidth={1.8}
        strokeLinecap="round"
        strokeLinejoin="round"
        aria-hidden="true"
      >
        {paths}
      </svg>
    );
  };
}

export const AppsIcon = icon(<path d="M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h6v6h-6z" />);
export const ComputeIcon = icon(
  <path d="M7 3c0 5 10 6 10 11s-10 4-10 7M17 3c0 5-10 6-10 11s10 4 10 7M8.5 6.5h7M8.5 17.5h7" />,
);
export const ServerIcon = icon(
  <path d="M4 5h16v6H4zM4 13h16v6H4zM7.5 8h.01M7.5 16h.01M12 8h5M12 16h5" />,
);
export const NodesIcon = icon(
  <path d="M9 3h6v6H9zM3 15h6v6H3zM15 15h6v6h-6zM12 9v3M6 15v-3h12v3" />,
);
export const PeopleIcon = icon(
  <path d="M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20c0-3.5 3-6 6.5-6s6.5 2.5 6.5 6M16 4.5a3.5 3.5 0 0 1 0 6M18 14.5c2 .8 3.5 2.8 3.5 5.5" />,
);
export const AccountIcon = icon(
  <path d="M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 21c0-4 3.5-7 8-7s8 3 8 7" />,
);
export const LogoIcon = icon(
  <path d="m12 3 9 4.5-9 4.5-9-4.500zM3 12l9 4.5 9-4.500M3 16.5 12 21l9-4.5" />,
);
export const SunIcon = icon(
  <path d="M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 2v2M12 20v2M4.9 4.900l1.4 1.400M17.7 17.700l1.4 1.400M2 12h2M20 12h2M4.9 19.100l1.4-1.400M17.7 6.300l1.4-1.4" />,
);
export const MoonIcon = icon(<path d="M20 14.500A8 8 0 0 1 9.5 4 8 8 0 1 0 20 14.500z" />);
export const SignOutIcon = icon(<path d="M10 4H5v16h5M15 8l4 4-4 4M19 12H9" />);
