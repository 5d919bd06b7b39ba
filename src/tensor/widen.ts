/** bfloat16 bits as float32: the same number, 16 more zero bits of mantissa. */
export function widenBfloat16(bits: Uint16Array): Float32Array {
  const wide = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) wide[i] = bits[i]! << 16;
  return new Float32Array(wide.buffer);
}

/** IEEE half-precision bits as float32, exactly (subnormals, infinities and NaN too). */
export function widenFloat16(bits: Uint16Array): Float32Array {
  const wide = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) wide[i] = floatBits(bits[i]!);
  return new Float32Array(wide.buffer);
}

function floatBits(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >> 10) & 0x1f;
  const mantissa = half & 0x3ff;
  if (exponent === 0x1f) return sign | 0x7f800000 | (mantissa << 13);
  if (exponent !== 0) return sign | ((exponent + 112) << 23) | (mantissa << 13);
  if (mantissa === 0) return sign;
  // a subnormal half, mantissa · 2^−24, is a normal float
  const top = 31 - Math.clz32(mantissa);
  return sign | ((top + 103) << 23) | ((mantissa << (23 - top)) & 0x7fffff);
}
