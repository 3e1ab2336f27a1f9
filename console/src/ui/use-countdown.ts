import { useEffect, useState } from 'react';

/** The seconds left of a wait that the server asked for, counting down to 0. */
export function useCountdown(refusal: { readonly retryAfter: number | null } | null): number {
  const [left, setLeft] = useState(0);
  useEffect(() => {
    if (!refusal?.retryAfter) return setLeft(0);
    const end = Date.now() + refusal.retryAfter * 1000;
    const tick = (): void => setLeft(Math.max(0, Math.ceil((end - Date.now()) / 1000)));
    tick();
    const timer = setInterval(tick, 250);
    return () => clearInterval(timer);
  }, [refusal]);
  return left;
}
