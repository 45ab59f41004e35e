// The candle chart: TradingView's Lightweight Charts with what a group adds to it. Loaded only by the page that shows one.
// Its own attribution logo is off because it brings an inline style, which our content policy refuses; the page names
// and links it in words instead.
import {
  CandlestickSeries, ColorType, createChart, CrosshairMode, LineStyle,
  type IChartApi, type IPriceLine, type IPrimitivePaneRenderer, type IPrimitivePaneView, type ISeriesApi, type ISeriesPrimitive, type Time, type UTCTimestamp,
} from 'lightweight-charts';
import type { Bar } from './candles';

export interface Band { from: number; to: number; label: string; used: boolean }
export interface Line { price: number; label: string; color: string; dashed?: boolean }
export interface Mark { at: number; buy: boolean; label: string }
export interface Colors { ink: string; soft: string; line: string; up: string; down: string; band: string; bandUsed: string; buy: string; sell: string }
export interface Words { locale: string; decimals: number; price: (value: number) => string }

const time = (at: number) => Math.floor(at / 1000) as UTCTimestamp;

type Target = Parameters<IPrimitivePaneRenderer['draw']>[0];
const view = (zOrder: 'bottom' | 'top', draw: (target: Target) => void): IPrimitivePaneView => ({ zOrder: () => zOrder, renderer: () => ({ draw }) });
/** For an arrow and its number, above and below the bars. */
const ROOM = 30;

/** What a group adds to the candles: zones behind them over the whole width, and an arrow for each fill, under the bar it was bought in or above
    the one it was sold in. */
class Additions implements ISeriesPrimitive<Time> {
  bands: Band[] = [];
  marks: Mark[] = [];
  bars: Bar[] = [];
  colors: Colors | null = null;
  redraw: () => void = () => undefined;
  #views = [view('bottom', (target) => this.#zones(target)), view('top', (target) => this.#fills(target))];

  constructor(readonly chart: IChartApi, readonly series: ISeriesApi<'Candlestick'>) {}
  attached({ requestUpdate }: { requestUpdate: () => void }): void {
    this.redraw = requestUpdate;
  }
  paneViews() {
    return this.#views;
  }

  #draw(target: Target, draw: (context: CanvasRenderingContext2D, colors: Colors, width: number) => void): void {
    target.useMediaCoordinateSpace(({ context, mediaSize }) => {
      context.font = '11px system-ui, sans-serif';
      if (this.colors) draw(context, this.colors, mediaSize.width);
    });
  }
  #zones(target: Target): void {
    this.#draw(target, (context, colors, width) => {
      for (const { from, to, label, used } of this.bands) {
        const a = this.series.priceToCoordinate(from), b = this.series.priceToCoordinate(to);
        if (a === null || b === null) continue;
        context.fillStyle = used ? colors.bandUsed : colors.band;
        context.fillRect(0, Math.min(a, b), width, Math.abs(a - b));
        context.fillStyle = colors.soft;
        context.fillRect(0, a, width, 0.5); // Where the zone begins.
        if (Math.abs(a - b) > 12) context.fillText(label, 8, Math.min(a, b) + 12);
      }
    });
  }
  #fills(target: Target): void {
    const room = new Map<string, number>(); // Of several at one bar, each further away.
    this.#draw(target, (context, colors) => {
      context.textAlign = 'center';
      for (const { at, buy, label } of this.marks) {
        const bar = this.bars.findLast((one) => one.at <= at), x = bar && this.chart.timeScale().timeToCoordinate(time(bar.at));
        const edge = bar && this.series.priceToCoordinate(buy ? bar.low : bar.high);
        if (typeof x !== 'number' || typeof edge !== 'number') continue;
        const away = room.get(`${x}${buy}`) ?? 0, down = buy ? 1 : -1, y = edge + down * (5 + away);
        room.set(`${x}${buy}`, away + (label ? 24 : 13));
        context.fillStyle = buy ? colors.buy : colors.sell;
        context.beginPath();
        context.moveTo(x, y);
        context.lineTo(x - 6, y + down * 8);
        context.lineTo(x + 6, y + down * 8);
        context.fill();
        context.fillText(label, x, y + (buy ? 20 : -12));
      }
    });
  }
}

export class GroupChart {
  #chart: IChartApi;
  #series: ISeriesApi<'Candlestick'>;
  #additions: Additions;
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
        return { margins: { above: ROOM, below: ROOM }, priceRange: { minValue: Math.min(range.minValue, ...near), maxValue: Math.max(range.maxValue, ...near) } };
      },
    });
    this.#additions = new Additions(this.#chart, this.#series);
    this.#series.attachPrimitive(this.#additions);
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
    this.#additions.colors = colors;
    this.#additions.redraw();
  }

  fill(bars: Bar[]): void {
    this.#additions.bars = [...bars];
    this.#series.setData(bars.map((bar) => ({ ...bar, time: time(bar.at) })));
    this.#chart.timeScale().scrollToRealTime();
  }

  /** From the first bar to the last. */
  whole(): void {
    this.#chart.timeScale().fitContent();
  }

  put(bar: Bar): void {
    const { bars } = this.#additions;
    if (bars.at(-1)?.at === bar.at) bars.pop();
    bars.push(bar);
    this.#series.update({ ...bar, time: time(bar.at) });
  }

  show(bands: Band[], lines: Line[]): void {
    this.#additions.bands = bands;
    this.#levels = [...lines.map((line) => line.price), ...bands.flatMap((band) => [band.from, band.to])];
    for (const line of this.#lines) this.#series.removePriceLine(line);
    this.#lines = lines.map(({ price, label, color, dashed }) => this.#series.createPriceLine({
      price, title: label, color, lineWidth: 1, lineStyle: dashed ? LineStyle.Dashed : LineStyle.Solid, axisLabelVisible: true }));
    this.#additions.redraw();
  }

  mark(marks: Mark[]): void {
    this.#additions.marks = marks;
    this.#additions.redraw();
  }

  remove(): void {
    this.#chart.remove();
  }
}
