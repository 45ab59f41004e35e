// The candle chart: TradingView's Lightweight Charts with what a group adds to it. Loaded only by the page that shows one.
// Its own attribution logo is off because it brings an inline style, which our content policy refuses; the page names
// and links it in words instead.
import {
  CandlestickSeries, ColorType, createChart, createSeriesMarkers, CrosshairMode, LineStyle,
  type IChartApi, type IPriceLine, type IPrimitivePaneRenderer, type ISeriesApi, type ISeriesMarkersPluginApi, type ISeriesPrimitive, type Time, type UTCTimestamp,
} from 'lightweight-charts';
import type { Bar } from './candles';

export interface Band { from: number; to: number; label: string; used: boolean }
export interface Line { price: number; label: string; color: string; dashed?: boolean }
export interface Mark { at: number; buy: boolean; label: string }
export interface Colors { ink: string; soft: string; line: string; up: string; down: string; band: string; bandUsed: string; buy: string; sell: string }
export interface Words { locale: string; decimals: number; price: (value: number) => string }

const time = (at: number) => Math.floor(at / 1000) as UTCTimestamp;

/** Zones behind the candles, over the whole width. */
class Bands implements ISeriesPrimitive<Time> {
  list: Band[] = [];
  colors: Colors | null = null;
  series: ISeriesApi<'Candlestick'> | null = null;
  redraw: () => void = () => undefined;
  #view = { zOrder: () => 'bottom' as const, renderer: (): IPrimitivePaneRenderer => ({ draw: (target) => this.#draw(target) }) };

  attached({ requestUpdate }: { requestUpdate: () => void }): void {
    this.redraw = requestUpdate;
  }
  paneViews() {
    return [this.#view];
  }

  #draw(target: Parameters<IPrimitivePaneRenderer['draw']>[0]): void {
    target.useMediaCoordinateSpace(({ context, mediaSize }) => {
      context.font = '11px system-ui, sans-serif';
      for (const { from, to, label, used } of this.list) {
        const a = this.series?.priceToCoordinate(from), b = this.series?.priceToCoordinate(to);
        if (a === null || a === undefined || b === null || b === undefined || !this.colors) continue;
        context.fillStyle = used ? this.colors.bandUsed : this.colors.band;
        context.fillRect(0, Math.min(a, b), mediaSize.width, Math.abs(a - b));
        context.fillStyle = this.colors.soft;
        context.fillRect(0, a, mediaSize.width, 0.5); // Where the zone begins.
        if (Math.abs(a - b) > 12) context.fillText(label, 8, Math.min(a, b) + 12);
      }
    });
  }
}

export class GroupChart {
  #chart: IChartApi;
  #series: ISeriesApi<'Candlestick'>;
  #bands = new Bands();
  #marks: ISeriesMarkersPluginApi<Time>;
  #lines: IPriceLine[] = [];
  #levels: number[] = [];

  constructor(element: HTMLElement) {
    this.#chart = createChart(element, {
      autoSize: true,
      layout: { attributionLogo: false, fontFamily: 'system-ui, sans-serif', fontSize: 11 },
      crosshair: { mode: CrosshairMode.Normal },
      timeScale: { timeVisible: true, secondsVisible: false, rightOffset: 4 },
    });
    this.#series = this.#chart.addSeries(CandlestickSeries, {
      // The lines belong to what is looked at, so the scale shows those that are near, not only the candles.
      autoscaleInfoProvider: (original: () => { priceRange: { minValue: number; maxValue: number } | null } | null) => {
        const range = original()?.priceRange;
        if (!range) return null;
        const near = this.#levels.filter((level) => Math.abs(level - (range.minValue + range.maxValue) / 2) < 0.25 * range.maxValue);
        return { priceRange: { minValue: Math.min(range.minValue, ...near), maxValue: Math.max(range.maxValue, ...near) } };
      },
    });
    this.#bands.series = this.#series;
    this.#series.attachPrimitive(this.#bands);
    this.#marks = createSeriesMarkers(this.#series, []);
  }

  dress(colors: Colors, { locale, decimals, price }: Words): void {
    const clock = new Intl.DateTimeFormat(locale, { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' });
    const short = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' });
    const date = new Intl.DateTimeFormat(locale, { month: 'short', day: 'numeric' });
    this.#chart.applyOptions({
      layout: { background: { type: ColorType.Solid, color: 'transparent' }, textColor: colors.soft },
      grid: { vertLines: { color: colors.line }, horzLines: { color: colors.line } },
      rightPriceScale: { borderColor: colors.line },
      localization: { locale, priceFormatter: price, timeFormatter: (at: Time) => clock.format(1000 * (at as number)) },
      // Weights of three and less mark a change of day or more.
      timeScale: { borderColor: colors.line, tickMarkFormatter: (at: Time, kind: number) => (kind <= 2 ? date : short).format(1000 * (at as number)) },
    });
    this.#series.applyOptions({
      upColor: colors.up, wickUpColor: colors.up, borderUpColor: colors.up, downColor: colors.down, wickDownColor: colors.down, borderDownColor: colors.down,
      priceLineColor: colors.soft, priceFormat: { type: 'price', precision: decimals, minMove: 10 ** -decimals },
    });
    this.#bands.colors = colors;
    this.#bands.redraw();
  }

  fill(bars: Bar[]): void {
    this.#series.setData(bars.map((bar) => ({ ...bar, time: time(bar.at) })));
    this.#chart.timeScale().scrollToRealTime();
  }

  /** From the first bar to the last. */
  whole(): void {
    this.#chart.timeScale().fitContent();
  }

  put(bar: Bar): void {
    this.#series.update({ ...bar, time: time(bar.at) });
  }

  show(bands: Band[], lines: Line[]): void {
    this.#bands.list = bands;
    this.#levels = [...lines.map((line) => line.price), ...bands.flatMap((band) => [band.from, band.to])];
    for (const line of this.#lines) this.#series.removePriceLine(line);
    this.#lines = lines.map(({ price, label, color, dashed }) => this.#series.createPriceLine({
      price, title: label, color, lineWidth: 1, lineStyle: dashed ? LineStyle.Dashed : LineStyle.Solid, axisLabelVisible: true }));
    this.#bands.redraw();
  }

  mark(marks: Mark[], colors: Colors): void {
    this.#marks.setMarkers(marks.map(({ at, buy, label }) => ({
      time: time(at), position: buy ? 'belowBar' as const : 'aboveBar' as const, shape: buy ? 'arrowUp' as const : 'arrowDown' as const,
      color: buy ? colors.buy : colors.sell, text: label })));
  }

  remove(): void {
    this.#chart.remove();
  }
}
