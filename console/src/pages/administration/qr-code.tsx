import qrcode from 'qrcode-generator';

const QUIET = 4;

/** A QR code, dark on light whatever the page looks like, so that every camera reads it. */
export function QrCode({ content, label }: { readonly content: string; readonly label: string }) {
  const code = qrcode(0, 'M');
  code.addData(content);
  code.make();
  const size = code.getModuleCount();
  let path = '';
  for (let row = 0; row < size; row++)
    for (let column = 0; column < size; column++)
      if (code.isDark(row, column)) path += `M${column + QUIET} ${row + QUIET}h1v1h-1z`;
  const side = size + 2 * QUIET;
  return (
    <svg width={220} height={220} viewBox={`0 0 ${side} ${side}`} role="img" aria-label={label}>
      <rect width={side} height={side} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}
