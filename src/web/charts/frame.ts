import * as Plot from '@observablehq/plot';
import { saidOf } from '../said.js';
import type { ChartOptions } from './figure.js';

/** An entry of a legend. */
export interface Key {
  readonly label: string;
  readonly color: string;
  readonly shape: 'line' | 'dot' | 'box';
}

export const FONT = 12;
const LINE = 20;
const LETTER = 6.4;
/** Below this a chart stacks its facets and drops ticks. */
export const NARROW = 440;

/** Generous width of a label in pixels: there is no layout on the server to measure it. */
export const textWidth = (text: string): number => Math.ceil(text.length * LETTER);
export const widest = (labels: readonly string[]): number => Math.max(0, ...labels.map(textWidth));

/** Plot with the house's type, and a legend inside the SVG, so that a downloaded picture keeps it. */
export function frame(
  options: Plot.PlotOptions,
  { document, width, metric = 'accuracy' }: ChartOptions,
  keys: readonly Key[] = [],
): Element {
  const places = placed(keys, width);
  const legendHeight = keys.length === 0 ? 0 : (places.at(-1)!.line + 1) * LINE + 4;
  const { marginTop = 16, height = 240, ...rest } = options;
  const svg = Plot.plot({
    ...rest,
    document,
    width,
    height: height + legendHeight,
    marginTop: marginTop + legendHeight,
    style: { fontSize: `${FONT}px`, fontFamily: 'inherit', background: 'none', overflow: 'visible' },
  });
  // what a reader who cannot see it should know stands beside it (Figure.alt); Plot's labels of its parts would only interrupt
  svg.setAttribute('aria-hidden', 'true');
  for (const { key, x, line } of places) svg.append(entry(document, key, x, line * LINE + LINE / 2));
  if (metric !== 'accuracy') {
    const texts = [...svg.querySelectorAll('text, tspan')].filter(({ children }) => children.length === 0);
    for (const text of texts) text.textContent = saidOf(text.textContent, metric);
  }
  return svg;
}

/** Lays keys out from left to right, in as many lines as the width needs. */
function placed(keys: readonly Key[], width: number) {
  let [x, line] = [0, 0];
  return keys.map((key) => {
    const needed = 22 + textWidth(key.label) + 14;
    if (x > 0 && x + needed - 14 > width) [x, line] = [0, line + 1];
    const place = { key, x, line };
    x += needed;
    return place;
  });
}

function entry(document: Document, { label, color, shape }: Key, x: number, y: number): Element {
  const make = (tag: string, attributes: Record<string, string | number>) => {
    const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
    return element;
  };
  const group = make('g', { class: 'legend' });
  if (shape === 'line') group.append(make('path', { d: `M${x},${y}h16`, stroke: color, 'stroke-width': 2.5 }));
  else if (shape === 'dot') group.append(make('circle', { cx: x + 8, cy: y, r: 4.5, fill: color }));
  else group.append(make('rect', { x: x + 1, y: y - 6, width: 14, height: 12, rx: 2, fill: color }));
  const text = make('text', { x: x + 22, y, dy: '0.32em', 'text-anchor': 'start' });
  text.textContent = label;
  group.append(text);
  return group;
}

/** Facets lie side by side, on a narrow screen one below the other. Titles stand over each. */
export function facets(values: readonly string[], titles: Readonly<Record<string, string>>, width: number, panelHeight: number) {
  const channel = width < NARROW ? 'fy' : 'fx';
  const scale = { domain: [...values], axis: null, padding: width < NARROW ? 0.2 : 0.1 };
  return {
    channel: (of: string) => ({ [channel]: of }),
    options: {
      [channel]: scale,
      height: channel === 'fx' ? panelHeight : panelHeight * values.length,
      marginTop: 26,
    } satisfies Plot.PlotOptions,
    titles: Plot.text(values, {
      [channel]: (value: string) => value,
      text: (value: string) => titles[value] ?? value,
      frameAnchor: 'top-left',
      dy: -16,
      fontWeight: 600,
    }),
  };
}

/** A tip that follows the pointer to the nearest row. */
export const tips = <T>(
  { metric = 'accuracy' }: Pick<ChartOptions, 'metric'>,
  rows: readonly T[],
  channels: { readonly [name: string]: unknown },
  text: (row: T) => string,
): Plot.Markish =>
  Plot.tip(
    rows as T[],
    Plot.pointer({
      ...channels,
      title: (row: T) => saidOf(text(row), metric),
      fontSize: FONT,
      textPadding: 8,
      lineHeight: 1.35,
      maxRadius: 60,
    } as Plot.TipOptions),
  );

export const GRID = { stroke: 'currentColor', strokeOpacity: 0.12 } as const;

/** Accuracy in percent over epochs. */
export const epochAxes = (width: number): Plot.PlotOptions => ({
  marginLeft: 34,
  marginBottom: 40,
  x: { label: 'epoch', labelArrow: 'none', ticks: width < NARROW ? 5 : 4 },
  y: { label: null, domain: [0, 100], ticks: 5 },
});
