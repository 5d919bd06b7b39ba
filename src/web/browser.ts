// The page's script: redraws every chart at its container's width, with tips, and hands out files. The page reads without it.
import type { Tables } from '../analyses/analysis.js';
import { CHARTS } from './charts/registry.js';
import { innerTables } from './said.js';
import { saveCsv, saveJson, saveSvg } from './download.js';
import { unpack, type Embedded } from './embed.js';
import { themeButton } from './theme.js';

const sections = new Map((JSON.parse(document.getElementById('data')!.textContent) as Embedded[]).map((section) => [section.id, section]));
const unpacked = new Map<string, Tables>();

function tablesOf(section: Embedded): Tables {
  const tables = unpacked.get(section.id) ?? unpack(section);
  unpacked.set(section.id, tables);
  return tables;
}

function draw(chart: HTMLElement): void {
  const section = sections.get(chart.dataset['section'] ?? '');
  const figure = section && CHARTS[section.analysis]?.find(({ name }) => name === chart.dataset['figure']);
  const width = Math.floor(chart.clientWidth);
  if (!figure || width === 0 || chart.dataset['width'] === String(width)) return;
  const drawn = figure.draw(innerTables(tablesOf(section)), { document, width, metric: section.metric, given: section.options });
  chart.dataset['width'] = String(width);
  if (drawn) chart.replaceChildren(drawn);
}

/** Charts are drawn when they come near the screen, and again when their width changes. */
function watch(charts: Iterable<HTMLElement>): void {
  const resized = new ResizeObserver((entries) => {
    for (const { target } of entries) draw(target as HTMLElement);
  });
  const seen = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (!isIntersecting) continue;
        seen.unobserve(target);
        resized.observe(target);
      }
    },
    { rootMargin: '600px' },
  );
  for (const chart of charts) seen.observe(chart);
}

function download({ dataset }: HTMLElement): void {
  const section = sections.get(dataset['section'] ?? '');
  if (!section) return;
  if (dataset['csv'] !== undefined) saveCsv(section, tablesOf(section), dataset['csv']);
  else if (dataset['json'] !== undefined) saveJson(section, tablesOf(section));
  else if (dataset['svg'] !== undefined) {
    const chart = document.querySelector(`.chart[data-section="${section.id}"][data-figure="${dataset['svg']}"]`);
    const svg = chart?.querySelector('svg');
    if (svg) saveSvg(section, dataset['svg'], svg, chart!.getAttribute('aria-label') ?? '');
  }
}

/** Paper has no clicks: methods are opened for it, and closed again. */
function printing(): void {
  let opened: HTMLDetailsElement[] = [];
  addEventListener('beforeprint', () => {
    opened = [...document.querySelectorAll<HTMLDetailsElement>('details.method:not([open])')];
    for (const details of opened) details.open = true;
  });
  addEventListener('afterprint', () => {
    for (const details of opened) details.open = false;
  });
}

document.documentElement.classList.add('js');
watch(document.querySelectorAll<HTMLElement>('.chart'));
document.addEventListener('click', ({ target }) => {
  const button = target instanceof Element ? target.closest<HTMLElement>('.download') : null;
  if (button) download(button);
});
themeButton(document.getElementById('theme')!);
printing();
