import { COLORS, strangerColors, variableOf } from './palette.js';

/** name → [light, dark]. Text reaches 7:1 on the page, notes 4.5:1. */
const TOKENS: Readonly<Record<string, readonly [light: string, dark: string]>> = {
  '--page': ['#ffffff', '#14161a'],
  '--raised': ['#f6f6f4', '#1d2026'],
  '--ink': ['#1c1e21', '#e8e8e6'],
  '--quiet': ['#595d63', '#a6abb3'],
  '--line': ['#dcdcd8', '#343941'],
  '--link': ['#0b5a8f', '#7fc1f2'],
  '--caution': ['#b98900', '#d9ae3c'],
  '--both-right': ['#e3e3df', '#363b43'],
  '--both-wrong': ['#4f545b', '#9aa0a8'],
  '--on-mark': ['#ffffff', '#111316'],
  ...Object.fromEntries(Object.entries(COLORS).map(([kind, pair]) => [variableOf(kind), pair])),
};
type Pairs = Readonly<Record<string, readonly [light: string, dark: string]>>;
const declared = (tokens: Pairs, value: (pair: readonly [string, string]) => string) =>
  Object.entries(tokens)
    .map(([name, pair]) => `${name}:${value(pair)}`)
    .join(';');
const schemes = (tokens: Pairs): string =>
  `:root{color-scheme:light dark;${declared(tokens, ([light]) => light)}}
@supports (color:light-dark(#000,#fff)){:root{${declared(tokens, ([light, dark]) => `light-dark(${light},${dark})`)}}}`;

/** Colours of roles that only this page knows; '' without any. */
export function strangerStyle(kinds: Iterable<string>): string {
  const colors = Object.entries(strangerColors(kinds)).map(([kind, pair]) => [variableOf(kind), pair] as const);
  return colors.length === 0 ? '' : schemes(Object.fromEntries(colors));
}

/** The page's only style sheet. System fonts; `light-dark()` follows color-scheme, which the reader's system or the button sets. */
export const STYLE = `
${schemes(TOKENS)}
:root[data-theme=light]{color-scheme:light}
:root[data-theme=dark]{color-scheme:dark}
*{box-sizing:border-box}
html{font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;color:var(--ink);background:var(--page);-webkit-text-size-adjust:100%;scroll-padding-top:1rem}
body{margin:0}
a{color:var(--link);text-underline-offset:.15em;text-decoration-thickness:1px}
:focus-visible{outline:2px solid var(--link);outline-offset:2px;border-radius:2px}
sub{font-size:.72em;line-height:0}
.word{white-space:nowrap}
.skip{position:absolute;left:-999rem}
.skip:focus{left:1rem;top:.5rem;background:var(--page);z-index:2}
.page{max-width:1420px;margin:0 auto;padding:0 1.25rem 4rem}
h1{font-size:clamp(1.7rem,1.2rem + 2.2vw,2.6rem);line-height:1.15;letter-spacing:-.015em;margin:0 0 1.5rem;font-weight:700;text-wrap:balance;max-width:24em}
h2{font-size:1.55rem;line-height:1.2;letter-spacing:-.01em;margin:0 0 .25rem;font-weight:650}
h3{font-size:1.05rem;margin:0 0 .4rem;font-weight:650}
h4{font-size:.86rem;margin:1rem 0 .4rem;font-weight:600}
.eyebrow{margin:2.5rem 0 .5rem;color:var(--quiet);font-size:.88rem}
.note,.caption{color:var(--quiet);font-size:.82rem;line-height:1.45}
nav{font-size:.86rem;line-height:1.4;padding-top:1rem}
nav ol,nav ul{list-style:none;margin:0;padding:0}
nav a{color:var(--quiet);text-decoration:none}
nav a:hover{color:var(--ink);text-decoration:underline}
nav>ol{display:flex;flex-wrap:wrap;gap:.3rem 1.1rem}
nav ul{display:none}
.advice{margin-top:2.2rem;max-width:62rem}
.advice h2{font-size:1.3rem}
.advice h3{font-size:.92rem;margin:1rem 0 .3rem}
.advice dl{margin:.6rem 0 0}
.advice dl>div{padding:.6rem 0;border-top:1px solid var(--line)}
.advice dt{font-weight:650;color:var(--ink)}
.advice dd{margin:.3rem 0 0}
.advice dd p{margin:0;max-width:72ch;text-wrap:pretty}
.absent dl{margin:.6rem 0 0;max-width:62rem}
.absent dl>div{padding:.6rem 0;border-top:1px solid var(--line)}
.absent dt{font-weight:650}
.absent dd{margin:.2rem 0 0;max-width:72ch;text-wrap:pretty}
.advice .verdict{font-size:.82rem;font-weight:700;border:1px solid currentColor;border-radius:4px;padding:0 .4rem;white-space:nowrap}
.advice .yes{color:var(--c-p)}
.advice .no{color:var(--c-ri-t)}
.advice .undecided{color:var(--quiet)}
.missing{border-top:1px solid var(--line);font-size:.92rem}
.missing ul{margin:0;padding-left:1.1rem}
.paper table{white-space:normal;font-size:.86rem;width:100%;max-width:72rem}
.paper th,.paper td{text-align:left;vertical-align:top;padding:.5rem .9rem .5rem 0;border-top:1px solid var(--line);font-weight:400}
.paper thead th{color:var(--quiet);border-top:0}
.paper tbody th{font-weight:600;color:var(--ink);max-width:24rem}
.paper th .note{font-weight:400;margin:.2rem 0 0}
.paper .verdict{white-space:nowrap}
.paper .reproduced{font-weight:650}
.paper .undecided{color:var(--quiet)}
@media (max-width:640px){.paper thead{display:none}.paper tr,.paper th,.paper td{display:block;padding:.15rem 0;border:0}.paper tbody th{max-width:none;margin-top:1rem;border-top:1px solid var(--line);padding-top:.6rem}.paper .verdict{margin-bottom:.5rem}}
.summary ul{margin:.6rem 0 0;padding:0;list-style:none;max-width:62rem}
.summary li a{display:block}
.summary li{padding:.55rem 0;border-top:1px solid var(--line)}
.summary li:last-child{border-bottom:1px solid var(--line)}
.summary h2{font-size:1.05rem}
.summary a{font-size:.86rem}
.summary p{margin:0;max-width:68ch;text-wrap:pretty}
.summary div+div{margin-top:.4rem}
.summary .basis{margin:.1rem 0 0;font-size:.78rem}
.summary{margin-top:2.2rem}
.roles{margin:1.2rem 0 0;max-width:70ch;font-size:.9rem}
.roles dl{margin:0}
.roles dl div{display:grid;grid-template-columns:3.2rem 1fr}
.roles dt{font-weight:700}
.roles dd{margin:0}
.group{margin-top:4.5rem;padding-top:1.2rem;border-top:2px solid var(--ink)}
.question{margin:0 0 1.6rem;color:var(--quiet);font-size:1.05rem;max-width:60ch;text-wrap:pretty}
.targets{display:grid;grid-template-columns:minmax(0,1fr);gap:0 2.75rem}
.targets.tables{gap:1.5rem 2.75rem;align-items:start;margin-top:1.5rem}
article{min-width:0;margin-bottom:1rem}
article:only-child{max-width:48rem}
article+article{margin-top:1.5rem}
.answer{font-size:1.05rem;line-height:1.5;margin:0;max-width:68ch;text-wrap:pretty}
.basis{margin:.45rem 0 1.6rem;color:var(--quiet);font-size:.88rem;max-width:68ch}
figure{margin:0 0 2rem;position:relative;min-width:0}
figcaption.title{font-size:.92rem;font-weight:600;margin:0 3.5rem .5rem 0}
figure .caption{margin:.35rem 0 0;max-width:68ch}
figure>.download{position:absolute;top:-.1rem;right:0}
.chart svg{display:block;max-width:100%;height:auto;--plot-background:var(--page)}
.chart{min-width:0}
.gallery ul{display:grid;grid-template-columns:repeat(auto-fill,minmax(4.9rem,1fr));gap:.9rem .6rem;margin:0;padding:0;list-style:none}
.gallery li{display:flex;flex-direction:column;font-size:.74rem;line-height:1.3;min-width:0;overflow-wrap:anywhere}
.gallery img{background:#fff;border-radius:6px;padding:4px;width:64px;height:64px;border:1px solid var(--line);margin-bottom:.25rem}
.gallery .label{font-weight:650;font-size:.8rem}
.gallery .said{color:var(--quiet)}
.galleries:not(:empty){margin-bottom:1.5rem}
.cautions{margin:0 0 1.2rem;padding:.1rem 0 .1rem 1rem;border-left:3px solid var(--caution);list-style:none;font-size:.88rem;max-width:70ch}
.cautions li+li{margin-top:.35rem}
details{border-top:1px solid var(--line);font-size:.9rem}
.tables details:last-child,.method{border-bottom:1px solid var(--line)}
.method{margin-top:1.5rem}
summary{cursor:pointer;padding:.45rem 0}
summary:hover{color:var(--link)}
details[open]>:last-child{margin-bottom:1rem}
.method p{max-width:72ch;margin:.3rem 0 .6rem}
dl.options,.facts dl{display:grid;gap:.1rem 1.5rem;margin:0 0 .5rem;font-size:.84rem}
dl.options div,.facts dl div{display:grid;grid-template-columns:minmax(6rem,max-content) minmax(0,1fr);gap:1rem}
dl dt{color:var(--quiet)}
dl dd{margin:0;overflow-wrap:anywhere}
.roles dl dt{color:inherit}
.scroll{overflow-x:auto;max-width:100%;overscroll-behavior-x:contain}
table{border-collapse:collapse;font-size:.8rem;line-height:1.35;font-variant-numeric:tabular-nums;white-space:nowrap}
th,td{text-align:left;padding:.25rem .9rem .25rem 0;border-bottom:1px solid var(--line)}
th{font-weight:600;color:var(--quiet);vertical-align:bottom}
.number{text-align:right}
.tables .scroll{max-height:26rem;overflow-y:auto}
.tables thead th{position:sticky;top:0;background:var(--page)}
pre{background:var(--raised);padding:1rem;border-radius:6px;font:.78rem/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;max-height:32rem;overflow:auto}
code{font:.92em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
#provenance h3{margin-top:1.8rem}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,20rem),1fr));gap:0 2.5rem;margin-bottom:1.5rem}
button{font:inherit;font-size:.78rem;color:var(--quiet);background:none;border:1px solid var(--line);border-radius:4px;padding:.15rem .55rem;cursor:pointer;min-height:1.75rem}
button:hover{color:var(--ink);border-color:var(--quiet)}
:root:not(.js) .download{display:none}
:root:not(.js) .downloads{display:none}
.downloads{display:flex;flex-wrap:wrap;gap:.4rem;align-items:center;margin:.8rem 0 0}
.theme{margin-top:1rem}
table.bars{width:100%;max-width:52rem}
.bars td:nth-child(2){width:60%}
.bar{display:inline-block;height:.72em;margin-right:.5em;background:var(--c-p-t);border-radius:1px}
.diff{max-width:64rem;margin:0 auto;padding:0 1.25rem 4rem}
.diff .group{margin-top:2.6rem}
.diff h1,.diff p,.diff li{overflow-wrap:anywhere}
.diff .scroll td:first-child{white-space:normal;overflow-wrap:anywhere;min-width:8rem}
footer{margin-top:3rem;color:var(--quiet);font-size:.82rem}
@media (min-width:900px){
html{font-size:17px}
.targets{grid-template-columns:repeat(auto-fit,minmax(min(100%,430px),1fr))}
article+article{margin-top:0}
.advice dl>div{display:grid;grid-template-columns:11rem 1fr;gap:0 1.5rem}
.advice dd{grid-column:2}
.advice dt{grid-row:span 9}
.advice dd:first-of-type{margin-top:0}
.summary li{display:grid;grid-template-columns:11rem 1fr;gap:1.5rem;align-items:baseline}
@supports (grid-template-rows:subgrid){article{display:grid;grid-template-rows:subgrid;grid-row:span var(--rows);gap:0}}
}
@media (min-width:1200px){
.page{display:grid;grid-template-columns:11rem minmax(0,1fr);gap:3.5rem}
nav{position:sticky;top:0;align-self:start;max-height:100vh;overflow:auto;padding-top:2.6rem}
nav>ol{display:block}
nav>ol>li{margin-bottom:.55rem}
nav ul{display:block;padding-left:.8rem;font-size:.95em}
}
@media print{
:root,:root[data-theme]{color-scheme:light}
html{font-size:10.5pt}
nav,.download,.downloads,.skip{display:none!important}
.page{display:block;max-width:none;padding:0}
.targets{grid-template-columns:repeat(2,minmax(0,1fr));gap:1.5rem}
.eyebrow{margin-top:0}
.group{margin-top:2rem}
article+article{margin-top:0}
@supports (grid-template-rows:subgrid){article{display:grid;grid-template-rows:subgrid;grid-row:span var(--rows);gap:0}}
.targets:has(>article:only-child){display:block}
figure,.cautions,.gallery li,.summary li,.advice dd,tr{break-inside:avoid}
h2,h3,h4,.question,figcaption{break-after:avoid}
.scroll,pre{overflow:visible;max-height:none!important;white-space:pre-wrap}
.tables{display:none}
a{color:inherit;text-decoration:none}
}
`;
