// The arithmetic of drawing a ladder: a price scale, and labels that don't stand on each other. Numbers here are
// pixels and prices to be drawn, never to be read or decided on.

export interface Scale { low: number; high: number; y: (price: number) => number }

/** Prices onto pixels, high ones on top, with a little air at both ends. */
export function scaleOf(prices: number[], top: number, bottom: number): Scale {
  const least = Math.min(...prices), most = Math.max(...prices);
  const air = (most - least || Math.abs(most) || 1) * 0.04;
  const low = least - air, high = most + air;
  return { low, high, y: (price) => top + ((high - price) / (high - low)) * (bottom - top) };
}

/** Moves labels apart, keeping their order, so that each has `gap` pixels and all stay between the ends. */
export function spread(wanted: number[], gap: number, top: number, bottom: number): number[] {
  const order = wanted.map((_, index) => index).sort((a, b) => wanted[a]! - wanted[b]!);
  const placed: number[] = [];
  let edge = top;
  for (const index of order) edge = (placed[index] = Math.max(wanted[index]!, edge)) + gap;
  edge = bottom;
  for (const index of order.reverse()) edge = (placed[index] = Math.min(placed[index]!, edge)) - gap;
  return placed;
}
