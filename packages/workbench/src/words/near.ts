// The known name that a misspelt one may mean.

/** Single letters to replace, insert or delete on the way from `a` to `b` (Levenshtein 1966). */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = previous[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)
      row.push(Math.min(replaced, previous[j] + 1, row[j - 1] + 1))
    }
    previous = row
  }
  return previous[b.length]
}

/** The nearest of `known`, where it is near enough to be meant; null otherwise. */
export function nearest(given: string, known: readonly string[]): string | null {
  const name = given.toLowerCase()
  const [near] = known
    .map((candidate) => ({ candidate, distance: editDistance(name, candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)
  // At least half of the name must be there, or every short name would be near to every other.
  const most = Math.min(Math.max(2, name.length / 3), Math.max(name.length, near?.candidate.length ?? 0) / 2)
  return near !== undefined && near.distance <= most ? near.candidate : null
}

/** ` Did you mean classify?`, or nothing. */
export function didYouMean(given: string, known: readonly string[]): string {
  const near = nearest(given, known)
  return near === null ? '' : ` Did you mean ${near}?`
}
