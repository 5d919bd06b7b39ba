/** Typographic minus. */
export const minus = (text: string): string => text.replace(/^-/, '−');

/** -0.482 → '−0.48', as texts and charts have numbers; '−0' never shows. */
export const decimal = (value: number, digits = 2): string => {
  const text = value.toFixed(digits);
  return minus(Number(text) === 0 ? text.replace('-', '') : text);
};
