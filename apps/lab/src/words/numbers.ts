// Numbers as the page shows them.

/** The typographic minus, as wide as a digit's plus. */
const minus = '−'

/** At most `digits` decimals, no trailing zeros, no −0; very large and very small numbers in powers of ten. */
export function showNumber(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return String(value)
  const size = Math.abs(value)
  const small = size !== 0 && size < 0.5 * 10 ** -digits
  const fixed = (): string => {
    const text = value.toFixed(digits)
    return text.includes('.') ? text.replace(/\.?0+$/, '') : text
  }
  const text = small || size >= 1e7 ? value.toExponential(2).replace('e+', 'e') : fixed()
  return (text === '-0' ? '0' : text).replace(/-/g, minus)
}

/** The number that was typed, with a point, a comma or either minus; undefined for what is none. */
export function readNumber(text: string): number | undefined {
  const plain = text.trim().replace(minus, '-').replace(',', '.')
  if (plain === '' || !/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain)) return undefined
  const value = Number(plain)
  return Number.isFinite(value) ? value : undefined
}
