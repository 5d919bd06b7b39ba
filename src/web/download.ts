import type { Tables } from '../analyses/analysis.js';
import { csv } from './csv.js';
import type { Embedded } from './embed.js';

/** Hands a file to the reader; it is made here, nothing is fetched. */
export function save(name: string, type: string, content: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([content], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

export const saveCsv = (section: Embedded, tables: Tables, name: string): void =>
  save(`${section.id}-${name}.csv`, 'text/csv;charset=utf-8', csv(tables[name] ?? []));

export const saveJson = (section: Embedded, tables: Tables): void =>
  save(`${section.id}.json`, 'application/json', `${JSON.stringify({ ...section, tables }, null, 2)}\n`);

const PAINTED = ['fill', 'stroke', 'color'] as const;

/** A figure as a file of its own: colours resolved, in the light scheme, on white. */
export function saveSvg(section: Embedded, figure: string, svg: SVGSVGElement, alt: string): void {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const stage = document.createElement('div');
  stage.style.cssText = 'color-scheme:light;color:#1c1e21;position:absolute;left:-9999px';
  stage.append(copy);
  document.body.append(stage);
  for (const element of [copy, ...copy.querySelectorAll<SVGElement>('*')]) {
    const style = getComputedStyle(element);
    for (const name of PAINTED) {
      const written = element.getAttribute(name);
      if (written?.startsWith('var(') || written === 'currentColor') element.setAttribute(name, style[name]);
    }
  }
  stage.remove();
  for (const tip of copy.querySelectorAll('[aria-label=tip]')) tip.remove();
  copy.removeAttribute('aria-hidden');
  copy.setAttribute('role', 'img');
  copy.setAttribute('aria-label', alt);
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  copy.setAttribute('font-family', 'system-ui, sans-serif');
  copy.style.fontFamily = '';
  copy.style.background = '#ffffff';
  save(`${section.id}-${figure}.svg`, 'image/svg+xml', new XMLSerializer().serializeToString(copy));
}
