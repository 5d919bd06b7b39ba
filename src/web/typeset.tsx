/** Text that breaks where it may: not before %, not inside an interval, not inside a role's name. */
export function Typeset({ text }: { text: string }) {
  const spaced = text
    .replace(/(\d) (%|points?\b)/g, '$1\u00a0$2')
    .replace(/\((−?[\d.,]+) to (−?[\d.,]+)\)/g, '($1\u00a0to\u00a0$2)')
    .replace(/(κ|λ|\bn|\bp) (=|is) /g, '$1\u00a0$2\u00a0');
  return <>{spaced.split(/((?:RI|P)-T)/).map((part, i) => (i % 2 === 0 ? part : <span class="word">{part}</span>))}</>;
}
