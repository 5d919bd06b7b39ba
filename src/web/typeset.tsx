/** Text that breaks where it may: not before %, not inside an interval, not inside a role's name. 'θ_A' gets a real subscript. */
export function Typeset({ text }: { text: string }) {
  const spaced = text
    .replace(/(\d) (%|points?\b)/g, '$1\u00a0$2')
    .replace(
      /([(,]) ?(−?[\d.,]+) to (−?[\d.]+)/g,
      (_, open: string, low: string, high: string) => `${open}${open === ',' ? ' ' : ''}${low}\u00a0to\u00a0${high}`,
    )
    .replace(/(κ|ℓ₂|CKA) (\d)/g, '$1\u00a0$2')
    .replace(/(κ|λ|\bn|\bp) (=|is) /g, '$1\u00a0$2\u00a0');
  return <>{spaced.split(/((?:RI|P)-T|[θμ]_\p{L}|θ_0)/u).map((part, i) => (i % 2 === 0 ? part : <Atom part={part} />))}</>;
}

function Atom({ part }: { part: string }) {
  const [symbol, below] = part.split('_');
  return below === undefined ? (
    <span class="word">{part}</span>
  ) : (
    <>
      {symbol}
      <sub>{below}</sub>
    </>
  );
}
