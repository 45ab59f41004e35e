// What Lightweight Charts asks of its companion, fancy-canvas, said for the browsers of today: a canvas with as many pixels as the screen shows
// of it, and drawing on it in pixels or in CSS's units. vite.config.ts puts it in fancy-canvas' place, which carries what browsers without ResizeObserver need.
export interface Size { width: number; height: number }

export const size = ({ width, height }: Size): Size => ({ width, height });
export const equalSizes = (one: Size, other: Size): boolean => one.width === other.width && one.height === other.height;

class Binding {
  canvasElementClientSize: Size;
  #suggested: Size | null = null;
  #listeners = new Set<() => void>();
  #observer = new ResizeObserver(([entry]) => {
    const [box] = entry?.devicePixelContentBoxSize ?? [];
    this.#suggest(box ? { width: box.inlineSize, height: box.blockSize } : this.#expected());
  });
  #allowed: (bitmap: Size, client: Size) => Size;

  constructor(public canvasElement: HTMLCanvasElement, allowed: (bitmap: Size, client: Size) => Size) {
    this.canvasElementClientSize = { width: canvasElement.clientWidth, height: canvasElement.clientHeight };
    this.#allowed = allowed;
    try {
      this.#observer.observe(canvasElement, { box: 'device-pixel-content-box' });
    } catch {
      this.#observer.observe(canvasElement); // Safari knows no other box.
    }
  }
  dispose(): void {
    this.#observer.disconnect();
    this.#listeners.clear();
  }
  get bitmapSize(): Size {
    return size(this.canvasElement);
  }
  resizeCanvasElement(client: Size): void {
    this.canvasElementClientSize = size(client);
    Object.assign(this.canvasElement.style, { width: `${client.width}px`, height: `${client.height}px` });
    this.#suggest(this.#expected());
  }
  subscribeSuggestedBitmapSizeChanged(listener: () => void): void {
    this.#listeners.add(listener);
  }
  unsubscribeSuggestedBitmapSizeChanged(listener: () => void): void {
    this.#listeners.delete(listener);
  }
  /** A canvas that gets other sizes is empty: whoever draws on it says when. */
  applySuggestedBitmapSize(): void {
    if (!this.#suggested) return;
    Object.assign(this.canvasElement, this.#suggested);
    this.#suggest(this.#suggested);
  }

  /** Until the browser has told: its edges lie on whole pixels. */
  #expected(): Size {
    const { left, top, width, height } = this.canvasElement.getBoundingClientRect(), ratio = devicePixelRatio;
    const pixels = (from: number, length: number) => Math.round((from + length) * ratio) - Math.round(from * ratio);
    return { width: pixels(left, width), height: pixels(top, height) };
  }
  #suggest(bitmap: Size): void {
    const allowed = this.#allowed(bitmap, this.canvasElementClientSize), before = this.#suggested;
    const next = equalSizes(this.bitmapSize, allowed) ? null : size(allowed);
    this.#suggested = next;
    if (next && before ? !equalSizes(next, before) : next !== before) for (const listener of this.#listeners) listener();
  }
}
export const bindCanvasElementBitmapSizeTo = (canvas: HTMLCanvasElement, { transform }: { transform: (bitmap: Size, client: Size) => Size }): Binding => new Binding(canvas, transform);

/** What is drawn with; nothing on a canvas without any area. */
export function tryCreateCanvasRenderingTarget2D({ canvasElement, canvasElementClientSize: mediaSize, bitmapSize }: Binding, options?: CanvasRenderingContext2DSettings) {
  const context = canvasElement.getContext('2d', options);
  if (!context || !(mediaSize.width * mediaSize.height * bitmapSize.width * bitmapSize.height)) return null;
  const horizontalPixelRatio = bitmapSize.width / mediaSize.width, verticalPixelRatio = bitmapSize.height / mediaSize.height;
  const within = <T>(x: number, y: number, draw: () => T): T => {
    context.save();
    context.setTransform(x, 0, 0, y, 0, 0);
    try {
      return draw();
    } finally {
      context.restore();
    }
  };
  return {
    useMediaCoordinateSpace: <T>(draw: (scope: object) => T) => within(horizontalPixelRatio, verticalPixelRatio, () => draw({ context, mediaSize })),
    useBitmapCoordinateSpace: <T>(draw: (scope: object) => T) =>
      within(1, 1, () => draw({ context, mediaSize, bitmapSize, horizontalPixelRatio, verticalPixelRatio })),
  };
}
