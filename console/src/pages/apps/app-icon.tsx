import { useState } from 'react';

/** The picture of an app, or its first letter on a color of its own when there is none or it does not load. */
export function AppIcon({
  name,
  title,
  icon,
}: {
  readonly name: string;
  readonly title: string;
  readonly icon: string | null;
}) {
  const [broken, setBroken] = useState(false);
  // The content policy admits no pictures of other hosts: they would learn who looks at what.
  const shown = icon !== null && /^(\.?\/|data:image\/)/.test(icon) && !broken;
  const hue = [...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 360, 7);
  return (
    <div
      className="app-icon"
      aria-hidden="true"
      style={shown ? {} : { background: `hsl(${hue} 45% 42%)` }}
    >
      {shown ? <img src={icon} alt="" onError={() => setBroken(true)} /> : title.slice(0, 1)}
    </div>
  );
}
