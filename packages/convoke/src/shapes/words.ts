// Counts and shares as people read them: what is shown is the number there is.

/** 1234567 → 1,234,567 */
export const thousands = (value: number): string => value.toLocaleString('en-US')

const mostDecimals = 6

/**
 * A share from 0 to 1 in hundredths. Only all of them is 100% and only none of them 0%: decimals are added until that can be seen.
 */
export function percent(share: number, decimals = 2): string {
  if (Number.isNaN(share)) return '–'
  for (let digits = decimals; ; digits++) {
    const text = (share * 100).toFixed(digits)
    const rounded = Number(text)
    const misleads = (rounded === 100 && share !== 1) || (rounded === 0 && share !== 0)
    if (!misleads) return `${text}%`
    if (digits >= mostDecimals)
      return rounded === 100 ? `> 99.${'9'.repeat(mostDecimals)}%` : `< 0.${'0'.repeat(mostDecimals - 1)}1%`
  }
}

/** 1 class, 2 classes, 1,000 classes */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${thousands(count)} ${count === 1 ? one : many}`

/** The first of many names, and how many more there are: `a, b, c and 4,997 more`. */
export const someOf = (names: readonly string[], most = 12): string =>
  names.length <= most
    ? names.join(', ')
    : `${names.slice(0, most).join(', ')} and ${thousands(names.length - most)} more`

/** a float32, an int32, a uint8: a `u` is read as in "unit". */
export const withArticle = (noun: string): string => `${/^[aeio]/.test(noun) ? 'an' : 'a'} ${noun}`
